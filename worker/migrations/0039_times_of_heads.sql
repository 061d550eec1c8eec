-- When each head was signed, in milliseconds, so that whatever waits longest is signed and handed over first. The document
-- says it, too, as a text whose length varies; what is no JSON any more comes first.
ALTER TABLE audit_heads ADD COLUMN signed_at INTEGER NOT NULL DEFAULT 0;

UPDATE audit_heads SET signed_at = COALESCE(1000 * unixepoch(document ->> 'at'), 0) WHERE json_valid(document);

DROP INDEX audit_heads_not_exported;
CREATE INDEX audit_heads_not_exported ON audit_heads (signed_at, organization_id, number) WHERE exported_at IS NULL;
