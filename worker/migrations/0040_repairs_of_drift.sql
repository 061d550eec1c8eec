-- When a repair of a kind of drift on a server was last begun, or could not be, whatever came of it. What a repair has
-- mended is no drift any more, and its row goes; that it was mended is kept here, so that one that comes back at once, as
-- when somebody switches a machine off again, does not begin one repair after the other.
--
-- `drifts.repaired_at` said it before. It stays, and is not used any more: a Worker of the version before may still run
-- when this is done.
CREATE TABLE drift_repairs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    server_id TEXT NOT NULL REFERENCES servers (id),
    kind TEXT NOT NULL,
    tried_at INTEGER NOT NULL,
    PRIMARY KEY (server_id, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO drift_repairs (organization_id, server_id, kind, tried_at)
SELECT organization_id, server_id, kind, MAX(repaired_at) FROM drifts WHERE repaired_at IS NOT NULL
GROUP BY server_id, kind;
