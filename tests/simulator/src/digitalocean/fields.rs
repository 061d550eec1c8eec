//! Reading a request body: an object whose every property is known and of its type.

use serde_json::{Map, Value};

use crate::message::unknown_property;

use super::Call;
use super::problem::Problem;

/// The properties of a body.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Parses the body; a property that is not among `known` is refused by name.
    pub(super) fn of(call: &Call<'_>, known: &[&str]) -> Result<Self, Problem> {
        if !call.request.has_json_content_type() {
            return Err(Problem::unsupported_media_type());
        }
        let object = match serde_json::from_slice(&call.request.body) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(Problem::bad_request("The request body must be a JSON object.")),
            Err(cause) => {
                return Err(Problem::bad_request(format!("The request body is no valid JSON: {cause}.")));
            }
        };
        match unknown_property(&object, known) {
            Some(name) => Err(Problem::unprocessable(format!("unknown property '{name}'"))),
            None => Ok(Self(object)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.typed(name, "a boolean", Value::as_bool)?.unwrap_or(false))
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&str, Problem> {
        self.text(name)?.ok_or_else(|| Problem::unprocessable(format!("{name} is required")))
    }

    /// A list of strings.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Problem> {
        let Some(items) = self.typed(name, "a list of strings", Value::as_array)? else {
            return Ok(Vec::new());
        };
        items
            .iter()
            .map(|item| {
                item.as_str()
                    .ok_or_else(|| Problem::unprocessable(format!("{name} must be a list of strings")))
            })
            .collect()
    }

    /// A name that may be given as a string or as a number.
    pub(super) fn text_or_number(&self, name: &str) -> Result<Option<String>, Problem> {
        self.typed(name, "a string or a number", |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            _ => None,
        })
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(Problem::unprocessable(format!("{name} must be {expected}"))),
            },
        }
    }
}
