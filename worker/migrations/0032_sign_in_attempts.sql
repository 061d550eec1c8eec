-- Who was wrong, and how long they wait: accounts and addresses, by their SHA-256. It is nobody's: what was tried need not
-- exist, and whether it does is not to be learned from here.
CREATE TABLE sign_in_attempts (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    wait_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is good once and was used, by its SHA-256, until it would have expired.
CREATE TABLE used_once (
    hash TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_at);
