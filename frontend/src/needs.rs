//! What it takes to see a page, and to do what is offered there: so that nobody is offered what the API would refuse them.
//! The API decides all the same.

use noc_shared::{
    access::{Role, Scope},
    sessions::WhoAmI,
};

/// What something takes. It is what the route of the API requires that it asks: a test compares the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    scope: Scope,
    /// Whether having it in one project is enough.
    in_project: bool,
    /// What the API's document calls the route.
    route: &'static str,
}

impl Needs {
    /// Adopting an orphan.
    pub const ADOPT: Self = Self::everywhere(Scope::ServersDeploy, "adopt_orphan");
    /// Going through the audit.
    pub const AUDIT: Self = Self::everywhere(Scope::AuditRead, "list_audit_events");
    /// Changing what a member may do, and having them leave.
    pub const CHANGE_MEMBERS: Self = Self::everywhere(Scope::MembersWrite, "change_member");
    /// Deploying a server.
    pub const DEPLOY: Self = Self::somewhere(Scope::ServersDeploy, "deploy_server");
    /// Destroying a server.
    pub const DESTROY: Self = Self::somewhere(Scope::ServersDestroy, "destroy_server");
    /// Inviting people.
    pub const INVITE: Self = Self::everywhere(Scope::MembersWrite, "invite_member");
    /// Keeping an application, and removing it.
    pub const KEEP_APPLICATIONS: Self = Self::everywhere(Scope::ApplicationsWrite, "put_application");
    /// Keeping a project, and removing it.
    pub const KEEP_PROJECTS: Self = Self::everywhere(Scope::OrganizationWrite, "put_project");
    /// Keeping an SSH key, and removing it.
    pub const KEEP_SSH_KEYS: Self = Self::everywhere(Scope::OrganizationWrite, "put_ssh_key");
    /// Making a token, and revoking it.
    pub const MAKE_TOKENS: Self = Self::everywhere(Scope::TokensWrite, "make_token");
    /// Cancelling a deployment, and having it go on.
    pub const OPERATE: Self = Self::somewhere(Scope::DeploymentsOperate, "retry_deployment");
    /// Removing an orphan at its provider.
    pub const REMOVE_ORPHANS: Self = Self::everywhere(Scope::ServersDestroy, "delete_orphan");
    /// Repairing a server.
    pub const REPAIR: Self = Self::somewhere(Scope::ServersDeploy, "repair_server");
    /// Saying what is done about drift.
    pub const SET_POLICIES: Self = Self::everywhere(Scope::ServersDeploy, "set_drift_policies");

    const APPLICATIONS: Self = Self::everywhere(Scope::ApplicationsRead, "list_applications");
    const CATALOG: Self = Self::everywhere(Scope::CatalogRead, "get_catalog");
    const DEPLOYMENTS: Self = Self::somewhere(Scope::DeploymentsRead, "list_deployments");
    const DRIFT: Self = Self::somewhere(Scope::ServersRead, "list_drift");
    const MEMBERS: Self = Self::everywhere(Scope::MembersRead, "list_members");
    const ORPHANS: Self = Self::everywhere(Scope::ServersRead, "list_orphans");
    const PROJECTS: Self = Self::everywhere(Scope::OrganizationRead, "list_projects");
    const SERVERS: Self = Self::somewhere(Scope::ServersRead, "list_servers");
    const SSH_KEYS: Self = Self::everywhere(Scope::OrganizationRead, "list_ssh_keys");
    const TOKENS: Self = Self::everywhere(Scope::TokensRead, "list_tokens");

    const fn everywhere(scope: Scope, route: &'static str) -> Self {
        Self { scope, in_project: false, route }
    }

    const fn somewhere(scope: Scope, route: &'static str) -> Self {
        Self { scope, in_project: true, route }
    }

    /// What a path takes that `paths` made. `None` is nothing: everybody has settings, and everybody sees how NOC is.
    pub fn of(path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let says = |part: &str| query.split('&').any(|said| said == part);
        let noun = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        Some(match noun {
            "applications" if says("act=new") || says("act=edit") => Self::KEEP_APPLICATIONS,
            "applications" => Self::APPLICATIONS,
            "audit" => Self::AUDIT,
            "catalog" => Self::CATALOG,
            "deploy" => Self::DEPLOY,
            "deployments" => Self::DEPLOYMENTS,
            "drift" => Self::DRIFT,
            "members" => Self::MEMBERS,
            "orphans" => Self::ORPHANS,
            "projects" => Self::PROJECTS,
            "servers" if says("tab=danger") => Self::DESTROY,
            "servers" => Self::SERVERS,
            "ssh-keys" => Self::SSH_KEYS,
            "tokens" => Self::TOKENS,
            _ => return None,
        })
    }

    /// Whether somebody has it. Of somebody who is not known yet it is believed, so that nothing comes a moment later for
    /// those who may do everything.
    pub fn are_met(self, who: Option<&WhoAmI>) -> bool {
        who.is_none_or(|who| {
            let had = if self.in_project { &who.project_scopes } else { &who.scopes };
            had.contains(&self.scope)
        })
    }

    /// The least role that is enough.
    pub fn role(self) -> Role {
        Role::ALL.into_iter().find(|role| role.has(self.scope)).unwrap_or(Role::Owner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::paths;

    const ALL: [Needs; 24] = [
        Needs::ADOPT,
        Needs::APPLICATIONS,
        Needs::AUDIT,
        Needs::CATALOG,
        Needs::CHANGE_MEMBERS,
        Needs::DEPLOY,
        Needs::DEPLOYMENTS,
        Needs::DESTROY,
        Needs::DRIFT,
        Needs::INVITE,
        Needs::KEEP_APPLICATIONS,
        Needs::KEEP_PROJECTS,
        Needs::KEEP_SSH_KEYS,
        Needs::MAKE_TOKENS,
        Needs::MEMBERS,
        Needs::OPERATE,
        Needs::ORPHANS,
        Needs::PROJECTS,
        Needs::REMOVE_ORPHANS,
        Needs::REPAIR,
        Needs::SERVERS,
        Needs::SET_POLICIES,
        Needs::SSH_KEYS,
        Needs::TOKENS,
    ];

    #[test]
    fn what_something_needs_is_what_its_route_requires() {
        let document: Value = serde_json::from_str(include_str!("../../worker/openapi.json")).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let routes: Vec<&Value> = paths.flat_map(|path| path.as_object().unwrap().values()).collect();
        for needs in ALL {
            let route = routes.iter().find(|route| route["operationId"] == needs.route);
            let route = route.unwrap_or_else(|| panic!("there is no route {}", needs.route));
            let said = if needs.in_project { "x-requires-scope-in-project" } else { "x-requires-scope" };
            assert_eq!(route[said], needs.scope.as_str(), "{}", needs.route);
        }
    }

    /// Routes that stand for others, as one button leads to several: those require the same.
    #[test]
    fn what_is_done_to_the_same_thing_requires_the_same() {
        let document: Value = serde_json::from_str(include_str!("../../worker/openapi.json")).unwrap();
        for (path, methods) in [
            ("/api/applications/{name}", &["put", "delete"][..]),
            ("/api/projects/{name}", &["put", "delete"]),
            ("/api/ssh-keys/{name}", &["put", "delete"]),
            ("/api/members/{id}", &["put", "delete"]),
        ] {
            let scopes: Vec<&Value> =
                methods.iter().map(|method| &document["paths"][path][method]["x-requires-scope"]).collect();
            assert!(scopes.windows(2).all(|two| two[0] == two[1]), "{path}: {scopes:?}");
        }
        let scope = |path: &str, method: &str, said: &str| document["paths"][path][method][said].clone();
        for (one, other) in [
            (("/api/tokens", "post"), ("/api/tokens/{id}", "delete")),
            (("/api/invitations", "post"), ("/api/invitations/{id}", "delete")),
        ] {
            let said = "x-requires-scope";
            assert_eq!(scope(one.0, one.1, said), scope(other.0, other.1, said), "{one:?}");
        }
        let said = "x-requires-scope-in-project";
        let (cancel, retry) = ("/api/deployments/{id}/cancel", "/api/deployments/{id}/retry");
        assert_eq!(scope(cancel, "post", said), scope(retry, "post", said));
    }

    fn somebody(scopes: &[Scope], project_scopes: &[Scope]) -> WhoAmI {
        let organization = json!({ "id": format!("org_{}", "a".repeat(24)), "name": "A", "role": null });
        serde_json::from_value(json!({
            "principal_id": format!("prn_{}", "a".repeat(24)), "kind": "user", "name": "Vera", "email": null,
            "organization": organization, "organizations": [organization], "scopes": scopes,
            "project_scopes": project_scopes, "session": null, "proven_until": null, "break_glass_used_at": null,
        }))
        .unwrap()
    }

    #[test]
    fn who_is_not_known_may_all_and_others_what_their_scopes_reach() {
        use Scope::{ServersDeploy, ServersRead};
        let viewer = somebody(&[ServersRead], &[ServersRead]);
        let in_project = somebody(&[ServersRead], &[ServersRead, ServersDeploy]);
        let operator = somebody(&[ServersRead, ServersDeploy], &[ServersRead, ServersDeploy]);
        for (who, needs, expected) in [
            (None, Needs::DEPLOY, true),
            (None, Needs::ADOPT, true),
            (Some(&viewer), Needs::SERVERS, true),
            (Some(&viewer), Needs::DEPLOY, false),
            (Some(&viewer), Needs::ADOPT, false),
            (Some(&in_project), Needs::DEPLOY, true),
            (Some(&in_project), Needs::ADOPT, false),
            (Some(&operator), Needs::DEPLOY, true),
            (Some(&operator), Needs::ADOPT, true),
        ] {
            let name = who.map(|who| (&who.scopes, &who.project_scopes));
            assert_eq!(needs.are_met(who), expected, "{} of {name:?}", needs.route);
        }
        assert_eq!(Needs::DEPLOY.role(), Role::Operator);
        assert_eq!(Needs::AUDIT.role(), Role::Admin);
        assert_eq!(Needs::SERVERS.role(), Role::Viewer);
    }

    #[test]
    fn a_path_takes_what_its_page_asks_for() {
        for (path, expected) in [
            (paths::servers(), Some(Needs::SERVERS)),
            (paths::server("alpha"), Some(Needs::SERVERS)),
            (paths::server_tab("alpha", "logs"), Some(Needs::SERVERS)),
            (paths::server_tab("alpha", "danger"), Some(Needs::DESTROY)),
            (paths::deploy(), Some(Needs::DEPLOY)),
            (paths::deploy_size("s-1"), Some(Needs::DEPLOY)),
            (paths::deployments_with_status("stuck"), Some(Needs::DEPLOYMENTS)),
            (paths::applications(), Some(Needs::APPLICATIONS)),
            (paths::application_new(), Some(Needs::KEEP_APPLICATIONS)),
            (paths::application_edit("ours"), Some(Needs::KEEP_APPLICATIONS)),
            (paths::audit_with("servers.deploy", "", ""), Some(Needs::AUDIT)),
            (paths::catalog(), Some(Needs::CATALOG)),
            (paths::drift(), Some(Needs::DRIFT)),
            (paths::orphans(), Some(Needs::ORPHANS)),
            (paths::projects(), Some(Needs::PROJECTS)),
            (paths::ssh_keys(), Some(Needs::SSH_KEYS)),
            (paths::members(), Some(Needs::MEMBERS)),
            (paths::tokens(), Some(Needs::TOKENS)),
            (paths::settings(), None),
            (paths::health(), None),
            ("/".to_owned(), None),
        ] {
            assert_eq!(Needs::of(&path), expected, "{path}");
        }
    }
}
