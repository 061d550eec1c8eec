//! The app, from what the platform's environment has.

use std::sync::{Arc, OnceLock};

use worker::{Env, send::SendWrapper};

use super::{
    cache::KvCache, clock::PlatformClock, database::D1, http::PlatformHttp, limits::PlatformLimits,
    log::PlatformLog, random::PlatformRandom, signatures::PlatformSignatures, targets::ObjectTargets,
};
use crate::{
    app::{App, Parts},
    config::Config,
    log::Log,
};

/// The bindings belong to the instance of the Worker and not to a request, so the app is made once. It is only ever
/// read, and never held across an await in a way that another request could wait for.
static APP: OnceLock<SendWrapper<Arc<App>>> = OnceLock::new();

/// The app. An error names the binding that is missing.
pub(super) fn app(env: &Env) -> Result<Arc<App>, String> {
    if let Some(app) = APP.get() {
        return Ok(Arc::clone(app));
    }
    let app = make(env).map_err(|error| error.to_string())?;
    Ok(Arc::clone(APP.get_or_init(|| SendWrapper::new(app))))
}

fn make(env: &Env) -> worker::Result<Arc<App>> {
    let clock = Arc::new(PlatformClock);
    let log = Log::new(Arc::new(PlatformLog), clock.clone());
    // Secrets and plain variables look the same from here.
    let config = Config::read(|name| env.var(name).ok().map(|value| value.to_string()));
    Ok(Arc::new(App::new(Parts {
        cache: Arc::new(KvCache(env.kv("CACHE")?)),
        clock,
        config,
        database: Arc::new(D1(env.d1("DB")?)),
        http: Arc::new(PlatformHttp),
        limits: Arc::new(PlatformLimits(env.rate_limiter("LIMITS").ok())),
        log,
        random: Arc::new(PlatformRandom),
        signatures: Arc::new(PlatformSignatures),
        targets: Arc::new(ObjectTargets(env.durable_object("TARGETS")?)),
    })))
}
