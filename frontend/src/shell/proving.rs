//! The dialog that asks for the second factor. Whatever was refused for want of it waits, and is asked again.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::second_factor::{ProofRequest, SecondFactor};

use crate::{
    api::{self, Access, Problem, Proof},
    live::Live,
    paths,
    sending::Sending,
    ui::{Button, ButtonKind, Dialog, Field, Icon, Note, Skeleton, TextInput, Tone},
};

/// The dialog.
#[component]
pub fn Proving() -> impl IntoView {
    let (proof, access) = (expect_context::<Proof>(), expect_context::<Access>());
    Effect::new(move |_| {
        // Who closes it proves nothing, and who is signed out has nothing to prove.
        if !proof.open.get() || access.signed_out.get() {
            proof.answer(false);
        }
    });
    view! { <Dialog open=proof.open title="Prove that it is you"><Ask/></Dialog> }
}

/// What is given as a proof, and what becomes of it.
#[derive(Clone, Copy)]
struct Giving {
    proof: Proof,
    access: Access,
    sending: Sending,
}

impl Giving {
    fn give(self, request: impl Future<Output = Result<ProofRequest, Problem>> + 'static) {
        let proven = async move { api::second_factor::prove(&request.await?).await };
        self.sending.send(proven, move |proven| {
            self.access.proven(proven.proven_until);
            self.proof.answer(true);
        });
    }
}

#[component]
fn Ask() -> impl IntoView {
    let (proof, access) = (expect_context::<Proof>(), expect_context::<Access>());
    let sending = Sending::new(&["code", "recovery_code"]);
    let giving = Giving { proof, access, sending };
    let factor = Live::new(|_: Option<&SecondFactor>| None, api::second_factor::show);
    // What is typed stays while there are the same ways.
    let known = Memo::new(move |_| factor.data.get());
    let ways = move || match (known.get(), factor.problem.get()) {
        (Some(SecondFactor { passkeys: 0, has_codes: false, recovery_codes_left: 0 }), _) => {
            view! { <Nothing proof/> }.into_any()
        }
        (Some(factor), _) => view! { <Ways factor giving/> }.into_any(),
        (None, Some(problem)) => view! {
            <Note tone=Tone::Warn title="It cannot be said how" text=problem.message()>
                <Button small=true text="Try again" on_press=move |_| factor.refresh()/>
            </Note>
        }
        .into_any(),
        (None, None) => view! { <Skeleton/> <Skeleton/> }.into_any(),
    };
    view! {
        <div class="sheet-body">
            <p class="text-soft">"What was asked for cannot be taken back, or gives power. It is done when you have proven your second factor, which then counts for ten minutes."</p>
            {ways}
            {sending.below("It is not proven")}
        </div>
        <div class="sheet-foot"><Button text="Cancel" on_press=move |_| proof.answer(false)/></div>
    }
}

/// What there is to prove it with.
#[component]
fn Ways(factor: SecondFactor, giving: Giving) -> impl IntoView {
    let passkey = (factor.passkeys > 0).then(|| {
        let press = move |_| giving.give(api::passkeys::proof());
        view! { <p><Button text="Use a passkey" icon=Icon::KEY kind=ButtonKind::Primary busy=giving.sending.busy first=true on_press=press/></p> }
    });
    let code = factor.has_codes.then(|| {
        let code = |code| ProofRequest { code: Some(code), ..ProofRequest::default() };
        let input = move |value| {
            view! { <TextInput id="proof-code" value=value code=true first=factor.passkeys == 0/> }.into_any()
        };
        let wrong = giving.sending.wrong("code");
        let field = move |value| {
            view! { <Field id="proof-code" label="Code of your app" wrong=wrong>{input(value)}</Field> }
                .into_any()
        };
        typed(giving, code, "Prove it", field)
    });
    let recovery = (factor.recovery_codes_left > 0).then(|| {
        let code = |code| ProofRequest { recovery_code: Some(code), ..ProofRequest::default() };
        let (wrong, hint) = (
            giving.sending.wrong("recovery_code"),
            format!("Each is good once; {} left.", factor.recovery_codes_left),
        );
        let field = move |value| {
            view! { <Field id="proof-recovery" label="Recovery code" hint=hint wrong=wrong><TextInput id="proof-recovery" value=value/></Field> }
                .into_any()
        };
        view! {
            <details>
                <summary class="text-sm text-faint">"Use a recovery code"</summary>
                <div class="mt-4">{typed(giving, code, "Use it up", field)}</div>
            </details>
        }
    });
    view! { {passkey} {code} {recovery} }
}

/// A form with one field, of which a proof is made.
fn typed(
    giving: Giving,
    proof: impl Fn(String) -> ProofRequest + Copy + Send + Sync + 'static,
    send: &'static str,
    field: impl FnOnce(RwSignal<String>) -> AnyView,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let request = proof(value.with_untracked(|value| value.trim().to_owned()));
        giving.give(async move { Ok(request) });
    };
    view! {
        <form class="grid gap-4" on:submit=submit>
            {field(value)}
            <p><Button text=send submit=true busy=giving.sending.busy/></p>
        </form>
    }
}

/// There is no second factor yet: where one is made, and when.
#[component]
fn Nothing(proof: Proof) -> impl IntoView {
    let (access, navigate) = (expect_context::<Access>(), StoredValue::new_local(use_navigate()));
    let lead = move |_| {
        proof.answer(false);
        navigate.try_with_value(|navigate| navigate(&paths::settings(), NavigateOptions::default()));
    };
    let sign_out = move |_| {
        spawn_local(async move {
            // Without an answer the bar says that the API is gone, and the button is still there.
            let _ = access.sign_out().await;
        });
    };
    move || {
        if proof.to_set_up.get() {
            let text = "The first one is made within ten minutes of signing in, so that nobody makes it at a screen that you have left.";
            return view! {
                <Note tone=Tone::Warn title="Sign in again" text=text/>
                <p><Button text="Sign out" icon=Icon::LOG_OUT kind=ButtonKind::Primary first=true on_press=sign_out/></p>
            }
            .into_any();
        }
        let text = "Make a passkey in Settings, or have an app show codes. Then ask for this again.";
        view! {
            <Note tone=Tone::Warn title="You have no second factor yet" text=text/>
            <p><Button text="Set one up" icon=Icon::SHIELD_CHECK kind=ButtonKind::Primary first=true on_press=lead/></p>
        }
        .into_any()
    }
}
