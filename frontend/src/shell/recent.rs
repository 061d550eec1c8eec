//! The newest deployments, watched from every page: what ends is said.

use std::collections::HashMap;

use leptos::prelude::*;
use noc_shared::deployments::{DeploymentList, DeploymentStatus, DeploymentSummary};

use super::{Activity, Message};
use crate::{api, fleet::Fleet, live::Live, paths, ui::Tone, words};

/// How many are watched.
const WATCHED: u32 = 50;

/// The newest deployments.
#[derive(Clone, Copy)]
pub struct Recent(pub Live<DeploymentList>);

impl Recent {
    /// Starts watching. Called once.
    pub fn begin(activity: Activity) -> Self {
        let every = |list: Option<&DeploymentList>| {
            let moving = list.is_some_and(|list| list.deployments.iter().any(|one| !one.status.is_final()));
            Some(if moving { 4_000 } else { 12_000 })
        };
        let live = Live::new(every, || api::deployments::list("", "", WATCHED, None));
        let fleet = expect_context::<Fleet>();
        Effect::new(move |before: Option<Option<HashMap<String, DeploymentStatus>>>| {
            let now = live.data.with(|list| {
                let deployments = &list.as_ref()?.deployments;
                if let Some(Some(before)) = &before {
                    let changed: Vec<_> = ended(before, deployments).collect();
                    if !changed.is_empty()
                        || deployments.iter().any(|one| !before.contains_key(one.id.as_str()))
                    {
                        fleet.refresh();
                    }
                    changed.into_iter().for_each(|deployment| activity.say(message(deployment)));
                }
                Some(deployments.iter().map(|one| (one.id.to_string(), one.status)).collect())
            });
            now.or(before.flatten())
        });
        Self(live)
    }

    /// How many are under way.
    pub fn in_flight(self) -> usize {
        self.0.data.with(|list| {
            let moving =
                |list: &DeploymentList| list.deployments.iter().filter(|one| !one.status.is_final()).count();
            list.as_ref().map_or(0, moving)
        })
    }
}

fn ended<'a>(
    before: &'a HashMap<String, DeploymentStatus>,
    now: &'a [DeploymentSummary],
) -> impl Iterator<Item = &'a DeploymentSummary> {
    now.iter().filter(|one| {
        one.status.is_final() && before.get(one.id.as_str()).is_some_and(|status| !status.is_final())
    })
}

fn message(deployment: &DeploymentSummary) -> Message {
    use noc_shared::deployments::SagaKind::{Adopt, Deploy, Destroy, Repair};
    let name = &deployment.server_name;
    let (tone, title) = match (deployment.saga, deployment.status) {
        (Deploy, DeploymentStatus::Succeeded) => (Tone::Ok, format!("{name} is active")),
        (Adopt, DeploymentStatus::Succeeded) => (Tone::Ok, format!("{name} is adopted")),
        (Repair, DeploymentStatus::Succeeded) => (Tone::Ok, format!("{name} is repaired")),
        (Destroy, DeploymentStatus::Succeeded) => (Tone::Ok, format!("{name} is destroyed")),
        (_, DeploymentStatus::Stuck) => (Tone::Bad, format!("{name} is stuck")),
        (_, DeploymentStatus::Unwound) => (Tone::Warn, format!("{name} was undone")),
        (saga, status) => {
            (Tone::Idle, format!("{} of {name}: {}", words::saga(saga), words::deployment_status(status).1))
        }
    };
    let text = deployment.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default();
    let link = Some((paths::deployment(&deployment.id), "See the deployment".to_owned()));
    Message { tone, title, text, link }
}
