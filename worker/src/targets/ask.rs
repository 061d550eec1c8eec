//! Asking a target's object, which may be moving to another machine just now.

use noc_shared::id::OrganizationId;

use super::{TargetAnswer, TargetRequest};
use crate::{app::App, error::ApiError, log, log::Fields};

/// How often an object is asked before it is given up: it is moved within a second or so.
const TRIES: u64 = 4;

/// The wait before the second try, in milliseconds; it grows by as much with each.
const AGAIN_MS: u64 = 250;

/// Asks the object of a target, again if it does not answer: the runtime is replaced several times a week, and whoever
/// waits for a deploy meanwhile must not be sent away. Only for what may be asked twice: looking, waiting, and starting
/// a run, which has its own identifier.
pub(crate) async fn ask(
    app: &App,
    organization: &OrganizationId,
    name: &str,
    request: TargetRequest,
) -> Result<TargetAnswer, ApiError> {
    let mut tries = 0;
    loop {
        match app.targets.ask(organization, name, request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(error) if tries + 1 >= TRIES => return Err(error.into()),
            Err(error) => {
                let fields = Fields {
                    target: Some(format!("{organization}/{name}")),
                    error: Some(log::chain(&error)),
                    ..Fields::default()
                };
                app.log.warn("the target's object did not answer and is asked again", fields);
                tries += 1;
                app.clock.sleep(AGAIN_MS * tries).await;
            }
        }
    }
}
