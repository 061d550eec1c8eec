//! Many changes in one transaction: deletes, patches, puts, posts, and all of them or none.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Reply;
use crate::message::unknown_property;

use super::changes::Changes;
use super::model::{Origin, Record, State};
use super::problem::Problem;
use super::view::RecordView;
use super::zones::{Zone, refuse_unknown};
use super::{Call, records, success};

/// The lists, in the order in which they are carried out.
const LISTS: [&str; 4] = ["deletes", "patches", "puts", "posts"];

/// The records as they are after the batch (before it, for the deleted ones); null for a list that was not sent.
#[derive(Serialize)]
struct Done {
    deletes: Option<Vec<RecordView>>,
    patches: Option<Vec<RecordView>>,
    puts: Option<Vec<RecordView>>,
    posts: Option<Vec<RecordView>>,
}

/// What each touched record was before, so that a batch that fails leaves nothing behind.
type Journal = Vec<(String, Option<Record>)>;

/// `POST /zones/{id}/dns_records/batch`
pub(super) fn run(state: &mut State, call: &mut Call<'_>, zone: &Zone) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let body = records::body(call)?;
    if let Some(name) = unknown_property(&body, &LISTS) {
        return Err(Problem::invalid_body(format!("unknown field \"{name}\"")).at(format!("/{name}")));
    }
    let [deletes, patches, puts, posts] = LISTS.map(|list| operations(&body, list));
    let lists = [deletes?, patches?, puts?, posts?];
    let count: usize = lists.iter().flatten().map(Vec::len).sum();
    if count == 0 {
        return Err(Problem::invalid_body("a batch needs at least one operation"));
    }
    if count > call.settings.batch_limit {
        let limit = call.settings.batch_limit;
        return Err(Problem::invalid_body(format!("a batch may have {limit} operations at most")));
    }

    let mut journal = Journal::new();
    let outcome = carry_out(state, call, zone, lists, &mut journal);
    if outcome.is_err() {
        for (id, before) in journal.into_iter().rev() {
            match before {
                Some(record) => state.records.insert(id, record),
                None => state.records.remove(&id),
            };
        }
    }
    outcome.map(success)
}

fn carry_out(
    state: &mut State,
    call: &mut Call<'_>,
    zone: &Zone,
    [deletes, patches, puts, posts]: [Option<Vec<&Map<String, Value>>>; 4],
    journal: &mut Journal,
) -> Result<Done, Problem> {
    let deletes = each(deletes, "deletes", |operation| {
        if let Some(name) = unknown_property(operation, &["id"]) {
            return Err(Problem::invalid_body(format!("unknown field \"{name}\"")).at(format!("/{name}")));
        }
        let record = records::find(state, zone, id_of(operation)?)?.clone();
        state.records.remove(&record.id);
        let view = RecordView::from(&record);
        journal.push((record.id.clone(), Some(record)));
        Ok(view)
    })?;
    // Name, type and ttl are required even of a patch: the types of the API mark them so.
    let mut change = |operation: &Map<String, Value>, required: &[&str], whole| {
        let id = id_of(operation)?;
        let changes = Changes::of(operation, true)?;
        changes.require(required)?;
        let before = records::find(state, zone, id)?.clone();
        records::change(state, call, zone, id, changes, whole)?;
        journal.push((before.id.clone(), Some(before)));
        Ok(RecordView::from(records::find(state, zone, id)?))
    };
    let patches = each(patches, "patches", |operation| change(operation, &["name", "type", "ttl"], false))?;
    let puts = each(puts, "puts", |operation| change(operation, records::REQUIRED, true))?;
    let posts = each(posts, "posts", |operation| {
        let id = records::add(state, call, zone, operation, Origin::Api)?;
        journal.push((id.clone(), None));
        Ok(RecordView::from(records::find(state, zone, &id)?))
    })?;
    Ok(Done { deletes, patches, puts, posts })
}

fn each(
    operations: Option<Vec<&Map<String, Value>>>,
    list: &str,
    mut run: impl FnMut(&Map<String, Value>) -> Result<RecordView, Problem>,
) -> Result<Option<Vec<RecordView>>, Problem> {
    let Some(operations) = operations else { return Ok(None) };
    let mut done = Vec::with_capacity(operations.len());
    for (index, operation) in operations.into_iter().enumerate() {
        done.push(run(operation).map_err(|problem| problem.below(list, index))?);
    }
    Ok(Some(done))
}

fn operations<'a>(
    body: &'a Map<String, Value>,
    list: &str,
) -> Result<Option<Vec<&'a Map<String, Value>>>, Problem> {
    let refused =
        || Problem::invalid_body(format!("\"{list}\" must be a list of objects")).at(format!("/{list}"));
    match body.get(list) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_object().ok_or_else(refused)).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(refused()),
    }
}

fn id_of(operation: &Map<String, Value>) -> Result<&str, Problem> {
    operation
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| Problem::invalid_body("\"id\" is required").at("/id"))
}
