//! Tags. A tag stays when the last thing that has it is gone, as the real ones do.

use serde::Serialize;
use serde_json::{Value, json};

use crate::Reply;

use super::Call;
use super::droplets::has_tag;
use super::fields::Fields;
use super::model::State;
use super::paging::{Page, refuse_unknown};
use super::problem::Problem;

const LIMIT: usize = 255;

#[derive(Serialize)]
struct TagView<'a> {
    name: &'a str,
    resources: Resources,
}

#[derive(Serialize)]
struct Resources {
    count: usize,
    droplets: Counted,
    images: Counted,
    volumes: Counted,
    volume_snapshots: Counted,
    databases: Counted,
}

#[derive(Default, Serialize)]
struct Counted {
    count: usize,
}

#[derive(Serialize)]
struct One<'a> {
    tag: TagView<'a>,
}

/// `^[a-zA-Z0-9_\-:]{1,255}$`
pub(super) fn check_tag(tag: &str) -> Result<(), Problem> {
    let in_alphabet = tag.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | ':'));
    if tag.is_empty() || tag.len() > LIMIT || !in_alphabet {
        return Err(Problem::unprocessable(format!(
            "Tag names may have 1 to {LIMIT} letters, numbers, colons, dashes and underscores."
        )));
    }
    Ok(())
}

/// `GET /v2/tags`
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Reply, Problem> {
    let page = Page::of(call, &[])?;
    Ok(page.reply(call, "tags", state.tags.iter().map(|tag| view(state, tag))))
}

/// `GET /v2/tags/{name}`
pub(super) fn get(state: &State, call: &Call<'_>, name: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let name = state.tags.get(name).ok_or_else(Problem::not_found)?;
    Ok(Reply::json(200, &One { tag: view(state, name) }))
}

/// `POST /v2/tags`
pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, Problem> {
    let fields = Fields::of(call, &["name"])?;
    let name = fields.required_text("name")?;
    check_tag(name)?;
    state.tags.insert(name.to_owned());
    Ok(Reply::json(201, &One { tag: view(state, name) }))
}

/// `DELETE /v2/tags/{name}`: also takes it off whatever has it.
pub(super) fn delete(state: &mut State, call: &Call<'_>, name: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    if !state.tags.remove(name) {
        return Err(Problem::not_found());
    }
    for droplet in state.droplets.values_mut() {
        droplet.tags.retain(|tag| tag != name);
    }
    Ok(Reply::empty(204))
}

/// `POST` and `DELETE /v2/tags/{name}/resources`
pub(super) fn tag_resources(
    state: &mut State,
    call: &Call<'_>,
    name: &str,
    on: bool,
) -> Result<Reply, Problem> {
    if !state.tags.contains(name) {
        return Err(Problem::not_found());
    }
    let fields = Fields::of(call, &["resources"])?;
    let resources = fields
        .get("resources")
        .and_then(Value::as_array)
        .ok_or_else(|| Problem::unprocessable("resources must be a list"))?;
    let ids = resources.iter().map(droplet_id).collect::<Result<Vec<_>, _>>()?;
    if ids.iter().any(|id| !state.droplets.contains_key(id)) {
        return Err(Problem::not_found());
    }
    for id in ids {
        if let Some(droplet) = state.droplets.get_mut(&id) {
            droplet.tags.retain(|tag| tag != name);
            droplet.tags.extend(on.then(|| name.to_owned()));
        }
    }
    Ok(Reply::empty(204))
}

fn droplet_id(resource: &Value) -> Result<u64, Problem> {
    let refused = || {
        let example = json!({"resource_id": "9569411", "resource_type": "droplet"});
        Problem::unprocessable(format!("a resource must look like {example}"))
    };
    let object = resource.as_object().filter(|object| object.len() == 2).ok_or_else(refused)?;
    if object.get("resource_type").and_then(Value::as_str) != Some("droplet") {
        return Err(refused());
    }
    object.get("resource_id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or_else(refused)
}

fn view<'a>(state: &State, name: &'a str) -> TagView<'a> {
    let count = state.droplets.values().filter(|droplet| has_tag(droplet, name)).count();
    TagView {
        name,
        resources: Resources {
            count,
            droplets: Counted { count },
            images: Counted::default(),
            volumes: Counted::default(),
            volume_snapshots: Counted::default(),
            databases: Counted::default(),
        },
    }
}
