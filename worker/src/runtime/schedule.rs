//! What the platform calls on its schedule.

use worker::{Env, ScheduleContext, ScheduledEvent, event};

use super::environment;
use crate::schedule;

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _: ScheduleContext) {
    match environment::app(&env) {
        Ok(app) => schedule::run(&app, &event.cron()).await,
        Err(error) => worker::console_error!("what the schedule asks for could not begin: {error}"),
    }
}
