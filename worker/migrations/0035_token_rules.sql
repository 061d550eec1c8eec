-- Rules by which machines exchange a token of their own issuer for one of NOC's. What a rule gives is at most what its maker
-- may do at that time.
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
