-- The picture of the servers: each row is sent by the object that owns the server's name, with a number that only
-- rises, and `document` is what the API shows. The other columns are what lists are filtered and sorted by.

CREATE TABLE servers (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    region TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE INDEX servers_by_name ON servers (organization_id, name) WHERE status <> 'destroyed';

CREATE TABLE server_projects (
    server_id TEXT NOT NULL REFERENCES servers (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (server_id, project_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX server_projects_by_project ON server_projects (project_id, server_id);

-- Which server has which domain. The zone is shared by all organizations, so the domain alone is the key.
CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    server_id TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX domains_by_server ON domains (server_id);

-- Which request an Idempotency-Key was used for, and what was answered first.
CREATE TABLE idempotency_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    principal_id TEXT NOT NULL REFERENCES principals (id),
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    server_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    PRIMARY KEY (organization_id, principal_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
