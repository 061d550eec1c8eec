-- What the migrations make, for reading; `cargo xtask snapshots` writes it anew.

CREATE TABLE applications (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL REFERENCES principals (id),
    document TEXT NOT NULL,
    template TEXT NOT NULL,
    tree TEXT NOT NULL,
    PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_events (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    target TEXT NOT NULL,
    request_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- The very text that was hashed.
    document TEXT NOT NULL,
    PRIMARY KEY (organization_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_events_by_action ON audit_events (organization_id, action, number);

CREATE INDEX audit_events_by_target ON audit_events (organization_id, target, number);

CREATE TABLE audit_heads (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (organization_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    server_id TEXT NOT NULL,
    server_name TEXT NOT NULL,
    saga TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE INDEX deployments_by_server ON deployments (organization_id, server_name, created_at DESC, id DESC);

CREATE INDEX deployments_by_time ON deployments (organization_id, created_at DESC, id DESC);

CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    server_id TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX domains_by_server ON domains (server_id);

CREATE TABLE drift_policies (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE drifts (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    server_name TEXT NOT NULL,
    server_id TEXT NOT NULL REFERENCES servers (id),
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    desired TEXT,
    observed TEXT,
    since INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- The sweep that last saw it.
    sweep INTEGER NOT NULL,
    -- The repair that was last begun for it, and when.
    deployment_id TEXT,
    repaired_at INTEGER,
    PRIMARY KEY (server_id, kind, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX drifts_by_server ON drifts (organization_id, server_name, kind, field);

CREATE TABLE environments (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    secret_environment TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE orphans (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    -- The sweep that last saw it.
    sweep INTEGER NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, provider_id)
) STRICT;

CREATE INDEX orphans_by_time ON orphans (organization_id, first_seen_at, id);

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

CREATE TABLE server_projects (
    server_id TEXT NOT NULL REFERENCES servers (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (server_id, project_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX server_projects_by_project ON server_projects (project_id, server_id);

CREATE TABLE server_samples (
    server_id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE INDEX servers_by_droplet ON servers (document ->> '$.droplet_id') WHERE status <> 'destroyed';

CREATE INDEX servers_by_name ON servers (organization_id, name) WHERE status <> 'destroyed';

CREATE TABLE ssh_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sweep_pages (
    kind TEXT NOT NULL,
    page INTEGER NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (kind, page)
) STRICT, WITHOUT ROWID;

CREATE TABLE sweeps (
    kind TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    -- NULL when every page is read, and what was not on any of them is looked for by itself.
    next_page INTEGER,
    -- What was looked for by itself, as a JSON list.
    confirmed TEXT NOT NULL DEFAULT '[]',
    -- When it ended, and when the one before it did.
    ended_at INTEGER,
    previous_ended_at INTEGER
) STRICT, WITHOUT ROWID;
