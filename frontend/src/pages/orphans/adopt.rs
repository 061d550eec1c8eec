//! Adoption: what a machine is to be a server of.

use leptos::prelude::*;
use noc_shared::orphans::{AdoptRequest, Orphan, OrphanList};

use crate::{
    api,
    live::Live,
    paths,
    sending::Sending,
    shell::{Activity, Message},
    ui::{Button, ButtonKind, Dialog, Field, Select, TextInput, Tone},
};

/// What is asked, for the orphan that it is asked about.
#[component]
pub(super) fn Adoption(asked: RwSignal<Option<Orphan>>, list: Live<OrphanList>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            open.set(true);
        }
    });
    // However it was closed, nothing is asked any more. To set it again for nothing would go round for ever.
    Effect::new(move |_| {
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    let title = Signal::derive(move || {
        asked.with(|asked| asked.as_ref().map(|orphan| format!("Adopt {}", orphan.name)).unwrap_or_default())
    });
    let form = move || asked.get().map(|orphan| view! { <Form orphan open list/> });
    view! { <Dialog open title=title>{form}</Dialog> }
}

#[component]
fn Form(orphan: Orphan, open: RwSignal<bool>, list: Live<OrphanList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let text = |text: &str| RwSignal::new(text.to_owned());
    let known = orphan.server_name.clone();
    let (name, branch) = (text(known.as_deref().unwrap_or(&orphan.name)), text(""));
    let (application, project, environment, proxy) = (text(""), text(""), text(""), text(""));
    let fields = &["branch", "application", "project", "environment", "server_name"];
    let sending = Sending::new(if known.is_none() { fields } else { &fields[..4] });
    let id = orphan.id.to_string();
    let adopt = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let said = |text: RwSignal<String>| {
            text.with_untracked(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        let request = AdoptRequest {
            server_name: said(name),
            branch: said(branch),
            enable_cloudflare_proxy: said(proxy).map(|proxy| proxy == "on"),
            application: said(application),
            project: said(project),
            environment: said(environment),
        };
        let id = id.clone();
        let request = async move {
            let answer = api::orphans::adopt(&id, &request).await;
            // Who cannot adopt it any more sees that in the list.
            list.refresh();
            answer
        };
        sending.send(request, move |answer| {
            let link = answer.deployment_id.as_ref().map(paths::deployment);
            activity.say(Message {
                tone: Tone::Ok,
                title: format!("It belongs to {} from now on", answer.server_name),
                text: String::new(),
                link: link.map(|path| (path, "See the deployment".to_owned())),
            });
            open.set(false);
        });
    };
    let hint = match &known {
        Some(known) => format!("What is left empty is as it was when this was {known}."),
        None => "What is left empty is as a deploy would have it.".to_owned(),
    };
    let field = move |id: &'static str,
                      label: &'static str,
                      wire: &'static str,
                      value: RwSignal<String>,
                      first: bool| {
        view! { <Field id label=label wrong=sending.wrong(wire)><TextInput id value first/></Field> }
    };
    let options = || {
        [("", "As it was, or off"), ("on", "On"), ("off", "Off")]
            .map(|(value, text)| (value.to_owned(), text.to_owned()))
            .to_vec()
    };
    view! {
        <form on:submit=adopt>
            <div class="sheet-body">
                <p class="text-sm text-soft">{hint}</p>
                <div class="grid gap-4 sm:grid-cols-2">
                    {known.is_none().then(|| field("adopt-name", "Server name", "server_name", name, true))}
                    {field("adopt-branch", "Branch that it runs", "branch", branch, known.is_some())}
                    {field("adopt-application", "Application", "application", application, false)}
                    {field("adopt-project", "Project", "project", project, false)}
                    {field("adopt-environment", "Environment", "environment", environment, false)}
                    <div class="field">
                        <span class="legend">"Cloudflare's proxy"</span>
                        <Select name="Cloudflare's proxy" options=Signal::derive(options) value=proxy on_choose=move |value| proxy.set(value)/>
                    </div>
                </div>
                {sending.below("It could not be adopted")}
            </div>
            <div class="sheet-foot">
                <Button text="Leave it" on_press=move |_| open.set(false)/>
                <Button text="Adopt it" kind=ButtonKind::Primary submit=true busy=sending.busy/>
            </div>
        </form>
    }
}
