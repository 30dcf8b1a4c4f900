-- Bookings that come at the same moment are one statement: they share its way to the database and its commit.

-- Several events that interest the same handlers.
CREATE FUNCTION append_events(payloads jsonb[], handlers text[]) RETURNS void LANGUAGE sql AS $$
    WITH written AS (INSERT INTO outbox_event (payload) SELECT unnest(payloads) RETURNING id)
    INSERT INTO outbox_delivery (event, handler) SELECT id, unnest(handlers) FROM written
$$;

-- Who books without a hold is known again by a key of their own: a signature of what they asked, to refuse the key for anything else.
ALTER TABLE appointment ADD COLUMN asked text NOT NULL DEFAULT '';

CREATE TYPE booking_order AS (
    now timestamptz,
    revision bigint,
    hold uuid,
    asked text,
    appointment uuid,         -- follows from the hold: the same hold makes the same one
    youth uuid,
    structure uuid,
    starts_at timestamptz,
    channels text[],
    in_person boolean,
    site uuid,
    preferred uuid,
    monday timestamptz,       -- the week in which advisors share the load
    next_monday timestamptz,
    name text,
    email text,
    phone text,
    birth_date date,
    commune text,
    consent_version text,
    locale text,
    wish text,
    origin text,
    author uuid,
    out_of_lead boolean,
    event jsonb
);

-- A free seat that an order may have; `load` is how many appointments its advisor has that week.
CREATE TYPE booking_seat AS (nth bigint, advisor uuid, site uuid, ends_at timestamptz, channels text[], load bigint);

-- Books each of `p_orders` (core.booking.orders) and answers them in their order; `outcome` is one of
--   booked   it is made
--   done     this hold led to `made` already
--   stale    the rules were asked under another state of the plugins: ask again
--   already  the same person has `made` to come: keep or replace?
--   taken    nobody is free
-- Lock order, as everywhere: holds, contacts, advisors by id and their hours. Every lock of all orders is taken first, so that
-- two statements with several orders each cannot wait for each other.
-- `p_handlers` hear of each one that is made.
CREATE FUNCTION book_appointments(p_orders jsonb, p_handlers text[]) RETURNS TABLE (outcome text, made uuid, link_version integer,
    starts_at timestamptz, ends_at timestamptz, asked text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$      -- planned once, not at each booking
#variable_conflict use_column
DECLARE
    orders booking_order[] := ARRAY(SELECT o FROM jsonb_populate_recordset(NULL::booking_order, p_orders) o);
    o booking_order;
    booked booking_order[] := '{}';
    place bigint := 0;
    seats booking_seat[];
    candidate booking_seat;
    seat booking_seat;
    current_revision bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT hashtextextended('hold:' || hold, 0) AS key FROM unnest(orders) ORDER BY key) k;
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT hashtextextended('contact:' || lower(email), 0) AS key FROM unnest(orders) WHERE email <> '' ORDER BY key) k;
    SELECT array_agg(s.seat) INTO seats FROM (
        SELECT lock_hours(f.advisor, f.starts_at, f.busy_until), (f.nth, f.advisor, f.site, f.ends_at, f.channels,
            (SELECT count(*) FROM appointment a WHERE a.advisor = f.advisor AND a.status IN ('booked', 'honoured', 'no_show')
                AND a.starts_at >= f.monday AND a.starts_at < f.next_monday))::booking_seat AS seat
        FROM (SELECT o.ordinality AS nth, o.starts_at, o.monday, o.next_monday, f.*
            FROM unnest(orders) WITH ORDINALITY o,
                free_seats(o.now, o.structure, o.starts_at, o.channels, o.site, o.hold, NULL) f
            ORDER BY f.advisor, o.starts_at, f.busy_until) f) s;
    SELECT revision INTO current_revision FROM plugin_revision;
    FOREACH o IN ARRAY orders LOOP
        place := place + 1;
        -- Nothing found: every column of the answer is empty again.
        SELECT 'done', a.id, a.link_version, a.starts_at, a.ends_at, a.asked
            INTO outcome, made, link_version, starts_at, ends_at, asked
            FROM appointment a WHERE a.hold = o.hold OR a.id = o.appointment;
        IF FOUND THEN
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF o.revision <> current_revision THEN
            outcome := 'stale';
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF o.email <> '' THEN
            made := upcoming_of(o.name, o.email, o.birth_date, o.now);
            IF made IS NOT NULL THEN
                outcome := 'already';
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        -- The preferred advisor, else who has least that week, then by id: the first who is still free now that nobody else may book.
        seat := NULL;
        FOR candidate IN SELECT s.* FROM unnest(seats) s WHERE s.nth = place
            ORDER BY s.advisor IS NOT DISTINCT FROM o.preferred DESC, s.load, s.advisor
        LOOP
            IF EXISTS (SELECT FROM free_seats(o.now, o.structure, o.starts_at, o.channels, o.site, o.hold, NULL) f
                    WHERE f.advisor = candidate.advisor) THEN
                seat := candidate;
                EXIT;
            END IF;
        END LOOP;
        IF seat.advisor IS NULL THEN
            outcome := 'taken';
            RETURN NEXT;
            CONTINUE;
        END IF;
        booked := booked || o;
        outcome := 'booked';
        made := o.appointment;
        starts_at := o.starts_at;
        ends_at := seat.ends_at;
        INSERT INTO youth (id, name, email, phone, birth_date, commune, consent_version, consented_at, locale)
            VALUES (o.youth, o.name, o.email, o.phone, o.birth_date, o.commune, o.consent_version, o.now, o.locale);
        INSERT INTO appointment AS a (id, youth, advisor, structure, site, channel, starts_at, ends_at, origin, author,
                out_of_lead, wish, hold, asked, created_at)
            VALUES (o.appointment, o.youth, seat.advisor, o.structure, CASE WHEN o.in_person THEN seat.site END,
                (SELECT one FROM unnest(o.channels) WITH ORDINALITY AS w (one, nth) WHERE one = ANY(seat.channels)
                    ORDER BY nth LIMIT 1),
                o.starts_at, seat.ends_at, o.origin, o.author, o.out_of_lead, o.wish, o.hold, o.asked, o.now)
            RETURNING a.link_version INTO link_version;
        RETURN NEXT;
    END LOOP;
    -- What follows from each that was made: its history, its event, the end of its hold.
    INSERT INTO appointment_change (appointment, kind, sequence, actor, account, at)
        SELECT appointment, 'booked', 0, CASE WHEN author IS NULL THEN 'youth' ELSE 'staff' END, author, now
        FROM unnest(booked);
    PERFORM append_events(ARRAY(SELECT event FROM unnest(booked)), p_handlers);
    UPDATE hold SET expires_at = least(expires_at, o.now) FROM unnest(booked) o WHERE hold.id = o.hold;
END $$;

DROP FUNCTION book_appointment;
DROP FUNCTION append_event;
