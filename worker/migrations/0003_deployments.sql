-- The picture of the deployments, sent like that of the servers.

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

CREATE INDEX deployments_by_time ON deployments (organization_id, created_at DESC, id DESC);
CREATE INDEX deployments_by_server ON deployments (organization_id, server_name, created_at DESC, id DESC);
