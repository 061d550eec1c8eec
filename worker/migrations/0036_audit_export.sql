-- When each signed head was handed to somebody outside; NULL while nobody has taken it.
ALTER TABLE audit_heads ADD COLUMN exported_at INTEGER;

CREATE INDEX audit_heads_not_exported ON audit_heads (organization_id, number) WHERE exported_at IS NULL;
