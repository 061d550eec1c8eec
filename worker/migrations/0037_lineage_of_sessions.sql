-- Whence a session comes. One that a link began ends with the one that made the link, however that ends; and it is as old
-- as that one is, so that nobody makes a session young again by a link.
ALTER TABLE sessions ADD COLUMN made_by TEXT REFERENCES sessions (id) ON DELETE CASCADE;

-- When somebody has shown who they are, and not only that they have another session; the beginning where it is empty.
ALTER TABLE sessions ADD COLUMN signed_in_at INTEGER;

CREATE INDEX sessions_by_maker ON sessions (made_by) WHERE made_by IS NOT NULL;

-- Links from before lead nowhere: they were good for ten minutes.
DELETE FROM sign_in_links;

ALTER TABLE sign_in_links ADD COLUMN session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE;

CREATE INDEX sign_in_links_by_session ON sign_in_links (session_id);

-- Invitations are taken back with whoever made them.
CREATE INDEX invitations_by_maker ON invitations (created_by);

-- Tokens that have ended are forgotten.
CREATE INDEX tokens_by_end ON tokens (expires_at);
