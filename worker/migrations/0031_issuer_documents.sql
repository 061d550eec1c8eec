-- What issuers of tokens publish about themselves, for everybody's use: how they are spoken to, and their public keys.
-- It is nobody's, because two organizations with one issuer need one copy.
CREATE TABLE issuer_documents (
    url TEXT PRIMARY KEY,
    -- When somebody last took the right to ask.
    asked_at INTEGER NOT NULL,
    -- When it was last answered.
    fetched_at INTEGER,
    document TEXT
) STRICT, WITHOUT ROWID;
