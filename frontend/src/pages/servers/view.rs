//! Which servers are shown, in which order: decided from what was asked for, which is what the URL says.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use noc_shared::servers::Server;

use crate::fleet::Known;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What was typed.
    pub search: String,
    /// The status, or none.
    pub status: String,
    /// The region, or none.
    pub region: String,
    /// What is sorted by.
    pub sort: Sort,
    /// Whether the last one comes first.
    pub descending: bool,
    /// What is grouped by.
    pub group: Group,
    /// Whether cards are shown.
    pub cards: bool,
}

/// What is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The name.
    #[default]
    Name,
    /// How it stands; what needs somebody first.
    Status,
    /// The region.
    Region,
    /// The price per month.
    Cost,
    /// When its deployment began.
    Age,
}

/// What is grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Nothing.
    #[default]
    None,
    /// The project.
    Project,
    /// The region.
    Region,
}

impl Sort {
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Name, "name"),
        (Self::Status, "status"),
        (Self::Region, "region"),
        (Self::Cost, "cost"),
        (Self::Age, "age"),
    ];
}

impl Group {
    /// The word of the URL.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Project => "project",
            Self::Region => "region",
        }
    }

    /// What the URL's word says.
    pub fn of(word: &str) -> Self {
        match word {
            "project" => Self::Project,
            "region" => Self::Region,
            _ => Self::None,
        }
    }
}

impl View {
    /// What a URL asks for. What it does not say, or says wrongly, is as usual.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| get(name).unwrap_or_default();
        let sort = text("sort");
        let (descending, word) = match sort.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, sort.as_str()),
        };
        let sort =
            Sort::WORDS.iter().find(|(_, known)| *known == word).map(|(sort, _)| *sort).unwrap_or_default();
        Self {
            search: text("search"),
            status: text("status"),
            region: text("region"),
            sort,
            descending,
            group: Group::of(&text("group")),
            cards: text("view") == "cards",
        }
    }

    /// The query of a URL that asks for this.
    pub fn query(&self) -> String {
        let word = Sort::WORDS.iter().find(|(sort, _)| *sort == self.sort).map_or("name", |(_, word)| word);
        let sort = match (self.sort, self.descending) {
            (Sort::Name, false) => String::new(),
            (_, false) => word.to_owned(),
            (_, true) => format!("-{word}"),
        };
        let parts = [
            ("search", self.search.as_str()),
            ("status", &self.status),
            ("region", &self.region),
            ("sort", &sort),
            ("group", self.group.word()),
            ("view", if self.cards { "cards" } else { "" }),
        ];
        let given = parts.into_iter().filter(|(_, value)| !value.is_empty());
        given
            .map(|(name, value)| format!("{name}={}", crate::paths::encode(value)))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// Whether some servers are left out.
    pub fn filters(&self) -> bool {
        !(self.search.is_empty() && self.status.is_empty() && self.region.is_empty())
    }
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// What the following have in common.
    Group(Arc<GroupLine>),
    /// A server.
    Server(Known),
}

/// What some servers have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct GroupLine {
    /// The project or the region.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// What they cost per month, in cents.
    pub cents: i64,
}

/// The lines of the list.
pub fn lines(servers: &[Known], view: &View) -> Vec<Line> {
    let words: Vec<String> = view.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut shown: Vec<&Known> = servers
        .iter()
        .filter(|known| {
            let server = &known.0.server;
            (view.status.is_empty() || server.status.as_str() == view.status)
                && (view.region.is_empty() || server.region == view.region)
                && words.iter().all(|word| known.0.haystack.contains(word.as_str()))
        })
        .collect();
    // They come by name, and a sort that keeps the order of equals keeps that.
    if view.sort != Sort::Name {
        shown.sort_by(|one, other| compare(&one.0.server, &other.0.server, view.sort));
    }
    if view.descending {
        shown.reverse();
    }
    if view.group == Group::None {
        return shown.into_iter().cloned().map(Line::Server).collect();
    }
    let mut groups: BTreeMap<String, Vec<&Known>> = BTreeMap::new();
    for known in shown {
        let name = match view.group {
            Group::Region => known.0.server.region.clone(),
            // A server of several projects stands where they all are named.
            _ => known.0.server.projects.join(", "),
        };
        groups.entry(name).or_default().push(known);
    }
    let mut lines = Vec::new();
    for (name, members) in groups {
        let cents = members.iter().map(|known| known.0.server.price_monthly.cents()).sum();
        lines.push(Line::Group(Arc::new(GroupLine { name, count: members.len(), cents })));
        lines.extend(members.into_iter().cloned().map(Line::Server));
    }
    lines
}

fn compare(one: &Server, other: &Server, sort: Sort) -> Ordering {
    match sort {
        Sort::Name => one.name.cmp(&other.name),
        Sort::Status => urgency(one).cmp(&urgency(other)),
        Sort::Region => one.region.cmp(&other.region),
        Sort::Cost => one.price_monthly.cmp(&other.price_monthly),
        // The youngest first.
        Sort::Age => other.created_at.cmp(&one.created_at),
    }
}

fn urgency(server: &Server) -> u8 {
    use noc_shared::servers::ServerStatus::{
        Active, Destroyed, Destroying, Provisioning, Stuck, Unreachable,
    };
    match server.status {
        Stuck => 0,
        Unreachable => 1,
        Provisioning => 2,
        Destroying => 3,
        Active => 4,
        Destroyed => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use noc_shared::{money::Usd, servers::ServerStatus};

    use super::*;
    use crate::fleet::{Entry, tests::server};

    fn fleet() -> Vec<Known> {
        let known = |name: &str, region: &str, status, cents| {
            let server = Server {
                region: region.into(),
                status,
                price_monthly: Usd::from_cents(cents),
                ..server(name)
            };
            Known(Arc::new(Entry { haystack: format!("{name} {region}"), server }))
        };
        vec![
            known("alpha", "nyc1", ServerStatus::Active, 2_400),
            known("beta", "fra1", ServerStatus::Stuck, 1_200),
            known("gamma", "nyc1", ServerStatus::Provisioning, 600),
        ]
    }

    fn view(query: &str) -> View {
        View::of(|name| {
            query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        })
    }

    #[test]
    fn the_url_says_what_is_shown() {
        for (query, expected) in [
            ("", "alpha beta gamma"),
            ("search=a1", "beta"),
            ("search=nyc", "alpha gamma"),
            ("search=nyc amm", "gamma"),
            ("status=stuck", "beta"),
            ("region=nyc1", "alpha gamma"),
            ("sort=-name", "gamma beta alpha"),
            ("sort=cost", "gamma beta alpha"),
            ("sort=-cost", "alpha beta gamma"),
            ("sort=status", "beta gamma alpha"),
            ("group=region", "[fra1 1 1200] beta [nyc1 2 3000] alpha gamma"),
            ("group=project", "[default 3 4200] alpha beta gamma"),
            ("search=nothing", ""),
        ] {
            let shown = lines(&fleet(), &view(query)).into_iter().map(|line| match line {
                Line::Group(group) => format!("[{} {} {}]", group.name, group.count, group.cents),
                Line::Server(known) => known.0.server.name.clone(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{query}");
        }
    }

    #[test]
    fn a_view_is_its_query_and_back() {
        for query in [
            "",
            "search=a&status=stuck&region=nyc1&sort=-cost&group=project&view=cards",
            "sort=age",
            "sort=-name",
        ] {
            assert_eq!(view(query).query(), query);
        }
        assert_eq!(view("sort=wrong&group=wrong&view=wrong").query(), "");
    }
}
