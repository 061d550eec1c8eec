-- What the reconciler found: where providers have something else than NOC made, and what nobody knows of.

-- How far a look over the whole of a provider has come. The zone and the account are shared by all organizations.
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

-- What was seen on each page of the sweep that is under way: the ids of servers, or the names of records, as a JSON list.
-- One row for a page, and not one for each thing, keeps a sweep over 10,000 servers at some hundred rows.
CREATE TABLE sweep_pages (
    kind TEXT NOT NULL,
    page INTEGER NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (kind, page)
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

-- What an organization wants to be done about a kind of drift; what is not here is reported.
CREATE TABLE drift_policies (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind)
) STRICT, WITHOUT ROWID;

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

-- Who acts when nobody asked: the reconciler, by the policies.
INSERT INTO principals (id, organization_id, name, created_at)
VALUES ('prn_000000000000000000000002', 'org_000000000000000000000001', 'system', 0);

-- The server whose machine a droplet is, whatever tags the droplet has.
CREATE INDEX servers_by_droplet ON servers (document ->> '$.droplet_id') WHERE status <> 'destroyed';
