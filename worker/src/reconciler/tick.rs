//! One tick: so many pages further, and the repairs that policies ask for.
//!
//! The arithmetic, for 10,000 servers with three domains each: 50 pages of 200 machines and 60 pages of 500 records. A
//! tick a minute takes at most 4 calls of each provider, so that a sweep over all machines takes 13 minutes and one over
//! all records 15, within the quarter of an hour after which the next ones begin. That is at most 240 requests an hour of
//! DigitalOcean's 5,000, 4 a minute of its 250, and 20 in five minutes of Cloudflare's 1,200.
//!
//! A page costs at most four of the 50 requests that the free plan allows an invocation: the page, what is known of it,
//! what of it is known as nobody's, and what came of it. A look at a single thing takes one of the calls, and costs less.
//! Two times four pages are 32. What is mended is forgotten with one, and one reads where the sweeps stand; each of the
//! two is begun with one, asks with one for what no page has shown, writes that down with one and ends with one, which is
//! 8; and one looks for repairs, of which one is begun: with two for its audit event, up to four to ask its object, and
//! one to note it. That is 50. A tick that needs more, because the audit has to wait its turn just then, is ended by the
//! platform, and the next one goes on from where it stood.

use noc_shared::time::Timestamp;

use super::{
    confirm, dns_records, droplets, mend,
    sweep::{self, Sweep, SweepKind},
};
use crate::{
    app::App,
    drift,
    log::{self, Fields},
    orphans::{self, Candidate},
    ports::{DatabaseError, Statement},
    providers::{ProviderError, Providers},
    servers::{self, KnownServer, LookedFor, TAG},
};

/// Calls of one provider in one tick.
const CALLS: u32 = 4;

/// How long after the beginning of a sweep the next one begins.
const EVERY_MS: i64 = 15 * 60_000;

/// Why a sweep does not go on now. The next tick tries again.
pub(super) enum Halt {
    Database(DatabaseError),
    Provider(ProviderError),
}

impl From<DatabaseError> for Halt {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<ProviderError> for Halt {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

/// What a sweep works with in one tick.
pub(super) struct Look<'a> {
    pub(super) app: &'a App,
    pub(super) providers: &'a Providers,
    pub(super) now: Timestamp,
    /// Calls of the provider that are left.
    pub(super) calls: u32,
}

impl Look<'_> {
    /// Takes one of the calls that are left.
    pub(super) fn may_call(&mut self) -> bool {
        let may = self.calls > 0;
        self.calls = self.calls.saturating_sub(1);
        may
    }
}

/// Does what is to be done now. What goes wrong is in the log, and the next tick goes on from where this one stood.
pub async fn tick(app: &App) {
    let Ok(providers) = app.providers() else { return };
    let now = app.clock.now();
    let failed = |doing: &str, error: String| {
        app.log.warn(doing, Fields { error: Some(error), ..Fields::default() });
    };
    if let Err(error) = drift::forget_resolved(&*app.database, now).await {
        return failed("the reconciler could not begin", log::chain(&error));
    }
    let sweeps = match sweep::all(&*app.database).await {
        Ok(sweeps) => sweeps,
        Err(error) => return failed("the reconciler could not begin", log::chain(&error)),
    };
    for kind in SweepKind::ALL {
        let last = sweeps.iter().find(|sweep| sweep.kind == kind);
        let mut look = Look { app, providers, now, calls: CALLS };
        match go_on(&mut look, kind, last).await {
            Ok(()) => {}
            Err(Halt::Database(error)) => failed("a sweep could not go on", log::chain(&error)),
            Err(Halt::Provider(error)) => failed("a sweep could not go on", log::chain(&error)),
        }
    }
    if let Err(error) = mend::begin_repairs(app, now).await {
        failed("the reconciler could not begin repairs", log::chain(&error));
    }
}

/// Goes on with a sweep that is under way, or begins the next one if it is time.
async fn go_on(look: &mut Look<'_>, kind: SweepKind, last: Option<&Sweep>) -> Result<(), Halt> {
    let mut sweep = match last {
        Some(sweep) if sweep.ended_at.is_none() => sweep.clone(),
        Some(sweep) if look.now.since(sweep.began_at) < EVERY_MS => return Ok(()),
        last => sweep::begin(&*look.app.database, kind, last, look.now).await?,
    };
    while let Some(page) = sweep.next_page {
        if !look.may_call() {
            return Ok(());
        }
        let more = match kind {
            SweepKind::Droplets => read_droplets(look, &sweep, page).await?,
            SweepKind::DnsRecords => read_dns_records(look, &sweep, page).await?,
        };
        sweep.next_page = more.then_some(page + 1);
    }
    let is_complete = match kind {
        SweepKind::Droplets => confirm::droplets(look, &sweep).await?,
        SweepKind::DnsRecords => confirm::dns_records(look, &sweep).await?,
    };
    if is_complete {
        end(look, &sweep).await?;
    }
    Ok(())
}

async fn read_droplets(look: &mut Look<'_>, sweep: &Sweep, page: u32) -> Result<bool, Halt> {
    let listed = look.providers.compute.tagged_page(TAG, page).await?;
    // What is known is read after the page, so that a server that was destroyed in between is not taken for one that has
    // left something behind for longer than the look by itself that follows.
    let ids: Vec<_> = listed.items.iter().filter_map(servers::tagged_server).collect();
    let droplets = listed.items.iter().map(|machine| machine.id.as_str()).collect();
    let looked_for = LookedFor { ids: ids.iter().collect(), droplets, domains: Vec::new() };
    let known = servers::known(&*look.app.database, &looked_for).await?;
    let (mut seen, mut found, mut nobodys) = (Vec::new(), Vec::new(), Vec::new());
    for machine in &listed.items {
        if let Some(candidate) = Candidate::machine(machine, &known) {
            nobodys.push(candidate);
        } else if let Some(of) = known.of_droplet(&machine.id).filter(|of| of.is_settled()) {
            seen.push(of.server.id.to_string());
            found.extend(droplets::compare(&of.server, Some(machine)).into_iter().map(|found| (of, found)));
        }
    }
    let confirmed = confirm::nobodys(look, nobodys).await?;
    let statements = sweep.page_read(page, &seen, listed.more);
    write(look, sweep, &found, confirmed, statements).await?;
    Ok(listed.more)
}

async fn read_dns_records(look: &mut Look<'_>, sweep: &Sweep, page: u32) -> Result<bool, Halt> {
    let listed = look.providers.dns.page(page).await?;
    let ids: Vec<_> = listed.items.iter().filter_map(servers::marked_server).collect();
    let domains = listed.items.iter().map(|record| record.name.as_str()).collect();
    let looked_for = LookedFor { ids: ids.iter().collect(), droplets: Vec::new(), domains };
    let known = servers::known(&*look.app.database, &looked_for).await?;
    let compared = dns_records::compare(&listed.items, &known);
    let confirmed = confirm::nobodys(look, compared.nobodys).await?;
    let statements = sweep.page_read(page, &compared.seen, listed.more);
    write(look, sweep, &compared.found, confirmed, statements).await?;
    Ok(listed.more)
}

/// Writes what came of a look, in one batch.
pub(super) async fn write(
    look: &Look<'_>,
    sweep: &Sweep,
    found: &[(&KnownServer, drift::Found)],
    nobodys: Vec<Candidate>,
    further: impl IntoIterator<Item = Statement>,
) -> Result<(), Halt> {
    let mut statements = Vec::new();
    if !found.is_empty() {
        statements.push(drift::seen(sweep.number, look.now, found));
    }
    if !nobodys.is_empty() {
        statements.push(orphans::seen(&*look.app.random, sweep.number, look.now, &nobodys));
    }
    statements.extend(further);
    look.app.database.batch(statements).await?;
    Ok(())
}

async fn end(look: &Look<'_>, sweep: &Sweep) -> Result<(), Halt> {
    let (drifts, orphans) = match sweep.kind {
        SweepKind::Droplets => (
            drift::forget_unseen(sweep.number, &droplets::KINDS),
            orphans::forget_unseen(sweep.number, noc_shared::orphans::OrphanKind::Droplet),
        ),
        SweepKind::DnsRecords => (
            drift::forget_unseen(sweep.number, &dns_records::KINDS),
            orphans::forget_unseen(sweep.number, noc_shared::orphans::OrphanKind::DnsRecord),
        ),
    };
    look.app.database.batch(vec![drifts, orphans, sweep.ended(look.now)]).await?;
    Ok(())
}
