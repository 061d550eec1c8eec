//! What several pages show of the same things.

use leptos::{ev, prelude::*};
use noc_shared::{
    agents::ServiceHealth,
    deployments::DeploymentSummary,
    servers::{Server, ServerStatus},
    time::Timestamp,
};
use wasm_bindgen::JsCast as _;

use crate::{
    api::Problem,
    live::Live,
    paths,
    ui::{Ago, Badge, Button, Clock, Dots, Icon, Note, Rows, Tone, absolute, duration},
    words,
};

/// What could not be read, and another try.
#[component]
pub fn Failed(
    /// What could not be read, as `The servers could not be read`.
    #[prop(into)]
    what: String,
    /// Why.
    problem: Problem,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let text = match problem.request_id() {
        Some(id) => format!("{} The log knows it as {id}.", problem.message()),
        None => problem.message(),
    };
    view! {
        <Note tone=Tone::Bad title=what text=text>
            <Button small=true text="Try again" icon=Icon::ROTATE_CCW on_press=move |_| retry.run(())/>
        </Note>
    }
}

/// That what is shown is as old as it is, because it cannot be read again.
#[component]
pub fn Stale(
    /// What could not be read, as `The servers could not be read`.
    #[prop(into)]
    what: String,
    /// Why, the last time.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
    /// When it was last read.
    #[prop(into)]
    read_at: Signal<Option<i64>>,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    move || {
        // The bar says that the API is gone.
        let problem = problem.get().filter(|problem| *problem != Problem::Gone)?;
        let at = read_at.get_untracked()?;
        let text = format!("{} What is shown is as it was at {}.", problem.message(), absolute(at));
        Some(view! {
            <div class="mb-4">
                <Note tone=Tone::Warn title=what.clone() text=text>
                    <Button small=true text="Try again" icon=Icon::ROTATE_CCW on_press=move |_| retry.run(())/>
                </Note>
            </div>
        })
    }
}

/// A [`Live`] thing: its skeleton, what went wrong, or itself. What was read before stays while it cannot be read again,
/// and says so.
pub fn shown<T, V>(
    live: Live<T>,
    what: &'static str,
    skeleton: impl Fn() -> AnyView + Send + 'static,
    view: impl Fn(&T) -> V + Send + 'static,
) -> impl Fn() -> AnyView + Send
where
    T: Send + Sync + 'static,
    V: IntoAny,
{
    move || {
        if let Some(view) = live.data.with(|data| data.as_ref().map(&view)) {
            let retry = move |()| live.refresh();
            return view! { <Stale what problem=live.problem read_at=live.read_at retry/> {view.into_any()} }
                .into_any();
        }
        match live.problem.get() {
            // The bar says that the API is gone; it comes back by itself.
            None | Some(Problem::Gone) => skeleton(),
            Some(problem) => {
                view! { <Failed what=what problem=problem retry=move |()| live.refresh()/> }.into_any()
            }
        }
    }
}

/// How long ago a look at the providers may have ended: one begins every quarter of an hour.
const LONG_AGO_MS: i64 = 3_600_000;

/// When the providers were last looked at to the end, and whether that is too long ago to be relied on.
#[component]
pub fn Swept(
    /// When all machines were.
    machines: Option<Timestamp>,
    /// When all DNS records were.
    records: Option<Timestamp>,
) -> impl IntoView {
    let now = js_sys::Date::now() as i64;
    let is_old = |at: Option<Timestamp>| at.is_some_and(|at| now - at.millis() > LONG_AGO_MS);
    let old = (is_old(machines) || is_old(records)).then(|| {
        let text = "What is shown may have changed since. Health says whether the providers answer.";
        view! { <div class="mb-4"><Note tone=Tone::Warn title="The providers have not been looked at for long" text=text/></div> }
    });
    let looked = |what: &'static str, at: Option<Timestamp>| match at {
        Some(at) => view! { {what} " looked at " <Ago at=at.millis()/> }.into_any(),
        None => view! { {what} " not looked at yet" }.into_any(),
    };
    view! {
        {old}
        <p class="sub num mb-2">{looked("Machines", machines)} " · " {looked("DNS records", records)}</p>
    }
}

/// How a server stands.
#[component]
pub fn StatusBadge(
    /// How it stands.
    #[prop(into)]
    status: Signal<ServerStatus>,
) -> impl IntoView {
    view! {
        <Badge
            tone=Signal::derive(move || words::server_status(status.get()).0)
            text=Signal::derive(move || words::server_status(status.get()).1.to_owned())
            live=Signal::derive(move || words::server_moves(status.get()))
        />
    }
}

/// The health of a server's services: a dot each, and how many are well. Of one that is silent nobody knows.
pub fn services(server: &Server) -> impl IntoView + use<> {
    let all = server.services.len();
    if all == 0 {
        return view! { <span class="sub">"No services"</span> }.into_any();
    }
    let silent = server.status == ServerStatus::Unreachable;
    let well = server.services.values().filter(|health| words::service(**health).0 == Tone::Ok).count();
    let part = |(name, health): (&String, &ServiceHealth)| match words::service(*health) {
        (_, word) if silent => (Tone::Idle, format!("{name}: unknown, last {word}")),
        (tone, word) => (tone, format!("{name}: {word}")),
    };
    let parts = server.services.iter().take(8).map(part).collect();
    let sum = if silent { format!("?/{all}") } else { format!("{well}/{all}") };
    view! { <Dots parts/> <span class="sub num ml-2" aria-hidden="true">{sum}</span> }.into_any()
}

/// Deployments, the newest first.
#[component]
pub fn DeploymentTable(
    /// What they are, for who listens.
    label: &'static str,
    /// The deployments.
    #[prop(into)]
    each: Signal<Vec<DeploymentSummary>>,
    /// Whether they are of several servers.
    with_server: bool,
) -> impl IntoView {
    let key = |one: &DeploymentSummary| one.id.clone();
    let row = move |one: Signal<DeploymentSummary>| deployment_row(one, with_server);
    view! {
        <div class="grid-table deployments-columns" role="table" aria-label=label on:keydown=|event| on_arrows(&event)>
            <div class="grid-head" role="row">
                <span role="columnheader">"Deployment"</span>
                <span role="columnheader">"Status"</span>
                <span role="columnheader">"At, or why not"</span>
                <span role="columnheader">"Begun"</span>
                <span role="columnheader" class="end">"Took"</span>
            </div>
            <Rows each=each key=key row=row/>
        </div>
    }
}

/// A row of a list of deployments, which stays while its deployment goes on.
fn deployment_row(deployment: Signal<DeploymentSummary>, with_server: bool) -> impl IntoView + use<> {
    let clock = expect_context::<Clock>();
    let status = Memo::new(move |_| deployment.with(|deployment| deployment.status));
    let moving = Signal::derive(move || !status.get().is_final());
    let (id, begun, name) = deployment.with_untracked(|deployment| {
        let saga = words::saga(deployment.saga);
        let name =
            if with_server { format!("{saga} of {}", deployment.server_name) } else { saga.to_owned() };
        (deployment.id.clone(), deployment.created_at.millis(), name)
    });
    let ended =
        Memo::new(move |_| deployment.with(|deployment| deployment.finished_at.map(|ended| ended.millis())));
    let lasted = move || duration(ended.get().unwrap_or_else(|| clock.now()) - begun);
    let about = Memo::new(move |_| {
        deployment.with(|deployment| match (&deployment.failure, &deployment.step) {
            (Some(failure), _) => words::sentence(&failure.message),
            (None, Some(step)) if !deployment.status.is_final() => words::title(step),
            _ => String::new(),
        })
    });
    let short = id.as_str().chars().take(12).collect::<String>();
    view! {
        <div class="grid-row" role="row">
            <div role="cell">
                <a class="name cut block" href=paths::deployment(&id)>{name}</a>
                <div class="sub mono">{short}</div>
            </div>
            <div role="cell">
                <Badge
                    tone=Signal::derive(move || words::deployment_status(status.get()).0)
                    text=Signal::derive(move || words::deployment_status(status.get()).1.to_owned())
                    live=moving
                />
            </div>
            <div role="cell" class="wide cut text-soft text-sm" title=about>{about}</div>
            <div role="cell" class="text-sm text-soft"><Ago at=begun/></div>
            <div role="cell" class="text-sm text-faint num end">{lasted}</div>
        </div>
    }
}

/// The arrows go from row to row of a list whose rows are links.
pub fn on_arrows(event: &ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Some(active) = document().active_element().filter(|active| active.matches("a.name").unwrap_or(false))
    else {
        return;
    };
    let Ok(all) = document().query_selector_all("main a.name") else { return };
    // What is at the same place in the document is not always below: a virtual list orders its rows by their path.
    let mut rows: Vec<(f64, web_sys::HtmlElement)> = (0..all.length())
        .filter_map(|place| all.get(place)?.dyn_into::<web_sys::HtmlElement>().ok())
        .map(|row| (row.get_bounding_client_rect().top(), row))
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let at = rows.iter().position(|(_, row)| row.is_same_node(Some(&active)));
    let next = at.and_then(|at| at.checked_add_signed(step)).and_then(|next| rows.get(next));
    if let Some((_, row)) = next {
        event.prevent_default();
        let _ = row.focus();
    }
}
