-- Who may do what: people, the roles that they have, how they are signed in, and tokens of scripts. Of everything that lets
-- somebody in only the SHA-256 is here: each is made of 256 random bits, so that there is nothing to guess.

-- People. Each is a principal too; the first owner is the one that the first migration made.
CREATE TABLE users (
    id TEXT PRIMARY KEY REFERENCES principals (id),
    -- In lower case.
    email TEXT NOT NULL,
    -- Whether an identity provider has vouched for the address. One that only stands in an invitation is not proven, so that
    -- nobody can take an account by having been there first.
    email_verified INTEGER NOT NULL,
    -- Whether there is a second factor that can be proven.
    has_second_factor INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_by_email ON users (email) WHERE email_verified = 1;

-- Roles in an organization: in all of it where the project is empty.
CREATE TABLE members (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    project_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id, project_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

-- What members of the parent may do at most in an organization. Without a row they may do nothing.
CREATE TABLE grants (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every role that somebody has somewhere, the granted ones among them.
CREATE VIEW roles AS
    SELECT organization_id, user_id, project_id, role, NULL AS at_most FROM members
    UNION ALL
    SELECT grants.organization_id, members.user_id, '', members.role, grants.role
    FROM grants
    JOIN organizations ON organizations.id = grants.organization_id
    JOIN members ON members.organization_id = organizations.parent_id AND members.project_id = ''
    UNION ALL
    SELECT 'org_000000000000000000000001', 'prn_000000000000000000000003', '', 'owner', NULL;

-- Who signs in with the break-glass credential: an owner whom nobody can remove, and whose sessions are short.
INSERT INTO principals (id, organization_id, name, created_at)
VALUES ('prn_000000000000000000000003', 'org_000000000000000000000001', 'break-glass', 0);

INSERT INTO users (id, email, email_verified, name, created_at)
VALUES ('prn_000000000000000000000003', 'break-glass', 0, 'break-glass', 0);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    project_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES principals (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER
) STRICT;

CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at DESC);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- The organization that is acted in.
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    method TEXT NOT NULL,
    address TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the second factor was last proven.
    proven_at INTEGER
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id, created_at DESC);

-- Links that sign in once.
CREATE TABLE sign_in_links (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    expires_at INTEGER NOT NULL,
    -- A session that a link begins ends when the one does that made it.
    session_expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens of scripts. Each is a principal too.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY REFERENCES principals (id),
    hash TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    -- Lists in JSON; no projects at all where there is no such limit.
    scopes TEXT NOT NULL,
    projects TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE INDEX tokens_by_organization ON tokens (organization_id, created_at DESC);

-- Never has a row: what is put here says that something no longer holds, and stops the batch that it is in.
CREATE TABLE guards (
    holds INTEGER NOT NULL CHECK (holds = 1)
) STRICT;
