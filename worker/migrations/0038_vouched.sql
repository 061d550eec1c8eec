-- The person whose role an invitation stands for: whoever made it, or made the token that did. It leads in only while they
-- still have that role, however they lost it.
ALTER TABLE invitations ADD COLUMN vouched_by TEXT;

UPDATE invitations
SET vouched_by = COALESCE((SELECT tokens.created_by FROM tokens WHERE tokens.id = invitations.created_by), created_by);

-- Which sealed credential a session was begun with: it ends when that one is replaced.
ALTER TABLE sessions ADD COLUMN credential TEXT;

-- How the providers were when somebody last asked, and when that was: many who ask at once make one look.
CREATE TABLE provider_health (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    asked_at INTEGER NOT NULL,
    document TEXT
) STRICT;
