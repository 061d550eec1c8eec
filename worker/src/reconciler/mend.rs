//! The repairs that policies ask for.

use noc_shared::{id::RequestId, time::Timestamp};

use crate::{app::App, drift, error::ApiError, log::Fields, organizations::Caller, ports::DatabaseError};

/// Repairs that are begun in one tick. Thousands of servers that have drifted at once are mended over some days, and not
/// all of them are touched before anybody could look.
const REPAIRS: u32 = 1;

/// Begins some of the repairs that are wanted. A server that cannot be repaired now is asked about again later, so that it
/// does not stand in the way of the others.
pub(super) async fn begin_repairs(app: &App, now: Timestamp) -> Result<(), DatabaseError> {
    for wanted in drift::wanted(&*app.database, now, REPAIRS).await? {
        let (name, server_id, kinds) =
            (wanted.server_name.clone(), wanted.server_id.clone(), wanted.kinds.clone());
        let request = RequestId::from_random(app.random.identifier());
        let caller = Caller::system(wanted.organization_id.clone(), request);
        let begun = drift::begin_repair(app, &caller, wanted).await;
        match begun {
            Ok(id) => {
                let deployment_id = Some(id.to_string());
                let fields = Fields { deployment_id, target: Some(name), ..Fields::default() };
                app.log.info("a repair was begun, as the policy asks for", fields);
            }
            Err(error) => {
                let error = Some(told(error));
                let fields = Fields { error, target: Some(name), ..Fields::default() };
                app.log.warn("a repair that the policy asks for was not begun", fields);
                drift::repair_not_begun(&*app.database, &server_id, &kinds, now).await?;
            }
        }
    }
    Ok(())
}

fn told(error: ApiError) -> String {
    let refusal = error.refusal();
    refusal.cause.unwrap_or(refusal.message)
}
