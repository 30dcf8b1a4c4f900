-- What the weekly check found behind the addresses that the published sheets give.
CREATE TABLE programme_link (
    programme text NOT NULL REFERENCES programme (id) ON DELETE CASCADE,
    url text NOT NULL,
    state text NOT NULL CHECK (state IN ('new', 'ok', 'moved', 'gone', 'silent', 'closed')),
    status integer,                  -- of the last answer; NULL: none came
    target text NOT NULL DEFAULT '', -- where it leads, when it moved
    detail text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    checked_at timestamptz,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (programme, url)
);
CREATE INDEX programme_link_due ON programme_link (due_at);
