//! Listing, showing and deleting droplets.

use serde::Serialize;

use crate::Reply;

use super::Call;
use super::model::{Droplet, State};
use super::paging::{Page, refuse_unknown};
use super::problem::Problem;
use super::tags::check_tag;
use super::view::DropletView;

#[derive(Serialize)]
struct One<'a> {
    droplet: DropletView<'a>,
}

/// `GET /v2/droplets`
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &["name", "tag_name", "type"])?;
    let (name, tag) = (call.query("name"), call.query("tag_name"));
    if tag.is_some() && (name.is_some() || call.query("type").is_some()) {
        return Err(Problem::bad_request("tag_name cannot be combined with name or type"));
    }
    let gpus = match call.query("type") {
        None | Some("droplets") => false,
        Some("gpus") => true,
        Some(_) => return Err(Problem::bad_request("type must be droplets or gpus")),
    };
    let wanted = |droplet: &&Droplet| {
        !gpus
            && name.is_none_or(|name| droplet.name.eq_ignore_ascii_case(name))
            && tag.is_none_or(|tag| has_tag(droplet, tag))
    };
    Ok(page.reply(call, "droplets", state.droplets.values().filter(wanted).map(DropletView::from)))
}

/// `GET /v2/droplets/{id}`
pub(super) fn get(state: &State, call: &Call<'_>, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    Ok(Reply::json(200, &One { droplet: find(state, id)?.into() }))
}

/// `DELETE /v2/droplets/{id}`
pub(super) fn delete(state: &mut State, call: &Call<'_>, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let droplet = find(state, id)?;
    if droplet.doomed {
        return Err(Problem::unprocessable("Droplet already has a pending event."));
    }
    let id = droplet.id;
    state.doom(id, call.now, call.settings.delete_after_ms);
    Ok(Reply::empty(204))
}

/// `DELETE /v2/droplets?tag_name=T`: all that have the tag. A tag that never was is not found; one that no
/// droplet has any more is no error.
pub(super) fn delete_by_tag(state: &mut State, call: &Call<'_>) -> Result<Reply, Problem> {
    refuse_unknown(call, &["tag_name"])?;
    for id in ids_by_tag(state, call)? {
        state.doom(id, call.now, call.settings.delete_after_ms);
    }
    Ok(Reply::empty(204))
}

/// The droplets with the tag of the call's `tag_name`.
pub(super) fn ids_by_tag(state: &State, call: &Call<'_>) -> Result<Vec<u64>, Problem> {
    let tag = call.query("tag_name").ok_or_else(|| Problem::bad_request("tag_name is required"))?;
    check_tag(tag)?;
    if !state.tags.contains(tag) {
        return Err(Problem::not_found());
    }
    Ok(state
        .droplets
        .values()
        .filter(|droplet| has_tag(droplet, tag) && !droplet.doomed)
        .map(|droplet| droplet.id)
        .collect())
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Droplet, Problem> {
    id.parse().ok().and_then(|id: u64| state.droplets.get(&id)).ok_or_else(Problem::not_found)
}

pub(super) fn has_tag(droplet: &Droplet, tag: &str) -> bool {
    droplet.tags.iter().any(|other| other == tag)
}
