-- What the busy sources of plugins last said of an advisor's coming time: shown in the agenda, never asked by a search.
CREATE TABLE outside_busy (
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    source text NOT NULL,            -- key of the busy source
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    label text NOT NULL DEFAULT '',
    PRIMARY KEY (advisor, source, starts_at, ends_at)
);
