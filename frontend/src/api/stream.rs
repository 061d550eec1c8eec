//! Following something that grows, over lost connections.
//!
//! The browser's own `EventSource` gives up for good when something in front of the Worker answers 502 once, and cannot be
//! told where to begin. So the stream is read by `fetch`, and the id of the last event goes into the header by hand.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Reflect, Uint8Array};
use leptos::task::spawn_local;
use noc_shared::sessions::ORGANIZATION_HEADER;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, Request, RequestInit, Response, TextDecodeOptions,
    TextDecoder,
};

use super::{Access, Connection, Problem, sse::Parser};
use crate::live::sleep;

/// Between two attempts: the first is at once, because the Worker ends a stream that has grown old on purpose.
const PAUSES_MS: [i32; 5] = [50, 500, 1_000, 2_000, 4_000];

/// How a stream stands.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamState {
    /// Not connected yet, or not any more: it is tried again.
    Connecting,
    /// What comes is shown.
    Open,
    /// There will be nothing more.
    Ended,
    /// The API refuses.
    Refused(Problem),
}

/// A stream that is followed for as long as this is kept.
pub struct Stream {
    wanted: Rc<Cell<bool>>,
    request: Rc<RefCell<Option<AbortController>>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.wanted.set(false);
        if let Some(abort) = self.request.borrow_mut().take() {
            abort.abort();
        }
    }
}

/// Follows the stream at `path` from behind the event `after`. Events come in the order and the portions in which they
/// were read.
pub fn follow<T: DeserializeOwned + 'static>(
    path: String,
    on_events: impl Fn(Vec<T>) + 'static,
    on_state: impl Fn(StreamState) + 'static,
) -> Stream {
    // An event that this version does not understand is left out, as the next ones may matter more.
    let read = move |texts: Vec<String>| {
        on_events(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());
    };
    follow_texts(path, Rc::new(read), Rc::new(on_state))
}

/// The same for events of any kind: all of the work, once in the program.
fn follow_texts(
    path: String,
    on_events: Rc<dyn Fn(Vec<String>)>,
    on_state: Rc<dyn Fn(StreamState)>,
) -> Stream {
    let stream = Stream { wanted: Rc::new(Cell::new(true)), request: Rc::default() };
    let (wanted, request) = (Rc::clone(&stream.wanted), Rc::clone(&stream.request));
    spawn_local(async move {
        let (mut last, mut failures) = (0, 0_usize);
        while wanted.get() {
            on_state(StreamState::Connecting);
            let before = last;
            let end =
                read(&path, &mut last, &request, &wanted, &*on_events, || on_state(StreamState::Open)).await;
            if !wanted.get() {
                return;
            }
            match end {
                Ok(End::CutOff) => failures = if last > before { 0 } else { failures + 1 },
                Ok(End::Final) => return on_state(StreamState::Ended),
                Ok(End::Refused { problem, is_final: true }) => {
                    return on_state(StreamState::Refused(problem));
                }
                // It answers, and cannot do it now.
                Ok(End::Refused { problem, is_final: false }) if problem != Problem::Gone => failures += 1,
                Ok(End::Refused { .. }) | Err(_) => {
                    Connection::lost();
                    failures += 1;
                }
            }
            let pause = PAUSES_MS.get(failures).or(PAUSES_MS.last()).copied().unwrap_or_default();
            on_state(StreamState::Connecting);
            sleep(pause).await;
        }
    });
    stream
}

/// How a connection ended.
enum End {
    CutOff,
    Final,
    Refused { problem: Problem, is_final: bool },
}

async fn read(
    path: &str,
    last: &mut u64,
    request: &RefCell<Option<AbortController>>,
    wanted: &Cell<bool>,
    on_events: &dyn Fn(Vec<String>),
    on_open: impl Fn(),
) -> Result<End, JsValue> {
    let abort = AbortController::new()?;
    let headers = Headers::new()?;
    headers.append("accept", "text/event-stream")?;
    if let Some(organization) = Access::organization() {
        headers.append(ORGANIZATION_HEADER, organization.as_str())?;
    }
    if *last > 0 {
        headers.append("last-event-id", &last.to_string())?;
    }
    let init = RequestInit::new();
    init.set_headers(&headers);
    init.set_signal(Some(&abort.signal()));
    *request.borrow_mut() = Some(abort);
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let asked = Request::new_with_str_and_init(path, &init)?;
    let response: Response = JsFuture::from(window.fetch_with_request(&asked)).await?.dyn_into()?;
    let kind = response.headers().get("content-type")?.unwrap_or_default();
    if response.status() == 204 {
        Connection::answered();
        return Ok(End::Final);
    }
    if !kind.starts_with("text/event-stream") {
        let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        let status = if response.ok() { 502 } else { response.status() };
        if status == 401 {
            Access::refused();
        }
        let problem = Problem::of_answer(status, &text);
        Access::noticed(&problem);
        let passes = problem == Problem::Gone || status >= 500 || [408, 425, 429].contains(&status);
        return Ok(End::Refused { problem, is_final: !passes });
    }
    let body = response.body().ok_or(JsValue::NULL)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    Connection::answered();
    on_open();
    let (decoder, mut parser) = (TextDecoder::new()?, Parser::default());
    let more = TextDecodeOptions::new();
    more.set_stream(true);
    loop {
        let piece = JsFuture::from(reader.read()).await?;
        if !wanted.get() || Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(End::CutOff);
        }
        let bytes: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
        let text = decoder.decode_with_js_u8_array_and_options(&bytes, &more)?;
        let mut read = Vec::new();
        for event in parser.feed(&text) {
            *last = event.id.unwrap_or(*last);
            read.push(event.data);
        }
        if !read.is_empty() {
            on_events(read);
        }
    }
}
