-- What people prove the second factor with. Neither table has a secret: of a passkey there is the public half.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- Both in base64url.
    credential_id TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    -- How often it was used, as it says; always 0 for one that does not count.
    uses INTEGER NOT NULL,
    -- The host that it works at.
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    is_backed_up INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at DESC);

-- Apps that show codes. What the codes are made of is derived from the master key and the salt.
CREATE TABLE code_apps (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    salt TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When a first code was right; until then it proves nothing.
    confirmed_at INTEGER,
    -- The step of the last code that was used.
    last_step INTEGER
) STRICT, WITHOUT ROWID;

-- Codes that each prove it once, as authentication codes under a key that is not here.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
) STRICT, WITHOUT ROWID;
