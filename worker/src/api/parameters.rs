//! What stands in the query of a request.

use std::{convert::Infallible, str::FromStr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use noc_shared::time::Timestamp;

use crate::error::ApiError;

/// The parameters of a query. Each is taken out by its name; what is left at the end is unknown and refused, so that a
/// misspelt filter does not silently show everything.
pub struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Parameters {
    fn parse(query: &str) -> Self {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        Self(
            query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    /// Takes a text out.
    ///
    /// # Errors
    /// When it stands there twice.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(index) = self.0.iter().position(|(candidate, _)| candidate == name) else { return Ok(None) };
        let (_, value) = self.0.remove(index);
        if self.0.iter().any(|(candidate, _)| candidate == name) {
            return Err(invalid(name, &format!("{name} may stand in the query only once")));
        }
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// Takes a number out, within bounds.
    ///
    /// # Errors
    /// When it is no number, or out of bounds.
    pub fn number(&mut self, name: &str, usual: u64, most: u64) -> Result<u64, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(usual) };
        match u64::from_str(&text) {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(invalid(name, &format!("{name} is a number from 1 to {most}"))),
        }
    }

    /// Takes a point in time out, in RFC 3339.
    ///
    /// # Errors
    /// When it is none.
    pub fn time(&mut self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        // A `+` in a query is a space, and so is that of an offset which nobody has escaped.
        match Timestamp::parse(&text.replace(' ', "+")) {
            Some(time) => Ok(Some(time)),
            None => Err(invalid(name, &format!("{name} is a time as 2026-11-20T10:00:00Z"))),
        }
    }

    /// Takes the length of a page out.
    ///
    /// # Errors
    /// When it is no number, or out of bounds.
    pub fn limit(&mut self) -> Result<u64, ApiError> {
        self.number("limit", 100, 500)
    }

    /// Takes a switch out: `1`, `true`, or the name alone switches it on.
    ///
    /// # Errors
    /// When it is neither on nor off.
    pub fn switch(&mut self, name: &str) -> Result<bool, ApiError> {
        let there = self.0.iter().any(|(candidate, _)| candidate == name);
        match self.text(name)?.as_deref() {
            None => Ok(there),
            Some("1" | "true") => Ok(true),
            Some("0" | "false") => Ok(false),
            Some(_) => Err(invalid(name, &format!("{name} is 1 or 0"))),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When something is left that nobody took out.
    pub fn end(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(invalid(
                name,
                &format!(
                    "there is no parameter {name} here",
                    name = name.chars().take(100).collect::<String>()
                ),
            )),
        }
    }
}

fn invalid(name: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: name.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_taken_out_one_by_one_and_what_is_left_is_refused() {
        let mut parameters = Parameters::parse("search=a+b%20c&limit=7&follow&stranger=1");
        assert_eq!(parameters.text("search").unwrap().as_deref(), Some("a b c"));
        assert_eq!(parameters.number("limit", 50, 200).unwrap(), 7);
        assert!(parameters.switch("follow").unwrap());
        assert!(matches!(parameters.end(), Err(ApiError::Invalid { field, .. }) if field == "stranger"));
        for refused in ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=1&limit=2"] {
            assert!(Parameters::parse(refused).number("limit", 50, 200).is_err(), "{refused}");
        }
        assert_eq!(Parameters::parse("limit=").number("limit", 50, 200).unwrap(), 50);
    }
}
