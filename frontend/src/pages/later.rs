//! Pages that come in pieces of the program of their own, when the first of a piece is shown.
//!
//! A piece may not be there: the connection broke, or a newer dashboard was deployed since this one was loaded, and what
//! this one would load is gone.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_router::hooks::use_location;

use super::{Page as Pages, offered::Withheld, pieces};
use crate::{
    api::Access,
    needs::Needs,
    ui::{Button, ButtonKind, Note, Page, SkeletonRows, Tone},
};

/// What a piece answers.
pub(super) type Come = Result<AnyView, SplitLoaderError>;

pub(super) type Piece<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// One page, as soon as its piece has come; to whom may not see it, that is said instead.
#[component]
pub fn Later(
    /// Which.
    page: Pages,
) -> impl IntoView {
    let come = RwSignal::new(None::<bool>);
    let load = move || {
        come.set(None);
        spawn_local(async move {
            let loaded = pieces::load(page).await;
            come.try_set(Some(loaded.is_ok()));
        });
    };
    load();
    let access = expect_context::<Access>();
    // The page that is left hears where somebody goes, too: it stays the one that it was.
    let needs = Needs::of(&use_location().pathname.get_untracked());
    let may = Memo::new(move |_| needs.is_none_or(|needs| access.meets(needs)));
    move || match come.get() {
        _ if !may.get() => needs.map(|needs| view! { <Withheld title=page.title() needs/> }).into_any(),
        None => view! { <Page title=page.title()><SkeletonRows rows=6/></Page> }.into_any(),
        // What has come is there at once: a piece that has to be waited for has not come.
        Some(true) => match now(pieces::show(page)) {
            Some(Ok(view)) => view,
            Some(Err(_)) | None => failed(page, load),
        },
        Some(false) => failed(page, load),
    }
}

fn failed(page: Pages, load: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    let text =
        "The connection may be broken, or there is a newer dashboard than the one that this browser has.";
    let reload = move |_| {
        let _ = window().location().reload();
    };
    view! {
        <Page title=page.title()>
            <Note tone=Tone::Bad title="This page could not be loaded" text=text>
                <Button small=true text="Try again" on_press=move |_| load()/>
                <Button small=true text="Reload" kind=ButtonKind::Primary on_press=reload/>
            </Note>
        </Page>
    }
    .into_any()
}

/// What a future has without waiting.
fn now<T>(future: Piece<T>) -> Option<Result<T, SplitLoaderError>> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
