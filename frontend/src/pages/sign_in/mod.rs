//! Signing in: by a passkey, at an identity provider, by a link, by an invitation, as the first owner, or with the
//! break-glass credential.

mod problems;
mod ways;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::members::AcceptRequest;

use self::ways::Ways;
use crate::{
    api::{self, Access, Connection, Problem},
    paths,
    ui::{Brand, Button, ButtonKind, ButtonLink, Field, Icon, Note, TextInput, Tone, set_title},
};

/// What a link brought along: behind its `#`, so that it never reaches a server's log; or what came of signing in elsewhere,
/// behind its `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Brought {
    Nothing,
    Link(String),
    Invitation(String),
    Problem(String),
}

/// The page. It is shown in the place of any other while nobody is signed in, and leads back there.
#[component]
pub fn SignIn() -> impl IntoView {
    set_title("Sign in");
    let location = window().location();
    let brought = brought(&location.hash().unwrap_or_default(), &location.search().unwrap_or_default());
    if brought != Brought::Nothing
        && let Ok(history) = window().history()
    {
        // It works once, or was said once; nobody shall find it in the history.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&paths::sign_in()));
    }
    let (access, navigate) = (expect_context::<Access>(), StoredValue::new_local(use_navigate()));
    let done = Callback::new(move |()| {
        spawn_local(async move {
            access.look().await;
            if Access::is_leaving() {
                return;
            }
            if let Some(connection) = Connection::current() {
                connection.again();
            }
            if window().location().pathname().is_ok_and(|path| path == paths::sign_in()) {
                let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                navigate.try_with_value(|navigate| navigate(&paths::servers(), options));
            }
        });
    });
    let body = match brought {
        Brought::Link(link) => view! { <ByLink link done/> }.into_any(),
        Brought::Invitation(invitation) => view! { <ByInvitation invitation done/> }.into_any(),
        Brought::Problem(problem) => {
            let (title, text) = problems::words(&problem);
            view! { <Note tone=Tone::Warn title=title text=text/> <Stay/> <Ways done/> }.into_any()
        }
        Brought::Nothing => {
            // Who is signed in already has nothing to do here.
            Effect::new(move |_| {
                if access.who.with(Option::is_some) && !access.signed_out.get() {
                    done.run(());
                }
            });
            view! { <Ways done/> }.into_any()
        }
    };
    view! {
        <main id="main" class="door" tabindex="-1">
            <div class="door-card">
                <Brand href=paths::servers()/>
                {body}
            </div>
        </main>
    }
}

/// What an address has behind its `#`, or its `?`.
fn brought(hash: &str, search: &str) -> Brought {
    match hash.trim_start_matches('#').split_once('=') {
        Some(("link", link)) => Brought::Link(link.to_owned()),
        Some(("invitation", invitation)) => Brought::Invitation(invitation.to_owned()),
        _ => {
            let parts = search.trim_start_matches('?').split('&');
            let problem = parts.filter_map(|part| part.strip_prefix("problem=")).next();
            problem.map_or(Brought::Nothing, |problem| Brought::Problem(problem.to_owned()))
        }
    }
}

/// The way back for whom signing in elsewhere came to nothing, but who is signed in all the same: they have only wanted a
/// further way in.
#[component]
fn Stay() -> impl IntoView {
    let access = expect_context::<Access>();
    move || {
        access.who.get().map(|who| {
            let text = format!("Go on as {}", who.name);
            view! { <ButtonLink href=paths::servers() text=text kind=ButtonKind::Primary/> }
        })
    }
}

#[component]
fn ByLink(link: String, done: Callback<()>) -> impl IntoView {
    let refused = RwSignal::new(None::<Problem>);
    spawn_local(async move {
        match api::access::by_link(link).await {
            Ok(()) => done.run(()),
            Err(problem) => {
                refused.try_set(Some(problem));
            }
        }
    });
    move || match refused.get() {
        None => {
            view! { <h1>"Signing in"</h1><p role="status" class="text-soft">"One moment."</p> }.into_any()
        }
        Some(problem) => view! {
            <h1>"This link does not work"</h1>
            <p class="text-soft">"Each link works once, and for ten minutes."</p>
            <Note tone=Tone::Bad title="Nobody was signed in" text=problem.message()/>
            <Ways done/>
        }
        .into_any(),
    }
}

#[component]
fn ByInvitation(invitation: String, done: Callback<()>) -> impl IntoView {
    let access = expect_context::<Access>();
    let name = RwSignal::new(String::new());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<Problem>));
    let invitation = StoredValue::new(invitation);
    let join = move |signed_in: bool| {
        let name = name.with_untracked(|name| name.trim().to_owned());
        let request = AcceptRequest {
            invitation: invitation.with_value(Clone::clone),
            name: (!signed_in).then_some(name),
        };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let outcome = if signed_in {
                api::access::accept(&request).await
            } else {
                api::access::by_invitation(&request).await
            };
            match outcome {
                Ok(()) => done.run(()),
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let as_oneself = move || {
        access.who.get().and_then(|who| who.email).map(|email| {
            let text = format!("Join as {email}");
            view! { <p><Button text=text busy=busy on_press=move |_| join(true)/></p> }
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        join(false);
    };
    view! {
        <h1>"You are invited"</h1>
        {as_oneself}
        <form class="grid gap-4" on:submit=submit>
            <Field id="join-name" label="Your name" hint="As others see it."><TextInput id="join-name" value=name first=true/></Field>
            {move || refused.get().map(|problem| view! { <div role="alert"><Note tone=Tone::Bad title="You could not join" text=problem.message()/></div> })}
            <Button text="Join" icon=Icon::CHECK kind=ButtonKind::Primary submit=true busy=busy/>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_brings_is_behind_its_hash_or_its_question_mark() {
        for (hash, search, expected) in [
            ("", "", Brought::Nothing),
            ("#", "?", Brought::Nothing),
            ("#main", "?view=cards", Brought::Nothing),
            ("#link=noc_a=b", "", Brought::Link("noc_a=b".to_owned())),
            ("#invitation=x", "", Brought::Invitation("x".to_owned())),
            ("", "?problem=expired", Brought::Problem("expired".to_owned())),
            ("", "?a=b&problem=expired", Brought::Problem("expired".to_owned())),
            ("#link=noc_a", "?problem=expired", Brought::Link("noc_a".to_owned())),
        ] {
            assert_eq!(brought(hash, search), expected, "{hash} {search}");
        }
    }
}
