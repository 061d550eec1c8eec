//! Actions on droplets, and their state.

use serde::Serialize;

use crate::Reply;

use super::Call;
use super::catalog;
use super::create::check_name;
use super::droplets;
use super::fields::Fields;
use super::model::{Change, Droplet, State, Status};
use super::paging::{Page, refuse_unknown};
use super::problem::Problem;
use super::view::ActionView;

const PROPERTIES: &[&str] = &["backup_policy", "disk", "image", "kernel", "name", "size", "type"];

#[derive(Serialize)]
struct One<'a> {
    action: ActionView<'a>,
}

#[derive(Serialize)]
struct Many<'a> {
    actions: Vec<ActionView<'a>>,
}

/// `GET /v2/actions`
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    Ok(page.reply(call, "actions", state.actions.values().rev().map(ActionView::from)))
}

/// `GET /v2/droplets/{id}/actions`
pub(super) fn list_of_droplet(state: &State, call: &Call<'_>, id: &str) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    let droplet = droplets::find(state, id)?.id;
    let actions = state.actions.values().rev().filter(|action| action.droplet == droplet);
    Ok(page.reply(call, "actions", actions.map(ActionView::from)))
}

/// `GET /v2/actions/{id}`, and the same below a droplet.
pub(super) fn get(state: &State, call: &Call<'_>, droplet: Option<&str>, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let droplet = droplet.map(|id| droplets::find(state, id)).transpose()?.map(|droplet| droplet.id);
    let action = id
        .parse()
        .ok()
        .and_then(|id: u64| state.actions.get(&id))
        .filter(|action| droplet.is_none_or(|droplet| droplet == action.droplet))
        .ok_or_else(Problem::not_found)?;
    Ok(Reply::json(200, &One { action: action.into() }))
}

/// `POST /v2/droplets/{id}/actions`
pub(super) fn create(state: &mut State, call: &mut Call<'_>, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let fields = Fields::of(call, PROPERTIES)?;
    let id = droplets::find(state, id)?.id;
    let action = start(state, call, &fields, id)?;
    state.settle(call.now);
    let action = state.actions.get(&action).ok_or_else(Problem::not_found)?;
    Ok(Reply::json(201, &One { action: action.into() }))
}

/// `POST /v2/droplets/actions?tag_name=T`
pub(super) fn create_by_tag(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    refuse_unknown(call, &["tag_name"])?;
    let fields = Fields::of(call, PROPERTIES)?;
    let mut started = Vec::new();
    for id in droplets::ids_by_tag(state, call)? {
        started.push(start(state, call, &fields, id)?);
    }
    state.settle(call.now);
    let actions = started.iter().filter_map(|id| state.actions.get(id)).map(ActionView::from).collect();
    Ok(Reply::json(201, &Many { actions }))
}

fn start(state: &mut State, call: &mut Call<'_>, fields: &Fields, id: u64) -> Result<u64, Problem> {
    let kind = fields.required_text("type")?;
    let droplet = state.droplets.get(&id).ok_or_else(Problem::not_found)?;
    if droplet.is_locked() {
        return Err(Problem::unprocessable("Droplet already has a pending event."));
    }
    let change = change(call, fields, kind, droplet)?;
    Ok(state.start_action(id, kind, change, call.random, call.now, call.settings.action_after_ms))
}

fn change(call: &mut Call<'_>, fields: &Fields, kind: &str, droplet: &Droplet) -> Result<Change, Problem> {
    let feature = |name: &str, on| Change::Feature { name: name.to_owned(), on };
    Ok(match kind {
        "power_off" | "shutdown" => Change::Power(Status::Off),
        "power_on" | "power_cycle" => Change::Power(Status::Active),
        "reboot" | "password_reset" | "change_backup_policy" => Change::Nothing,
        "change_kernel" => {
            return Err(Problem::unprocessable("The kernel of this droplet is managed from within."));
        }
        "enable_backups" => feature("backups", true),
        "disable_backups" => feature("backups", false),
        "enable_ipv6" => feature("ipv6", true),
        "rename" => {
            let name = fields.required_text("name")?;
            check_name(name)?;
            Change::Rename(name.to_owned())
        }
        "snapshot" => {
            fields.required_text("name")?;
            Change::Snapshot(180_000_000 + call.random.below(9_999_999))
        }
        "restore" | "rebuild" => {
            let wanted = fields.text_or_number("image")?;
            let image = wanted
                .and_then(|wanted| catalog::image(&wanted))
                .ok_or_else(|| Problem::unprocessable("You specified an invalid image."))?;
            Change::Image(image.slug.to_owned())
        }
        "resize" => resize(fields, droplet)?,
        _ => return Err(Problem::unprocessable(format!("'{kind}' is no type of action"))),
    })
}

fn resize(fields: &Fields, droplet: &Droplet) -> Result<Change, Problem> {
    let size = catalog::size(fields.required_text("size")?)
        .filter(|size| size.available)
        .ok_or_else(|| Problem::unprocessable("You specified an invalid size."))?;
    let with_disk = fields.flag("disk")?;
    if !size.regions.contains(&droplet.region.as_str()) {
        return Err(Problem::unprocessable("Size is not available in this region."));
    }
    if droplet.status != Status::Off {
        return Err(Problem::unprocessable("Droplet must be powered off to be resized."));
    }
    if size.disk < droplet.disk {
        return Err(Problem::unprocessable("This size is not available because it has a smaller disk."));
    }
    Ok(Change::Resize { size: size.slug.to_owned(), disk: with_disk.then_some(size.disk) })
}
