-- What principals did to what, one chain for each organization: each event holds the hash of the one before it. The number
-- is part of the key, so that of two events that come at once one has to take the next number.
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

-- Where each chain stood, signed: the newest head, and where it is exported from.
CREATE TABLE audit_heads (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (organization_id, number)
) STRICT, WITHOUT ROWID;
