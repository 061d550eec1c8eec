//! The form of an application of the organization's own.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use noc_shared::applications::{ApplicationRequest, ApplicationView, SecretDelivery};

use super::super::parts::Failed;
use crate::{
    api::{self, Problem},
    paths,
    sending::Sending,
    shell::Activity,
    ui::{Button, ButtonKind, ButtonLink, Field, Page, SkeletonRows, Switch, TextArea, TextInput},
};

/// Where a form begins that nobody has filled in: a machine with the agent alone, which every application needs.
const TEMPLATE: &str = include_str!("../../../../cloud-init/blank/cloud-config.yaml");

/// What stands for a domain that is the name itself.
const SELF: &str = "@";

/// What is typed.
#[derive(Clone, Copy)]
struct Form {
    name: RwSignal<String>,
    description: RwSignal<String>,
    services: RwSignal<String>,
    domains: RwSignal<String>,
    secrets: RwSignal<String>,
    embedded: RwSignal<bool>,
    repository: RwSignal<String>,
    image: RwSignal<String>,
    size: RwSignal<String>,
    ready: RwSignal<String>,
    template: RwSignal<String>,
}

impl Form {
    fn new() -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self {
            name: text(""),
            description: text(""),
            services: text(""),
            domains: text(SELF),
            secrets: text(""),
            embedded: RwSignal::new(false),
            repository: text(""),
            image: text("ubuntu-24-04-x64"),
            size: text("s-1vcpu-1gb"),
            ready: text("900"),
            template: text(TEMPLATE),
        }
    }

    fn of(view: ApplicationView) -> Self {
        let form = Self::new();
        let application = view.application;
        let named = |suffix: &String| if suffix.is_empty() { SELF.to_owned() } else { suffix.clone() };
        let domains: Vec<String> = application.domain_suffixes.iter().map(named).collect();
        form.name.set(application.name);
        form.description.set(application.description);
        form.services.set(application.services.join(" "));
        form.domains.set(domains.join(" "));
        form.secrets.set(application.secrets.join(" "));
        form.embedded.set(application.delivery == SecretDelivery::Embedded);
        form.repository.set(application.repository.unwrap_or_default());
        form.image.set(application.image);
        form.size.set(application.default_size);
        form.ready.set(application.ready_within_seconds.to_string());
        form.template.set(view.template.unwrap_or_default());
        form
    }

    fn request(self) -> ApplicationRequest {
        let words = |text: RwSignal<String>| {
            text.with_untracked(|text| {
                text.split([' ', ',', '\n'])
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
        };
        let suffix = |word: String| if word == SELF { String::new() } else { word };
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        ApplicationRequest {
            description: trimmed(self.description),
            services: words(self.services),
            domain_suffixes: words(self.domains).into_iter().map(suffix).collect(),
            secrets: words(self.secrets),
            delivery: if self.embedded.get_untracked() {
                SecretDelivery::Embedded
            } else {
                SecretDelivery::Claim
            },
            repository: Some(trimmed(self.repository)).filter(|text| !text.is_empty()),
            image: trimmed(self.image),
            default_size: trimmed(self.size),
            // What is no number is refused by the API with the range that it takes.
            ready_within_seconds: trimmed(self.ready).parse().unwrap_or(0),
            template: self.template.get_untracked(),
        }
    }
}

/// The page: of a new one when there is no name.
#[component]
pub(super) fn Editor(
    /// The one to change.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let Some(name) = name else {
        return view! { <Page title="Add an application"><Fields form=Form::new() new=true/></Page> }
            .into_any();
    };
    let read = RwSignal::new(None::<Result<ApplicationView, Problem>>);
    let title = format!("Change {name}");
    let load = move || {
        let name = name.clone();
        read.set(None);
        spawn_local(async move {
            let answer = api::applications::show(&name).await;
            read.try_set(Some(answer));
        });
    };
    load();
    let retry = Callback::new(move |()| load());
    let body = move || match read.get() {
        None => view! { <SkeletonRows rows=6/> }.into_any(),
        Some(Ok(view)) => view! { <Fields form=Form::of(view) new=false/> }.into_any(),
        Some(Err(problem)) => {
            view! { <Failed what="The application could not be read" problem=problem retry=retry/> }
                .into_any()
        }
    };
    view! { <Page title=title>{body}</Page> }.into_any()
}

#[component]
fn Fields(form: Form, new: bool) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let navigate = StoredValue::new_local(use_navigate());
    let sending = Sending::new(&[]);
    let keep = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (name, request) = (form.name.with_untracked(|name| name.trim().to_owned()), form.request());
        let called = name.clone();
        sending.send(async move { api::applications::put(&name, &request).await }, move |_| {
            activity.done(format!("{called} is kept"));
            navigate.try_with_value(|navigate| navigate(&paths::application(&called), Default::default()));
        });
    };
    let field = move |id: &'static str,
                      label: &'static str,
                      hint: &'static str,
                      wire: &'static str,
                      value: RwSignal<String>| {
        let wrong = sending.wrong(wire);
        view! { <Field id label=label hint=hint.to_owned() wrong><TextInput id value/></Field> }
    };
    let back =
        if new { paths::applications() } else { form.name.with_untracked(|name| paths::application(name)) };
    view! {
        <form class="grid gap-4" on:submit=keep>
            <section class="card"><div class="card-body grid gap-4 md:grid-cols-2">
                {new.then(|| field("app-name", "Name", "As requests call it.", "name", form.name))}
                {field("app-description", "Description", "What it is, in a sentence.", "description", form.description)}
                {field("app-services", "Services", "Containers or systemd units, with spaces between.", "services", form.services)}
                {field("app-domains", "Domains", "What is put behind a server's name, as -api; @ is the name itself.", "domain_suffixes", form.domains)}
                {field("app-secrets", "Secrets", "By their names in the secret store.", "secrets", form.secrets)}
                {field("app-repository", "Repository", "For git clone; empty when there is none.", "repository", form.repository)}
                {field("app-image", "Image", "What its machine starts from.", "image", form.image)}
                {field("app-size", "Usual size", "When nothing else is said.", "default_size", form.size)}
                {field("app-ready", "Ready within, in seconds", "From its first address to its agent's first report.", "ready_within_seconds", form.ready)}
                <div class="self-center"><Switch text="Put secrets into user data, for what cannot claim them" on=form.embedded on_switch=move |on| form.embedded.set(on)/></div>
            </div></section>
            <section class="card"><div class="card-body">
                <Field id="app-template" label="Cloud-init template" hint="YAML, with {{…}} for what NOC puts in." wrong=sending.wrong("template")>
                    <TextArea id="app-template" value=form.template rows=18/>
                </Field>
            </div></section>
            {sending.below("It was not kept")}
            <div class="flex gap-2"><Button text="Keep it" kind=ButtonKind::Primary submit=true busy=sending.busy/><ButtonLink href=back text="Leave it"/></div>
        </form>
    }
}
