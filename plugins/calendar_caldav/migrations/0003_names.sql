-- An event may name a youth on somebody else's server: when their traces go, it is written again without the name.
ALTER TABLE calendar_caldav_event
    ADD COLUMN is_named boolean NOT NULL DEFAULT true,       -- as far as is known, for those written before
    ADD COLUMN is_forgotten boolean NOT NULL DEFAULT false;  -- the name has to go there too
CREATE INDEX calendar_caldav_event_forgotten ON calendar_caldav_event (advisor) WHERE is_forgotten;
