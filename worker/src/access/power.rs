//! What somebody may do in an organization, from the roles that they have and what a token is limited to.

use noc_shared::{
    access::{Role, Scope},
    id::ProjectId,
};
use serde::Deserialize;
use serde_json::Value;

use crate::ports::Param;

/// A role that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub role: Role,
    /// The project that it is in alone; `None` for the whole organization.
    pub project: Option<ProjectId>,
}

/// How far a permission reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole organization.
    Everything,
    /// These projects alone.
    Projects(Vec<ProjectId>),
}

impl Reach {
    /// For a statement: the projects as a list in JSON, or NULL for everything.
    pub fn param(&self) -> Param {
        match self {
            Self::Everything => Param::Null,
            Self::Projects(projects) => serde_json::to_string(projects).unwrap_or_default().into(),
        }
    }

    /// Whether a project is within it.
    pub fn includes(&self, project: &ProjectId) -> bool {
        match self {
            Self::Everything => true,
            Self::Projects(projects) => projects.contains(project),
        }
    }
}

/// What somebody may do in an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Power {
    held: Vec<Held>,
    /// What a token is limited to.
    scopes: Option<Vec<Scope>>,
    /// The projects that a token is limited to.
    projects: Option<Vec<ProjectId>>,
}

impl Power {
    /// What the roles give.
    pub fn of(held: Vec<Held>) -> Self {
        Self { held, scopes: None, projects: None }
    }

    /// Reads the roles as the database gives them: a list in JSON. A role that this version does not know gives nothing.
    pub fn read(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Row {
            role: String,
            project_id: String,
            at_most: Option<String>,
        }
        let rows: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
        let read = |row| {
            let Row { role, project_id, at_most } = serde_json::from_value(row).ok()?;
            let mut role = Role::parse(&role)?;
            if let Some(at_most) = at_most {
                role = role.min(Role::parse(&at_most)?);
            }
            let project = match project_id.as_str() {
                "" => None,
                id => Some(ProjectId::parse(id)?),
            };
            Some(Held { role, project })
        };
        Self::of(rows.into_iter().filter_map(read).collect())
    }

    /// What is left of it for a token that is limited so.
    #[must_use]
    pub fn limited(self, scopes: Vec<Scope>, projects: Option<Vec<ProjectId>>) -> Self {
        Self { scopes: Some(scopes), projects, ..self }
    }

    /// How far a scope reaches; `None` where it is not had at all.
    pub fn reach(&self, scope: Scope) -> Option<Reach> {
        if self.scopes.as_ref().is_some_and(|scopes| !scopes.contains(&scope)) {
            return None;
        }
        let having = || self.held.iter().filter(|held| held.role.has(scope));
        let everything = having().any(|held| held.project.is_none());
        match (everything, &self.projects) {
            (true, None) => Some(Reach::Everything),
            (true, Some(limit)) => Some(Reach::Projects(limit.clone())),
            (false, limit) => {
                let within = |project: &ProjectId| limit.as_ref().is_none_or(|limit| limit.contains(project));
                let projects: Vec<ProjectId> =
                    having().filter_map(|held| held.project.clone()).filter(within).collect();
                (!projects.is_empty()).then_some(Reach::Projects(projects))
            }
        }
        // What no project has cannot be had for a project.
        .filter(|reach| *reach == Reach::Everything || scope.is_of_projects())
    }

    /// The scopes that reach the whole organization.
    pub fn everywhere(&self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.reach(*scope) == Some(Reach::Everything)).collect()
    }

    /// The scopes that reach at least something.
    pub fn somewhere(&self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.reach(*scope).is_some()).collect()
    }

    /// The role in the whole organization.
    pub fn role(&self) -> Option<Role> {
        self.held.iter().filter(|held| held.project.is_none()).map(|held| held.role).max()
    }

    /// Whether there is nothing at all that may be done.
    pub fn is_none(&self) -> bool {
        self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(byte: u8) -> ProjectId {
        ProjectId::from_random([byte; 12])
    }

    fn held(role: Role, project: Option<u8>) -> Held {
        Held { role, project: project.map(self::project) }
    }

    #[test]
    fn a_scope_reaches_as_far_as_the_roles_that_have_it() {
        use Role::{Operator, Owner, Viewer};
        use Scope::{MembersWrite, ServersDestroy, ServersRead};
        let projects =
            |bytes: &[u8]| Some(Reach::Projects(bytes.iter().map(|byte| project(*byte)).collect()));
        let cases = [
            (vec![], ServersRead, None),
            (vec![held(Viewer, None)], ServersRead, Some(Reach::Everything)),
            (vec![held(Viewer, None)], ServersDestroy, None),
            (vec![held(Viewer, None), held(Operator, Some(1))], ServersDestroy, projects(&[1])),
            (vec![held(Viewer, None), held(Operator, Some(1))], ServersRead, Some(Reach::Everything)),
            (vec![held(Viewer, Some(1)), held(Operator, Some(2))], ServersRead, projects(&[1, 2])),
            (vec![held(Owner, Some(1))], MembersWrite, None),
            (vec![held(Owner, None)], MembersWrite, Some(Reach::Everything)),
        ];
        for (roles, scope, expected) in cases {
            assert_eq!(Power::of(roles.clone()).reach(scope), expected, "{scope:?} of {roles:?}");
        }
    }

    #[test]
    fn a_token_has_at_most_what_its_maker_has_and_what_it_is_limited_to() {
        use Scope::{AuditRead, ServersDestroy, ServersRead};
        let owner = || Power::of(vec![held(Role::Owner, None)]);
        let limited = owner().limited(vec![ServersRead], None);
        assert_eq!(limited.reach(ServersRead), Some(Reach::Everything));
        assert_eq!(limited.reach(ServersDestroy), None);
        let to_one = owner().limited(vec![ServersRead, AuditRead], Some(vec![project(1)]));
        assert_eq!(to_one.reach(ServersRead), Some(Reach::Projects(vec![project(1)])));
        assert_eq!(to_one.reach(AuditRead), None);
        let in_two = Power::of(vec![held(Role::Operator, Some(1)), held(Role::Operator, Some(2))]);
        let in_one = in_two.limited(vec![ServersRead], Some(vec![project(2), project(3)]));
        assert_eq!(in_one.reach(ServersRead), Some(Reach::Projects(vec![project(2)])));
        assert_eq!(Power::default().limited(Scope::ALL.to_vec(), None).somewhere(), []);
    }

    #[test]
    fn a_granted_role_is_at_most_the_granted_one_and_what_is_unknown_gives_nothing() {
        let cases = [
            (r#"[{"role":"owner","project_id":"","at_most":null}]"#, Some(Role::Owner)),
            (r#"[{"role":"owner","project_id":"","at_most":"viewer"}]"#, Some(Role::Viewer)),
            (r#"[{"role":"viewer","project_id":"","at_most":"owner"}]"#, Some(Role::Viewer)),
            (r#"[{"role":"owner","project_id":"","at_most":"king"}]"#, None),
            (r#"[{"role":"king","project_id":"","at_most":null}]"#, None),
            (r#"[{"role":"owner","project_id":"x","at_most":null}]"#, None),
            ("nonsense", None),
        ];
        for (text, role) in cases {
            assert_eq!(Power::read(text).role(), role, "{text}");
        }
    }
}
