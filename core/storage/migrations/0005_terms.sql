-- The terms of slots, per structure: NULL is the region's everywhere.

ALTER TABLE structure
    ADD COLUMN slot_minutes integer CHECK (slot_minutes BETWEEN 15 AND 240),
    ADD COLUMN buffer_minutes integer CHECK (buffer_minutes BETWEEN 0 AND 120),
    ADD COLUMN step_minutes integer CHECK (step_minutes = 0 OR step_minutes BETWEEN 5 AND 240),   -- 0: as long as a slot
    ADD COLUMN lead_days integer CHECK (lead_days BETWEEN 1 AND 20),                              -- working days, instead of lead_hours
    ADD COLUMN pentecost_monday text CHECK (pentecost_monday IN ('open', 'closed', 'as_holidays')),
    ADD COLUMN age_rule text CHECK (age_rule IN ('refuse', 'flag')),
    ADD CHECK (lead_hours IS NULL OR lead_days IS NULL),
    ALTER COLUMN open_on_holidays DROP NOT NULL,
    ALTER COLUMN open_on_holidays DROP DEFAULT;
-- Until now nobody could say « closed, whatever the region does ».
UPDATE structure SET open_on_holidays = NULL WHERE NOT open_on_holidays;

-- NULL: the structure's. An hour was the only default until now.
ALTER TABLE opening
    ALTER COLUMN slot_minutes DROP NOT NULL,
    ALTER COLUMN slot_minutes DROP DEFAULT;
UPDATE opening SET slot_minutes = NULL WHERE slot_minutes = 60;

-- Adding minutes to an instant depends on no setting, which PostgreSQL cannot know of an interval.
CREATE FUNCTION after_minutes(timestamptz, integer) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ BEGIN RETURN $1 + make_interval(mins => $2); END $$;

-- An advisor is taken until the pause after the interview is over, as long as it was when the hour was booked.
ALTER TABLE slot
    ADD COLUMN buffer_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_minutes >= 0),
    ADD COLUMN busy_until timestamptz GENERATED ALWAYS AS (after_minutes(ends_at, buffer_minutes)) STORED,
    ADD COLUMN is_counted boolean NOT NULL DEFAULT true;     -- one of those that can all be held: what an offer is counted by
ALTER TABLE hold
    ADD COLUMN buffer_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_minutes >= 0),
    ADD COLUMN busy_until timestamptz GENERATED ALWAYS AS (after_minutes(ends_at, buffer_minutes)) STORED;
ALTER TABLE appointment
    ADD COLUMN buffer_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_minutes >= 0),
    ADD COLUMN busy_until timestamptz GENERATED ALWAYS AS (after_minutes(ends_at, buffer_minutes)) STORED;

-- Whoever writes an hour, by whatever statement, takes the pause of the slot that it is.
CREATE FUNCTION take_buffer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.buffer_minutes := coalesce((SELECT s.buffer_minutes FROM slot s
        WHERE s.advisor = NEW.advisor AND s.structure = NEW.structure AND s.starts_at = NEW.starts_at), NEW.buffer_minutes);
    RETURN NEW;
END $$;
CREATE TRIGGER hold_buffer BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION take_buffer();
CREATE TRIGGER appointment_buffer BEFORE INSERT OR UPDATE OF advisor, structure, starts_at ON appointment
    FOR EACH ROW EXECUTE FUNCTION take_buffer();

ALTER TABLE appointment
    DROP CONSTRAINT appointment_no_overlap,
    ADD CONSTRAINT appointment_no_overlap EXCLUDE USING gist
        (advisor WITH =, tstzrange(starts_at, busy_until) WITH &&)
        WHERE (status IN ('booked', 'honoured', 'no_show'));

DROP INDEX slot_site;
CREATE INDEX slot_site ON slot (site, starts_at) INCLUDE (advisor, structure, busy_until, channels);
DROP INDEX slot_structure;
CREATE INDEX slot_structure ON slot (structure, starts_at) INCLUDE (advisor, busy_until, site, channels);
DROP INDEX appointment_active;
CREATE INDEX appointment_active ON appointment (advisor, starts_at) INCLUDE (busy_until)
    WHERE status IN ('booked', 'honoured', 'no_show');
