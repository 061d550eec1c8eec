-- Organizations, who acts in them, and how their servers are grouped. Until people sign in there is one of each.

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;

-- An environment of a project, and what the secret store calls it.
CREATE TABLE environments (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    secret_environment TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

INSERT INTO organizations (id, name, created_at)
VALUES ('org_000000000000000000000001', 'default', 0);

INSERT INTO principals (id, organization_id, name, created_at)
VALUES ('prn_000000000000000000000001', 'org_000000000000000000000001', 'operator', 0);

INSERT INTO projects (id, organization_id, name, created_at)
VALUES ('prj_000000000000000000000001', 'org_000000000000000000000001', 'default', 0);

INSERT INTO environments (organization_id, project_id, name, secret_environment) VALUES
    ('org_000000000000000000000001', 'prj_000000000000000000000001', 'production', 'prod'),
    ('org_000000000000000000000001', 'prj_000000000000000000000001', 'staging', 'staging'),
    ('org_000000000000000000000001', 'prj_000000000000000000000001', 'development', 'dev');
