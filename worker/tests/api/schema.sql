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
    document TEXT NOT NULL, exported_at INTEGER, signed_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_heads_not_exported ON audit_heads (signed_at, organization_id, number) WHERE exported_at IS NULL;

CREATE TABLE code_apps (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    salt TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When a first code was right; until then it proves nothing.
    confirmed_at INTEGER,
    -- The step of the last code that was used.
    last_step INTEGER
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

CREATE TABLE drift_repairs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    server_id TEXT NOT NULL REFERENCES servers (id),
    kind TEXT NOT NULL,
    tried_at INTEGER NOT NULL,
    PRIMARY KEY (server_id, kind)
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

CREATE TABLE grants (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE guards (
    holds INTEGER NOT NULL CHECK (holds = 1)
) STRICT;

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

CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    project_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES principals (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER
, vouched_by TEXT) STRICT;

CREATE INDEX invitations_by_maker ON invitations (created_by);

CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at DESC);

CREATE TABLE issuer_documents (
    url TEXT PRIMARY KEY,
    -- When somebody last took the right to ask.
    asked_at INTEGER NOT NULL,
    -- When it was last answered.
    fetched_at INTEGER,
    document TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    project_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id, project_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

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

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- Both in base64url.
    credential_id TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    -- How often it was used, as it says; always 0 for one that does not count.
    uses INTEGER NOT NULL,
    -- The host that it works at.
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    is_backed_up INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at DESC);

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

CREATE TABLE provider_health (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    asked_at INTEGER NOT NULL,
    document TEXT
) STRICT;

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE VIEW roles AS
    SELECT organization_id, user_id, project_id, role, NULL AS at_most FROM members
    UNION ALL
    SELECT grants.organization_id, members.user_id, '', members.role, grants.role
    FROM grants
    JOIN organizations ON organizations.id = grants.organization_id
    JOIN members ON members.organization_id = organizations.parent_id AND members.project_id = ''
    UNION ALL
    SELECT 'org_000000000000000000000001', 'prn_000000000000000000000003', '', 'owner', NULL;

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

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- The organization that is acted in.
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    method TEXT NOT NULL,
    address TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the second factor was last proven.
    proven_at INTEGER
, made_by TEXT REFERENCES sessions (id) ON DELETE CASCADE, signed_in_at INTEGER, credential TEXT) STRICT;

CREATE INDEX sessions_by_maker ON sessions (made_by) WHERE made_by IS NOT NULL;

CREATE INDEX sessions_by_user ON sessions (user_id, created_at DESC);

CREATE TABLE sign_in_attempts (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    wait_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_at);

CREATE TABLE sign_in_links (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    expires_at INTEGER NOT NULL,
    -- A session that a link begins ends when the one does that made it.
    session_expires_at INTEGER NOT NULL
, session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_links_by_session ON sign_in_links (session_id);

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

CREATE TABLE token_rules (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    -- What a token must say, as an object in JSON; lists in JSON; no projects at all where there is no such limit.
    claims TEXT NOT NULL,
    scopes TEXT NOT NULL,
    projects TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT;

CREATE INDEX token_rules_by_issuer ON token_rules (issuer);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY REFERENCES principals (id),
    hash TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    -- Lists in JSON; no projects at all where there is no such limit.
    scopes TEXT NOT NULL,
    projects TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE INDEX tokens_by_end ON tokens (expires_at);

CREATE INDEX tokens_by_organization ON tokens (organization_id, created_at DESC);

CREATE TABLE used_once (
    hash TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id TEXT PRIMARY KEY REFERENCES principals (id),
    -- In lower case.
    email TEXT NOT NULL,
    -- Whether an identity provider has vouched for the address. One that only stands in an invitation is not proven, so that
    -- nobody can take an account by having been there first.
    email_verified INTEGER NOT NULL,
    -- Whether there is a second factor that can be proven.
    has_second_factor INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_by_email ON users (email) WHERE email_verified = 1;
