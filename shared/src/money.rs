//! Money.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// US dollars, kept in cents so that sums are exact; a number of dollars on the wire (`24` or `4.5`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd {
    cents: i64,
}

impl Usd {
    /// So many cents.
    pub const fn from_cents(cents: i64) -> Self {
        Self { cents }
    }

    /// The amount in cents.
    pub const fn cents(self) -> i64 {
        self.cents
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.cents % 100 == 0 {
            serializer.serialize_i64(self.cents / 100)
        } else {
            serializer.serialize_f64(self.cents as f64 / 100.0)
        }
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        // A price beyond a million dollars a month is a mistake of whoever sent it.
        if !(0.0..=1_000_000.0).contains(&dollars) {
            return Err(D::Error::custom("expected an amount from 0 to 1,000,000 dollars"));
        }
        Ok(Self { cents: (dollars * 100.0).round() as i64 })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Usd {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Usd".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "description": "US dollars" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_come_back_exactly_as_they_went() {
        for (dollars, cents) in [("24", 2400), ("4.5", 450), ("0", 0), ("0.29", 29), ("1234.56", 123_456)] {
            let read: Usd = serde_json::from_str(dollars).unwrap();
            assert_eq!(read.cents(), cents, "{dollars}");
            assert_eq!(serde_json::to_string(&read).unwrap(), dollars);
        }
        for refused in ["-1", "1e12"] {
            assert!(serde_json::from_str::<Usd>(refused).is_err(), "{refused}");
        }
    }
}
