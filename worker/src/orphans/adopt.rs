//! `POST /api/orphans/{id}/adopt`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header::LOCATION};
use noc_shared::{
    id::DeploymentId,
    orphans::{AdoptAnswer, AdoptRequest, Orphan},
};

use super::{
    candidate::SECOND,
    store,
    verify::{self, Verified},
};
use crate::{
    api::{Body, Parameters, Segment},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    providers::{DnsRecord, Machine, NewRecord, RecordChanges},
    servers::{self, Adoption, KnownServer, LookedFor},
    targets::{self, TargetRequest},
};

pub(super) async fn adopt(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
    Body(request): Body<AdoptRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let orphan = verify::find(&app, &caller, &id).await?;
    match verify::verify(&app, &caller, &orphan).await? {
        Verified::Machine(machine, candidate) => {
            if candidate.reason == SECOND {
                return Err(conflict("a server has one machine, and this is a second one: delete it"));
            }
            adopt_machine(&app, &caller, request, machine, candidate.of, &orphan).await
        }
        Verified::Record(record) => adopt_record(&app, &caller, record, &orphan).await,
        // It was adopted by a request whose answer was lost, or its server was there all the time and only its record was
        // not: asked to show itself, it is listed again.
        Verified::Owned(owner) if owner.organization_id == caller.organization_id => {
            let owner = *owner;
            targets::ask(&app, &owner.organization_id, &owner.name, TargetRequest::ShowYourself).await?;
            Ok(answer(owner.name, owner.deployment_id))
        }
        Verified::Owned(_) => Err(conflict("it belongs to a server by now")),
        Verified::Gone => {
            forget(&app, &orphan).await?;
            Err(conflict("it is gone at the provider"))
        }
    }
}

fn answer(server_name: String, deployment_id: DeploymentId) -> Response {
    let location = format!("/api/deployments/{deployment_id}");
    let answer = AdoptAnswer { success: true, server_name, deployment_id: Some(deployment_id) };
    (StatusCode::ACCEPTED, [(LOCATION, location)], Json(answer)).into_response()
}

async fn forget(app: &App, orphan: &Orphan) -> Result<(), ApiError> {
    store::forget(&*app.database, &orphan.id).await.map_err(ApiError::database("forget the orphan"))
}

/// The machine becomes the server that its mark names: what is not said is what that server was.
async fn adopt_machine(
    app: &App,
    caller: &Caller,
    request: AdoptRequest,
    machine: Machine,
    of: Option<KnownServer>,
    orphan: &Orphan,
) -> Result<Response, ApiError> {
    let Some(server_id) = servers::tagged_server(&machine) else {
        return Err(conflict("it has the tag of no server, so that no agent can speak for it: delete it"));
    };
    let was = of.map(|known| known.server);
    if let (Some(was), Some(name)) = (&was, &request.server_name)
        && was.name != *name
    {
        return Err(ApiError::Invalid {
            field: "server_name".to_owned(),
            message: format!("the machine is that of {name}: it is adopted under this name", name = was.name),
        });
    }
    let was = was.as_ref();
    let branch = request.branch.or_else(|| was.map(|was| was.branch.clone()));
    let server_name = was.map(|was| was.name.clone()).or(request.server_name);
    let adoption = Adoption {
        server_id,
        server_name: server_name.unwrap_or_else(|| machine.name.clone()),
        branch: branch.ok_or_else(|| ApiError::Invalid {
            field: "branch".to_owned(),
            message: "there is no record of the server: say which git branch the machine runs".to_owned(),
        })?,
        proxied: request.enable_cloudflare_proxy.or_else(|| was.map(|was| was.proxied)).unwrap_or(false),
        application: request.application.or_else(|| was.map(|was| was.application.clone())),
        project: request.project.or_else(|| was.and_then(|was| was.projects.first().cloned())),
        environment: request.environment.or_else(|| was.map(|was| was.environment.clone())),
        machine,
    };
    let server_name = adoption.server_name.clone();
    let deployment_id = servers::begin_adoption(app, caller, adoption).await?;
    // It stays listed until a sweep finds that it is a server's: an adoption may be undone.
    store::adopting(&*app.database, &orphan.id, &deployment_id)
        .await
        .map_err(ApiError::database("note the adoption"))?;
    Ok(answer(server_name, deployment_id))
}

/// The record becomes that of the server which has its name as a domain.
async fn adopt_record(
    app: &App,
    caller: &Caller,
    record: DnsRecord,
    orphan: &Orphan,
) -> Result<Response, ApiError> {
    let looked_for = LookedFor { domains: vec![&record.name], ..LookedFor::default() };
    let known =
        servers::known(&*app.database, &looked_for).await.map_err(ApiError::database("find the server"))?;
    let owner = known.domains.get(&record.name).and_then(|id| known.servers.get(id));
    let owner = owner.filter(|owner| owner.is_settled() && owner.organization_id == caller.organization_id);
    let Some((owner, address)) = owner.and_then(|owner| Some((owner, owner.server.ip.clone()?))) else {
        return Err(conflict("no active server has this domain: delete the record"));
    };
    let providers = app.providers()?;
    let named = providers.dns.named(&record.name).await?;
    let mut others = named.iter().filter(|other| other.id != record.id);
    if record.kind != "A" || others.any(servers::routes_visitors) {
        return Err(conflict("the domain has a record beside this one: delete this one"));
    }
    let replaced = NewRecord {
        name: record.name.clone(),
        address,
        proxied: owner.server.proxied,
        comment: format!("noc {} {}", owner.server.id, owner.server.deployment_id),
    };
    let act = Act {
        action: "orphans.adopt",
        kind: "dns_record",
        id: orphan.provider_id.clone(),
        before: serde_json::to_value(orphan).ok(),
        after: Some(serde_json::json!({ "server": owner.server.name, "address": replaced.address })),
    };
    audit::record(app, caller, act, Vec::new()).await?;
    let changes = RecordChanges { replace: vec![(record.id, replaced)], ..RecordChanges::default() };
    providers.dns.change(&changes).await?;
    forget(app, orphan).await?;
    let server_name = owner.server.name.clone();
    Ok(Json(AdoptAnswer { success: true, server_name, deployment_id: None }).into_response())
}

fn conflict(message: &str) -> ApiError {
    ApiError::Conflict { code: "not_possible_now", message: message.to_owned() }
}
