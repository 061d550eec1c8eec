//! Recovery codes, for whom the device is lost: how many are left, and new ones, which are shown once.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::second_factor::{RecoveryCodes, SecondFactor};

use crate::{
    api,
    live::Live,
    shell::Activity,
    ui::{Button, Copy, Icon, Note, Skeleton, Tone, offer},
    words,
};

#[component]
pub(super) fn Recovery(factor: Live<SecondFactor>, made: RwSignal<Option<RecoveryCodes>>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let renew = move |_| {
        busy.set(true);
        spawn_local(async move {
            match api::second_factor::renew_recovery_codes().await {
                Ok(codes) => {
                    made.try_set(Some(codes));
                }
                Err(problem) => activity.failed("No recovery codes were made", &problem),
            }
            busy.try_set(false);
            factor.refresh();
        });
    };
    let known = Memo::new(move |_| factor.data.get());
    let left = move || match known.get() {
        None => view! { <Skeleton/> }.into_any(),
        Some(SecondFactor { passkeys: 0, has_codes: false, recovery_codes_left: 0 }) => {
            view! { <p class="text-sm text-soft">"You can make them when you have a passkey or an app."</p> }
                .into_any()
        }
        Some(factor) => {
            let left = words::count(factor.recovery_codes_left as usize, "code");
            let text = if factor.recovery_codes_left == 0 { "Make some" } else { "Make new ones" };
            view! {
                <p class="text-sm text-soft">{left} " left. Each proves once that it is you, when your device is lost. New ones replace those from before."</p>
                <p><Button text=text busy=busy on_press=renew/></p>
            }
            .into_any()
        }
    };
    let codes = move || made.get().map(|codes| view! { <Shown codes/> });
    view! {
        <section class="card">
            <div class="card-head"><h2>"Recovery codes"</h2></div>
            <div class="card-body grid gap-4">{left} <div role="status">{codes}</div></div>
        </section>
    }
}

#[component]
fn Shown(codes: RecoveryCodes) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let text = codes.recovery_codes.join("\n");
    let file = format!("{text}\n");
    let download = move |_| {
        if offer("noc-recovery-codes.txt", &file).is_err() {
            activity.done("This browser offers no files: copy the codes instead");
        }
    };
    let list = codes.recovery_codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
    view! {
        <div class="grid gap-2">
            <Note tone=Tone::Ok title="Your recovery codes" text="Keep them where you find them without this device. They are shown this one time."/>
            <div class="once items-start!">
                <ul class="grid grow gap-1 mono min-w-0 sm:grid-cols-2" data-recovery="">{list}</ul>
                <span class="ml-auto"><Copy text=text what="recovery codes"/></span>
            </div>
            <p><Button small=true text="Download" icon=Icon::DOWNLOAD on_press=download/></p>
        </div>
    }
}
