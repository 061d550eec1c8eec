//! What the platform gives everything on it: objects, time, chance, a cache, a log, and HTTP.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::FutureExt as _;
use noc_shared::{id::OrganizationId, time::Timestamp};
use noc_simulator::Settings;
use noc_worker::{
    ports::{
        Cache, CacheError, Clock, Http, HttpError, HttpRequest, HttpResponse, Level, Limits, LogSink,
        PublicKey, Random, Signatures, Targets, TargetsError,
    },
    targets::{TargetAnswer, TargetRequest},
};

use super::World;
use crate::{moment::Scope, ports::simulated};

#[async_trait]
impl Targets for World {
    async fn ask(
        &self,
        organization: &OrganizationId,
        name: &str,
        request: TargetRequest,
    ) -> Result<TargetAnswer, TargetsError> {
        let (target, process, _) = self.object(&format!("{organization}/{name}"));
        let before = process.enter(Scope::Request);
        let answer = target.handle(request).now_or_never();
        process.enter(before);
        match answer {
            Some(answer) if process.is_alive() => Ok(answer),
            _ if !process.is_alive() => Err(TargetsError("the object was lost".to_owned())),
            _ => panic!("a request waits for something that does not come"),
        }
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    async fn sleep(&self, millis: u64) {
        self.pass(i64::try_from(millis).unwrap());
    }
}

#[async_trait]
impl Signatures for World {
    /// Nobody signs in here.
    async fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

impl Random for World {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[async_trait]
impl Cache for World {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.cache.lock().unwrap().get(key).cloned())
    }

    async fn put(&self, key: &str, value: String, _: u64) -> Result<(), CacheError> {
        self.cache.lock().unwrap().insert(key.to_owned(), value);
        Ok(())
    }
}

impl LogSink for World {
    fn write(&self, _: Level, line: &str) {
        if self.verbose.load(Ordering::Relaxed) {
            self.lines.lock().unwrap().push(line.to_owned());
        }
    }
}

/// HTTP as the Worker has it outside of any object: it is not what is tested here, and never fails.
pub(super) struct Front(pub(super) Arc<World>);

#[async_trait]
impl Http for Front {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let timeout_ms = request.timeout_ms;
        self.0.call(&simulated(request), timeout_ms)
    }
}

pub(super) fn setting(settings: &Settings, name: &str) -> Option<String> {
    Some(match name {
        "CLOUDFLARE_API_TOKEN" => settings.cloudflare_token.clone(),
        "CLOUDFLARE_API_URL" => "http://simulator/cloudflare/client/v4".to_owned(),
        "CLOUDFLARE_ZONE_ID" => settings.zone_id.clone(),
        "DIGITALOCEAN_API_URL" => "http://simulator/digitalocean/v2".to_owned(),
        "DIGITALOCEAN_TOKEN" => settings.digitalocean_token.clone(),
        "INFISICAL_API_URL" => "http://simulator/infisical/api".to_owned(),
        "INFISICAL_CLIENT_ID" => settings.infisical_client_id.clone(),
        "INFISICAL_CLIENT_SECRET" => settings.infisical_client_secret.clone(),
        "INFISICAL_PROJECT_ID" => settings.infisical_project_id.clone(),
        "NOC_MASTER_KEY" => STANDARD.encode([42; 32]),
        _ => return None,
    })
}

/// Nobody counts.
pub(super) struct Unlimited;

#[async_trait]
impl Limits for Unlimited {
    async fn allows(&self, _: &str) -> bool {
        true
    }
}
