//! Which path and method lead where.

use crate::Reply;

use super::model::State;
use super::problem::Problem;
use super::{Call, account, actions, create, droplets, tags};

pub(super) fn route(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    let segments = call.target.segments.clone();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some((&"v2", path)) = path.split_first() else { return Err(Problem::not_found()) };
    match (call.request.method.as_str(), path) {
        ("GET", ["account"]) => account::account(call),
        ("GET", ["account", "keys"]) => account::keys(call),
        ("GET", ["regions"]) => account::regions(call),
        ("GET", ["sizes"]) => account::sizes(call),
        ("GET", ["images"]) => account::images(call),
        ("GET", ["images", id]) => account::image(call, id),
        ("GET", ["snapshots"]) => account::nothing(call, "snapshots", &["resource_type"]),

        ("GET", ["droplets"]) => droplets::list(state, call),
        ("POST", ["droplets"]) => create::create(state, call),
        ("DELETE", ["droplets"]) => droplets::delete_by_tag(state, call),
        ("POST", ["droplets", "actions"]) => actions::create_by_tag(state, call),
        ("GET", ["droplets", id]) => droplets::get(state, call, id),
        ("DELETE", ["droplets", id]) => droplets::delete(state, call, id),
        ("GET", ["droplets", id, "actions"]) => actions::list_of_droplet(state, call, id),
        ("POST", ["droplets", id, "actions"]) => actions::create(state, call, id),
        ("GET", ["droplets", id, "actions", action]) => actions::get(state, call, Some(id), action),
        ("GET", ["droplets", id, list @ ("snapshots" | "backups")]) => {
            droplets::find(state, id)?;
            account::nothing(call, list, &[])
        }

        ("GET", ["actions"]) => actions::list(state, call),
        ("GET", ["actions", id]) => actions::get(state, call, None, id),

        ("GET", ["tags"]) => tags::list(state, call),
        ("POST", ["tags"]) => tags::create(state, call),
        ("GET", ["tags", name]) => tags::get(state, call, name),
        ("DELETE", ["tags", name]) => tags::delete(state, call, name),
        ("POST", ["tags", name, "resources"]) => tags::tag_resources(state, call, name, true),
        ("DELETE", ["tags", name, "resources"]) => tags::tag_resources(state, call, name, false),

        (
            _,
            ["account" | "regions" | "sizes" | "images" | "droplets" | "actions" | "tags" | "snapshots"]
            | ["images" | "droplets" | "actions" | "tags", _],
        ) => Err(Problem::method_not_allowed()),
        _ => Err(Problem::not_found()),
    }
}
