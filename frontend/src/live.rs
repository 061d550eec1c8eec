//! What is shown and kept current: asked for at once, again after a while, and when the API comes back.

use std::{cell::RefCell, future::Future, rc::Rc};

use js_sys::Promise;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::api::{Connection, Problem};

/// Something that is kept current.
pub struct Live<T: 'static> {
    /// What it was when it was last read.
    pub data: RwSignal<Option<T>>,
    /// Why it could not be read the last time.
    pub problem: RwSignal<Option<Problem>>,
    /// When it was last read, in milliseconds since 1970.
    pub read_at: RwSignal<Option<i64>>,
    again: RwSignal<u32>,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

impl<T: Send + Sync + 'static> Live<T> {
    /// Keeps current what `fetch` gives. It is called again when a signal that it reads before its first await changes.
    /// `every` says after how many milliseconds to look again; `None` is never.
    pub fn new<F>(
        every: impl Fn(Option<&T>) -> Option<i32> + 'static,
        fetch: impl Fn() -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, Problem>> + 'static,
    {
        Self::keep(every, fetch, false)
    }

    /// Reads it until it has come, and not again by itself: somebody works with what there was.
    pub fn once<F>(fetch: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, Problem>> + 'static,
    {
        Self::keep(|_| None, fetch, true)
    }

    fn keep<F>(
        every: impl Fn(Option<&T>) -> Option<i32> + 'static,
        fetch: impl Fn() -> F + 'static,
        once: bool,
    ) -> Self
    where
        F: Future<Output = Result<T, Problem>> + 'static,
    {
        let live = Self {
            data: RwSignal::new(None),
            problem: RwSignal::new(None),
            read_at: RwSignal::new(None),
            again: RwSignal::new(0),
        };
        let (timer, every) = (Rc::new(RefCell::new(None::<Timer>)), Rc::new(every));
        let newest = StoredValue::new(0_u32);
        let kept = Rc::clone(&timer);
        Effect::new(move |asked: Option<u32>| {
            let again = live.again.get();
            if let Some(connection) = Connection::current() {
                connection.returns();
            }
            if once && asked == Some(again) && live.is_there() {
                return again;
            }
            let number = newest.with_value(|number| number + 1);
            newest.set_value(number);
            let (future, timer, every) = (fetch(), Rc::clone(&kept), Rc::clone(&every));
            spawn_local(async move {
                let outcome = future.await;
                // An answer that was overtaken, or whose page is gone, is nobody's any more.
                if newest.try_get_value() != Some(number) {
                    return;
                }
                match outcome {
                    Ok(value) => {
                        live.read_at.set(Some(js_sys::Date::now() as i64));
                        live.data.set(Some(value));
                        live.problem.set(None);
                    }
                    Err(problem) => live.problem.set(Some(problem)),
                }
                let pause = live.data.with_untracked(|data| every(data.as_ref()));
                *timer.borrow_mut() =
                    pause.map(|pause| Timer::start(pause, move || live.look_again_when_seen()));
            });
            again
        });
        // What is held by the closure goes when the page goes, and the timer with it.
        let timer = StoredValue::new_local(timer);
        on_cleanup(move || {
            timer.try_with_value(|timer| timer.borrow_mut().take());
        });
        let seen = window_event_listener_untyped("visibilitychange", move |_| {
            if hidden() || (once && live.is_there()) {
                return;
            }
            live.refresh();
        });
        on_cleanup(move || seen.remove());
        live
    }

    fn is_there(self) -> bool {
        self.data.with_untracked(Option::is_some)
    }

    /// Reads it again now.
    pub fn refresh(self) {
        self.again.try_update(|again| *again += 1);
    }

    /// Nobody looks at a hidden page: it is read again when it is seen.
    fn look_again_when_seen(self) {
        if !hidden() {
            self.refresh();
        }
    }
}

/// Whether the page is in the background.
pub fn hidden() -> bool {
    document().hidden()
}

/// Something that is done later, unless this is dropped before.
pub struct Timer {
    id: i32,
    _closure: Closure<dyn FnMut()>,
}

impl Timer {
    /// Does it after so many milliseconds.
    pub fn start(after_ms: i32, act: impl FnOnce() + 'static) -> Self {
        let closure = Closure::once(act);
        let id = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), after_ms)
            .unwrap_or_default();
        Self { id, _closure: closure }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        window().clear_timeout_with_handle(self.id);
    }
}

/// Waits.
pub async fn sleep(ms: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _: Result<JsValue, JsValue> = JsFuture::from(promise).await;
}
