//! Where a sweep, one look over the whole of a provider, stands.

use noc_shared::time::Timestamp;

use crate::ports::{Database, DatabaseError, Param, Statement, integer, text};

/// What a sweep looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepKind {
    /// Every machine with NOC's tag.
    Droplets,
    /// Every DNS record of the zone.
    DnsRecords,
}

impl SweepKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Droplets, Self::DnsRecords];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Droplets => "droplets",
            Self::DnsRecords => "dns_records",
        }
    }
}

/// Where a sweep stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sweep {
    pub(super) kind: SweepKind,
    /// The number of this sweep; it only rises.
    pub(super) number: i64,
    pub(super) began_at: Timestamp,
    /// The page that comes next; `None` when all are read, and what was on none of them is looked for by itself.
    pub(super) next_page: Option<u32>,
    pub(super) ended_at: Option<Timestamp>,
}

/// All sweeps that were ever begun.
pub(super) async fn all(database: &dyn Database) -> Result<Vec<Sweep>, DatabaseError> {
    let sql = "SELECT kind, number, began_at, next_page, ended_at FROM sweeps";
    let rows = database.query(Statement::new(sql, [])).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(Sweep {
                kind: SweepKind::ALL.into_iter().find(|kind| text(row, "kind") == Some(kind.as_str()))?,
                number: integer(row, "number")?,
                began_at: Timestamp::from_millis(integer(row, "began_at")?),
                next_page: integer(row, "next_page").and_then(|page| u32::try_from(page).ok()),
                ended_at: integer(row, "ended_at").map(Timestamp::from_millis),
            })
        })
        .collect())
}

/// Begins a sweep. Of two that begin at once, both do the same.
pub(super) async fn begin(
    database: &dyn Database,
    kind: SweepKind,
    after: Option<&Sweep>,
    now: Timestamp,
) -> Result<Sweep, DatabaseError> {
    let number = after.map_or(0, |sweep| sweep.number) + 1;
    let forget = Statement::new("DELETE FROM sweep_pages WHERE kind = ?1", [Param::from(kind.as_str())]);
    let begin = Statement::new(
        "INSERT INTO sweeps (kind, number, began_at, next_page) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT (kind) DO UPDATE SET number = excluded.number, began_at = excluded.began_at, next_page = 1,
             confirmed = '[]', previous_ended_at = sweeps.ended_at, ended_at = NULL
         WHERE excluded.number > sweeps.number",
        [Param::from(kind.as_str()), number.into(), now.millis().into()],
    );
    database.batch(vec![forget, begin]).await?;
    Ok(Sweep { kind, number, began_at: now, next_page: Some(1), ended_at: None })
}

impl Sweep {
    /// The statements that say that a page was read, and what was on it. The page is written first, so that a sweep that
    /// is cut off between two pages misses neither.
    pub(super) fn page_read(&self, page: u32, seen: &[String], more: bool) -> [Statement; 2] {
        let kind = self.kind.as_str();
        let seen = serde_json::to_string(seen).unwrap_or_default();
        [
            Statement::new(
                "INSERT INTO sweep_pages (kind, page, seen) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, page) DO UPDATE SET seen = excluded.seen",
                [Param::from(kind), i64::from(page).into(), seen.into()],
            ),
            Statement::new(
                "UPDATE sweeps SET next_page = ?3 WHERE kind = ?1 AND number = ?2 AND next_page = ?4",
                [
                    Param::from(kind),
                    self.number.into(),
                    more.then_some(i64::from(page) + 1).into(),
                    i64::from(page).into(),
                ],
            ),
        ]
    }

    /// The statement that says what was looked for by itself.
    pub(super) fn confirmed(&self, what: &[String]) -> Statement {
        Statement::new(
            "UPDATE sweeps SET confirmed = (
                 SELECT json_group_array(value) FROM (
                     SELECT value FROM json_each(sweeps.confirmed) UNION SELECT value FROM json_each(?3)))
             WHERE kind = ?1 AND number = ?2",
            [
                Param::from(self.kind.as_str()),
                self.number.into(),
                serde_json::to_string(what).unwrap_or_default().into(),
            ],
        )
    }

    /// The statement that says that the sweep has ended.
    pub(super) fn ended(&self, now: Timestamp) -> Statement {
        Statement::new(
            "UPDATE sweeps SET ended_at = ?3 WHERE kind = ?1 AND number = ?2",
            [Param::from(self.kind.as_str()), self.number.into(), now.millis().into()],
        )
    }
}

/// When each kind was last looked at to the end.
///
/// # Errors
/// When the database does not answer.
pub async fn last_ended(
    database: &dyn Database,
) -> Result<[Option<Timestamp>; SweepKind::ALL.len()], DatabaseError> {
    let sql = "SELECT kind, COALESCE(ended_at, previous_ended_at) AS at FROM sweeps";
    let rows = database.query(Statement::new(sql, [])).await?;
    Ok(SweepKind::ALL.map(|kind| {
        let row = rows.iter().find(|row| text(row, "kind") == Some(kind.as_str()))?;
        integer(row, "at").map(Timestamp::from_millis)
    }))
}
