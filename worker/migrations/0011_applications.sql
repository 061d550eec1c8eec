-- What an organization deploys beside what is built in: the application as the API shows it, its template as it was
-- written, and the same as the tree that is rendered.

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

-- The keys that an organization's people log in to its new machines with.
CREATE TABLE ssh_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;
