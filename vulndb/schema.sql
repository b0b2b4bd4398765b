-- The vulnerability database. Written by `layerscan db import` and `db update`, opened read-only and immutable by scans.
--
-- Made for one question, asked thousands of times in a scan: what does anybody say of this package in this ecosystem?
-- It takes one probe of package's index and one run over neighbouring rows of affected. What only findings need
-- (names, severities, pages) is kept apart in advisory, so that it costs nothing where nothing is found.
-- The blobs are laid out in src/advisories/store/codec.rs; their layout is part of user_version.

PRAGMA application_id = 1280529988; -- "LSVD"
PRAGMA user_version = 4;

-- builtAt: when the last import ended, RFC 3339, UTC.
CREATE TABLE build (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE feed (
    number  INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE, -- osv/Debian, alpine-secdb/v3.19/main, seed/debian
    records INTEGER NOT NULL,     -- rows of advisory and fact, withdrawn ones included
    counted INTEGER,              -- records as the feed counts them, where that is another number
    newest  INTEGER,              -- latest time on a record, seconds since 1970
    fetched INTEGER,              -- when its documents were last known to be the newest, seconds since 1970
    source  TEXT                  -- the one of them that came last, see source
);

-- Documents that `db update` fetched: which version of each is in here, so that the same one is not fetched twice.
CREATE TABLE source (
    url           TEXT PRIMARY KEY NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    newest        INTEGER,       -- of a list of changes: the latest that is in here, seconds since 1970
    reader        TEXT NOT NULL  -- version of the program that read it
) WITHOUT ROWID;

CREATE TABLE ecosystem (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE, -- Debian:12, npm
    packages INTEGER NOT NULL      -- rows of package
);

CREATE TABLE package (
    number    INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    ecosystem INTEGER NOT NULL REFERENCES ecosystem,
    UNIQUE (ecosystem, name) -- a scan asks about few ecosystems: what it reads of the index lies together
);

CREATE TABLE advisory (
    number INTEGER PRIMARY KEY,
    feed   INTEGER NOT NULL REFERENCES feed,
    id     TEXT NOT NULL,
    body   BLOB NOT NULL
);

-- One row for each package entry of an advisory.
CREATE TABLE affected (
    package  INTEGER NOT NULL REFERENCES package,
    advisory INTEGER NOT NULL REFERENCES advisory,
    part     INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (package, advisory, part)
) WITHOUT ROWID;

-- Every id that an advisory goes by, its own included.
CREATE TABLE name (
    id       TEXT NOT NULL COLLATE NOCASE,
    advisory INTEGER NOT NULL REFERENCES advisory,
    PRIMARY KEY (id, advisory)
) WITHOUT ROWID;

-- What is no advisory: of a vulnerability as such (its id), a release (release debian 12), a repository (repository LABEL).
CREATE TABLE fact (
    key  TEXT NOT NULL COLLATE NOCASE,
    feed INTEGER NOT NULL REFERENCES feed,
    body BLOB NOT NULL,
    PRIMARY KEY (key, feed)
) WITHOUT ROWID;
