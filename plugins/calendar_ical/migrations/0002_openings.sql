-- A calendar may also say when its advisor is open: the events that bear a word, for one structure.
ALTER TABLE calendar_ical_feed
    ADD COLUMN host text NOT NULL DEFAULT '',          -- what may be shown of the address, which is sealed
    ADD COLUMN word text NOT NULL DEFAULT '',          -- in the title or a category of what opens slots; empty: nothing does
    ADD COLUMN structure uuid REFERENCES structure (id) ON DELETE SET NULL,
    ADD COLUMN site uuid REFERENCES site (id) ON DELETE SET NULL,
    ADD COLUMN channels text[] NOT NULL DEFAULT '{}',
    ADD CHECK (word <> '' OR channels = '{}');
UPDATE calendar_ical_feed SET host = split_part(split_part(url, '://', 2), '/', 1);

CREATE TABLE calendar_ical_open (
    advisor uuid NOT NULL REFERENCES calendar_ical_feed (advisor) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    PRIMARY KEY (advisor, starts_at, ends_at)
);
