//! Records one by one.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Reply;

use super::changes::Changes;
use super::model::{Origin, Record, State};
use super::problem::Problem;
use super::view::RecordView;
use super::zones::{Page, Zone, refuse_unknown};
use super::{Call, check, filter, success};

/// The default and the largest page, as the schema of 2024 has them.
const PAGE_SIZE: usize = 100;
const PAGE_SIZE_LIMIT: usize = 5_000_000;

/// What the API's types mark as required.
pub(super) const REQUIRED: &[&str] = &["name", "type", "ttl", "content"];

/// `GET /zones/{id}/dns_records`
pub(super) fn list(state: &State, call: &Call<'_>, zone: &Zone) -> Result<Reply, Problem> {
    filter::check(call)?;
    let page = Page::of(call, PAGE_SIZE, PAGE_SIZE_LIMIT)?;
    let mut records: Vec<&Record> =
        state.of_zone(&zone.id).filter(|record| filter::shows(call, record)).collect();
    filter::sort(call, &mut records);
    Ok(page.reply(records.into_iter().map(RecordView::from)))
}

/// `GET /zones/{id}/dns_records/{record}`
pub(super) fn get(state: &State, call: &Call<'_>, zone: &Zone, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    Ok(success(RecordView::from(find(state, zone, id)?)))
}

/// `POST /zones/{id}/dns_records`
pub(super) fn create(state: &mut State, call: &mut Call<'_>, zone: &Zone) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let object = body(call)?;
    let id = add(state, call, zone, &object, Origin::Api)?;
    Ok(success(RecordView::from(find(state, zone, &id)?)))
}

/// `PATCH` (only what is sent changes) and `PUT` (what is not sent is gone) of one record.
pub(super) fn update(
    state: &mut State,
    call: &Call<'_>,
    zone: &Zone,
    id: &str,
    whole: bool,
) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let object = body(call)?;
    let changes = Changes::of(&object, false)?;
    change(state, call, zone, id, changes, whole)?;
    Ok(success(RecordView::from(find(state, zone, id)?)))
}

/// `DELETE /zones/{id}/dns_records/{record}`
pub(super) fn delete(state: &mut State, call: &Call<'_>, zone: &Zone, id: &str) -> Result<Reply, Problem> {
    #[derive(Serialize)]
    struct Deleted {
        id: String,
    }
    refuse_unknown(call, &[])?;
    let id = find(state, zone, id)?.id.clone();
    state.records.remove(&id);
    Ok(success(Deleted { id }))
}

pub(super) fn find<'a>(state: &'a State, zone: &Zone, id: &str) -> Result<&'a Record, Problem> {
    state.records.get(id).filter(|record| record.zone_id == zone.id).ok_or_else(Problem::no_record)
}

/// Makes a record; its id.
pub(super) fn add(
    state: &mut State,
    call: &mut Call<'_>,
    zone: &Zone,
    object: &Map<String, Value>,
    origin: Origin,
) -> Result<String, Problem> {
    let changes = Changes::of(object, false)?;
    changes.require(REQUIRED)?;
    let mut record = blank(call.random.hex(16), zone, call.now, origin);
    changes.apply(&mut record, call.now);
    check::check(state, call.settings, &zone.name, &mut record)?;
    let id = record.id.clone();
    state.insert(record);
    Ok(id)
}

/// Changes a record, or replaces what it says.
pub(super) fn change(
    state: &mut State,
    call: &Call<'_>,
    zone: &Zone,
    id: &str,
    changes: Changes,
    whole: bool,
) -> Result<(), Problem> {
    let before = find(state, zone, id)?;
    let mut record = before.clone();
    if whole {
        changes.require(REQUIRED)?;
        record = blank(before.id.clone(), zone, before.created_at, before.origin);
        record.number = before.number;
    }
    changes.apply(&mut record, call.now);
    check::check(state, call.settings, &zone.name, &mut record)?;
    state.records.insert(record.id.clone(), record);
    Ok(())
}

pub(super) fn body(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    if !call.request.has_json_content_type() {
        return Err(Problem::new(
            400,
            6003,
            "Invalid request headers: Content-Type must be application/json",
        ));
    }
    match serde_json::from_slice(&call.request.body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::invalid_body("it must be an object")),
        Err(cause) => Err(Problem::invalid_body(cause.to_string())),
    }
}

fn blank(id: String, zone: &Zone, created_at: u64, origin: Origin) -> Record {
    Record {
        id,
        zone_id: zone.id.clone(),
        number: 0,
        name: String::new(),
        kind: String::new(),
        content: String::new(),
        ttl: 1,
        proxied: false,
        priority: None,
        data: None,
        comment: None,
        tags: Vec::new(),
        settings: Map::new(),
        private_routing: None,
        origin,
        created_at,
        modified_at: created_at,
        comment_modified_at: None,
        tags_modified_at: None,
    }
}
