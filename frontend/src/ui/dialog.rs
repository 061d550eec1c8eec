//! What lies above the page until it is closed. The browser's own dialog keeps the focus inside and gives it back.

use leptos::{html, prelude::*};

use super::{Icon, IconButton};

/// Where a dialog lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogKind {
    /// In the middle.
    #[default]
    Sheet,
    /// Along the right edge.
    Drawer,
    /// Near the top, without a head of its own.
    Palette,
}

/// A dialog. What is in it is made anew each time that it opens.
#[component]
pub fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Where it lies.
    #[prop(optional)]
    kind: DialogKind,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // The browser would close it first, give the focus back, and tell only later. Whoever opens it again between the two
    // would see it closed by what was told too late.
    let cancelled = move |event: leptos::ev::Event| {
        event.prevent_default();
        open.set(false);
    };
    let closed = move |_| {
        if node.get_untracked().is_none_or(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    // A press beside the sheet closes it: only there is the dialog itself what was pressed.
    let press_beside = move |event: leptos::ev::MouseEvent| {
        if let (Some(target), Some(dialog)) = (event.target(), node.get_untracked())
            && target == web_sys::EventTarget::from(dialog)
        {
            open.set(false);
        }
    };
    let class = match kind {
        DialogKind::Sheet => "",
        DialogKind::Drawer => "drawer",
        DialogKind::Palette => "palette",
    };
    let children = StoredValue::new(children);
    let head = move || {
        (kind != DialogKind::Palette).then(|| {
            view! {
                <div class="sheet-head">
                    <h2>{title}</h2>
                    <IconButton icon=Icon::CLOSE name="Close" on_press=move |_| open.set(false)/>
                </div>
            }
        })
    };
    view! {
        <dialog node_ref=node class=class aria-label=title on:cancel=cancelled on:close=closed on:mousedown=press_beside>
            <Show when=move || open.get()>
                <div class="sheet">
                    {head} {children.with_value(|children| children())}
                </div>
            </Show>
        </dialog>
    }
}
