//! The database's tables, on this machine.

use std::path::Path;

use crate::console::{self, Step};
use crate::project::Project;
use crate::{Outcome, files};

/// Applies the migrations that the local database lacks. `state` is where it is; wrangler's own place if `None`.
pub(super) fn apply(project: &Project, state: Option<&Path>) -> Outcome<()> {
    let own = project.root.join(".wrangler/state");
    // The stamp lies with the database, so that it goes when the database does.
    let stamp = state.unwrap_or(&own).join("migrations.hash");
    let hash = format!("{:016x}\n", files::hash(&[project.root.join("worker/migrations")], &[])?);
    if files::read(&stamp).is_ok_and(|stamped| stamped == hash) {
        return Ok(());
    }
    let step = Step::begin("Applying the database migrations locally", "a few seconds");
    let mut wrangler = project.wrangler(["d1", "migrations", "apply", "DB", "--local"]);
    if let Some(state) = state {
        wrangler = wrangler.arg("--persist-to").arg(state);
    }
    let applied = wrangler.output()?;
    if !applied.success {
        console::say(&format!("{}{}", applied.stdout, applied.stderr));
        return Err("the migrations were not applied: the lines above say why".into());
    }
    files::write(&stamp, &hash)?;
    step.done();
    Ok(())
}
