-- An advisor may follow several calendars, each for its own use; what they say is kept by calendar.
ALTER TABLE calendar_ical_feed
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN name text NOT NULL DEFAULT '',             -- as its advisor calls it
    ADD COLUMN closes boolean NOT NULL DEFAULT true,      -- its events, but for those that open slots, are busy time
    ADD COLUMN is_titled boolean NOT NULL DEFAULT false;  -- its titles are kept, for the advisor's own agenda
UPDATE calendar_ical_feed SET name = host;

ALTER TABLE calendar_ical_busy ADD COLUMN feed uuid, ADD COLUMN label text NOT NULL DEFAULT '';
ALTER TABLE calendar_ical_open ADD COLUMN feed uuid, ADD COLUMN label text NOT NULL DEFAULT '';
UPDATE calendar_ical_busy SET feed = f.id FROM calendar_ical_feed f WHERE f.advisor = calendar_ical_busy.advisor;
UPDATE calendar_ical_open SET feed = f.id FROM calendar_ical_feed f WHERE f.advisor = calendar_ical_open.advisor;
-- With the column go its keys, and only then may the feed be known by its id.
ALTER TABLE calendar_ical_busy DROP COLUMN advisor;
ALTER TABLE calendar_ical_open DROP COLUMN advisor;
ALTER TABLE calendar_ical_feed
    DROP CONSTRAINT calendar_ical_feed_pkey,
    ADD PRIMARY KEY (id),
    DROP CONSTRAINT calendar_ical_feed_check,
    ADD CONSTRAINT calendar_ical_feed_use CHECK (closes OR channels <> '{}'),
    -- What closes and opens needs a word to tell one from the other.
    ADD CONSTRAINT calendar_ical_feed_word CHECK (NOT closes OR (word = '') = (channels = '{}'));
CREATE INDEX calendar_ical_feed_advisor ON calendar_ical_feed (advisor);
ALTER TABLE calendar_ical_busy
    ADD PRIMARY KEY (feed, starts_at, ends_at, label),
    ADD FOREIGN KEY (feed) REFERENCES calendar_ical_feed (id) ON DELETE CASCADE;
ALTER TABLE calendar_ical_open
    ADD PRIMARY KEY (feed, starts_at, ends_at, label),
    ADD FOREIGN KEY (feed) REFERENCES calendar_ical_feed (id) ON DELETE CASCADE;
