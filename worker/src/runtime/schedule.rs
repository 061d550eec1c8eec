//! What the platform calls on its schedule.

use worker::{Env, ScheduleContext, ScheduledEvent, event};

use super::environment;
use crate::reconciler;

/// A tick of the reconciler. What goes wrong is in the log, and the next one comes in a minute.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match environment::app(&env) {
        Ok(app) => reconciler::tick(&app).await,
        Err(error) => worker::console_error!("the reconciler's tick could not begin: {error}"),
    }
}
