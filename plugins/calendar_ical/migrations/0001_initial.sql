-- The secret address at which an advisor's appointments can be read: only its hash is kept.
CREATE TABLE calendar_ical_address (
    advisor uuid PRIMARY KEY REFERENCES advisor (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

-- An advisor's own calendar, read now and then.
CREATE TABLE calendar_ical_feed (
    advisor uuid PRIMARY KEY REFERENCES advisor (id) ON DELETE CASCADE,
    url text NOT NULL,
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    due_at timestamptz NOT NULL,      -- next reading
    expanded_at timestamptz NOT NULL, -- last time that the whole content was read
    succeeded_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    problem text NOT NULL DEFAULT '', -- of the last reading; empty when it went well
    is_closed boolean NOT NULL DEFAULT false   -- too old to be trusted: the slots were hidden
);
CREATE INDEX calendar_ical_feed_due ON calendar_ical_feed (due_at);

-- When that calendar says busy: times only, joined where they touch.
CREATE TABLE calendar_ical_busy (
    advisor uuid NOT NULL REFERENCES calendar_ical_feed (advisor) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    PRIMARY KEY (advisor, starts_at)
);
