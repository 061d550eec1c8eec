-- How each machine was when the shared database was last told: once in twenty minutes, in one row. `document` is what
-- the metrics show of it.

CREATE TABLE server_samples (
    server_id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
