//! `DELETE /api/orphans/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use noc_shared::orphans::{Orphan, RemoveAnswer};

use super::{
    store,
    verify::{self, Verified},
};
use crate::{
    api::{Parameters, Segment},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
};

/// How often it is looked whether a machine has gone, and for how many times: half a minute, and 15 of the 50 requests
/// that the free plan allows.
const LOOK_EVERY_MS: u64 = 2_000;
const LOOKS: u32 = 15;

/// A removal that is cut off is done again: the orphan stays listed until it is seen to be gone.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let orphan = verify::find(&app, &caller, &id).await?;
    let providers = app.providers()?;
    match verify::verify(&app, &caller, &orphan).await? {
        Verified::Owned(_) => {
            let message =
                "it belongs to a server: destroy that, or adopt this to have the server listed again"
                    .to_owned();
            return Err(ApiError::Conflict { code: "not_possible_now", message });
        }
        Verified::Gone => {}
        Verified::Record(record) => {
            audit::record(&app, &caller, act(&orphan), Vec::new()).await?;
            providers.dns.delete(&[record.id]).await?;
        }
        Verified::Machine(machine, _) => {
            audit::record(&app, &caller, act(&orphan), Vec::new()).await?;
            providers.compute.delete(&machine.id).await?;
            let mut looks = LOOKS;
            while providers.compute.get(&machine.id).await?.is_some() {
                if looks == 0 {
                    return Ok((StatusCode::ACCEPTED, Json(RemoveAnswer { success: true })).into_response());
                }
                looks -= 1;
                app.clock.sleep(LOOK_EVERY_MS).await;
            }
        }
    }
    store::forget(&*app.database, &orphan.id).await.map_err(ApiError::database("forget the orphan"))?;
    Ok(Json(RemoveAnswer { success: true }).into_response())
}

fn act(orphan: &Orphan) -> Act {
    Act {
        action: "orphans.delete",
        kind: orphan.kind.as_str(),
        id: orphan.provider_id.clone(),
        before: serde_json::to_value(orphan).ok(),
        after: None,
    }
}
