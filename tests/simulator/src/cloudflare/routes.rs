//! Which path and method lead where.

use crate::Reply;

use super::model::State;
use super::problem::Problem;
use super::{Call, batch, records, zones};

pub(super) fn route(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    let segments = call.target.segments.clone();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let path = match path.as_slice() {
        ["client", "v4", path @ ..] => path,
        _ => return Err(Problem::no_route()),
    };
    let method = call.request.method.as_str();
    match (method, path) {
        ("GET", ["zones"]) => zones::list(call),
        ("GET", ["zones", zone]) => zones::get(call, zone),
        (_, ["zones", zone, "dns_records", rest @ ..]) => {
            let zone = zones::find(call, zone)?;
            match (method, rest) {
                ("GET", []) => records::list(state, call, &zone),
                ("POST", []) => records::create(state, call, &zone),
                ("POST", ["batch"]) => batch::run(state, call, &zone),
                ("GET", [id]) => records::get(state, call, &zone, id),
                ("PATCH", [id]) => records::update(state, call, &zone, id, false),
                ("PUT", [id]) => records::update(state, call, &zone, id, true),
                ("DELETE", [id]) => records::delete(state, call, &zone, id),
                (_, [] | [_]) => Err(method_not_allowed()),
                _ => Err(Problem::no_route()),
            }
        }
        (_, ["zones"] | ["zones", _]) => Err(method_not_allowed()),
        _ => Err(Problem::no_route()),
    }
}

fn method_not_allowed() -> Problem {
    Problem::new(405, 10_405, "Method not allowed for this authentication scheme")
}
