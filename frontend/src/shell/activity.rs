//! What happened: said when it does, and kept until the page is closed.

use leptos::prelude::*;

use crate::{
    api::Problem,
    live::Timer,
    ui::{Ago, Dialog, DialogKind, Empty, Glyph, Icon, IconButton, Tone},
};

/// So many messages are kept.
const KEPT: usize = 100;

/// How long good news stands there. Bad news stays until somebody has seen it.
const STANDS_MS: i32 = 6_000;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What the colour says.
    pub tone: Tone,
    /// What happened.
    pub title: String,
    /// What more there is to say.
    pub text: String,
    /// Where that can be seen: the path, and what the link says.
    pub link: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kept {
    id: u32,
    at: i64,
    message: Message,
}

/// What happened.
#[derive(Clone, Copy)]
pub struct Activity {
    kept: RwSignal<Vec<Kept>>,
    standing: RwSignal<Vec<Kept>>,
    unread: RwSignal<usize>,
    open: RwSignal<bool>,
}

impl Activity {
    /// Starts with nothing. Called once.
    pub fn begin() -> Self {
        let activity = Self {
            kept: RwSignal::new(Vec::new()),
            standing: RwSignal::new(Vec::new()),
            unread: RwSignal::new(0),
            open: RwSignal::new(false),
        };
        Effect::new(move |_| {
            if activity.open.get() {
                activity.unread.set(0);
                activity.standing.set(Vec::new());
            }
        });
        activity
    }

    /// Says that something happened.
    pub fn say(self, message: Message) {
        let bad = message.tone == Tone::Bad;
        let id = self.kept.with_untracked(|kept| kept.first().map_or(1, |newest| newest.id + 1));
        let kept = Kept { id, at: js_sys::Date::now() as i64, message };
        self.kept.update(|all| {
            all.insert(0, kept.clone());
            all.truncate(KEPT);
        });
        self.unread.update(|unread| *unread += 1);
        self.standing.update(|standing| {
            standing.push(kept);
            if standing.len() > 4 {
                standing.remove(0);
            }
        });
        if !bad {
            // The timer belongs to the message and not to a page.
            std::mem::forget(Timer::start(STANDS_MS, move || self.dismiss(id)));
        }
    }

    /// Says that something was done.
    pub fn done(self, title: impl Into<String>) {
        self.say(Message { tone: Tone::Ok, title: title.into(), text: String::new(), link: None });
    }

    /// Says that something could not be done.
    pub fn failed(self, title: impl Into<String>, problem: &Problem) {
        self.say(Message { tone: Tone::Bad, title: title.into(), text: problem.message(), link: None });
    }

    /// Opens the drawer, or closes it.
    pub fn toggle(self) {
        self.open.update(|open| *open = !*open);
    }

    /// How much was said since the drawer was open.
    pub fn unread(self) -> usize {
        self.unread.get()
    }

    fn dismiss(self, id: u32) {
        self.standing.update(|standing| standing.retain(|kept| kept.id != id));
    }
}

/// What was just said.
#[component]
pub(super) fn Toasts() -> impl IntoView {
    let activity = expect_context::<Activity>();
    view! {
        <div class="toasts" role="region" aria-label="Notifications" aria-live="polite">
            <For each=move || activity.standing.get() key=|kept| kept.id let:kept>
                <div class="toast">
                    {mark(kept.message.tone)}
                    <div>
                        {words(&kept.message)}
                    </div>
                    <IconButton small=true icon=Icon::CLOSE name="Dismiss" on_press=move |_| activity.dismiss(kept.id)/>
                </div>
            </For>
        </div>
    }
}

/// What was said before.
#[component]
pub(super) fn Drawer() -> impl IntoView {
    let activity = expect_context::<Activity>();
    let list = move || {
        let kept = activity.kept.get();
        if kept.is_empty() {
            let text =
                "What you do here, and what happens to your deployments, is kept until you close this page.";
            return view! { <Empty icon=Icon::HISTORY title="Nothing happened yet" text=text/> }.into_any();
        }
        let item = |kept: Kept| {
            view! {
                <li class="items-start!">
                    {mark(kept.message.tone)} <div class="grow min-w-0">{words(&kept.message)}</div>
                    <span class="sub whitespace-nowrap"><Ago at=kept.at/></span>
                </li>
            }
        };
        view! { <ul class="rows px-5 py-4">{kept.into_iter().map(item).collect_view()}</ul> }.into_any()
    };
    view! { <Dialog open=activity.open title="Activity" kind=DialogKind::Drawer>{list}</Dialog> }
}

fn mark(tone: Tone) -> impl IntoView {
    let icon = match tone {
        Tone::Ok => Icon::CIRCLE_CHECK,
        Tone::Bad => Icon::CIRCLE_X,
        Tone::Warn => Icon::TRIANGLE_ALERT,
        Tone::Info | Tone::Idle => Icon::INFO,
    };
    view! { <span class=format!("{} mt-px", tone.ink())><Glyph icon/></span> }
}

fn words(message: &Message) -> impl IntoView + use<> {
    let Message { title, text, link, .. } = message.clone();
    view! {
        <p class="font-medium">{title}</p>
        {(!text.is_empty()).then(|| view! { <p class="text-soft text-sm">{text}</p> })}
        {link.map(|(path, text)| view! { <a class="text-accent text-sm font-medium underline-offset-2 hover:underline" href=path>{text}</a> })}
    }
}
