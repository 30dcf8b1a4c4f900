-- The appointments of one statement are written by one INSERT: what one alone costs is paid once.

ALTER TYPE booking_seat ADD ATTRIBUTE hours tstzrange;      -- from its start to the end of the pause after it

-- Books each of `p_orders` (core.booking.orders) and answers them in their order; `outcome` is one of
--   booked   it is made
--   done     this hold led to `made` already
--   stale    the rules were asked under another state of the plugins, or an order of the same statement that is booked bears
--            the same hold or e-mail: ask again
--   already  the same person has `made` to come: keep or replace?
--   taken    nobody is free
-- Lock order, as everywhere: holds, contacts, advisors by id and their hours. Every lock of all orders is taken first, so that
-- two statements with several orders each cannot wait for each other.
-- What is made is written once the loop is over: until then, orders see of each other what `chosen` says.
-- `p_handlers` hear of each one that is made.
CREATE OR REPLACE FUNCTION book_appointments(p_orders jsonb, p_handlers text[]) RETURNS TABLE (outcome text, made uuid, link_version integer,
    starts_at timestamptz, ends_at timestamptz, asked text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$      -- planned once, not at each booking
#variable_conflict use_column
DECLARE
    orders booking_order[] := ARRAY(SELECT o FROM jsonb_populate_recordset(NULL::booking_order, p_orders) o);
    o booking_order;
    booked booking_order[] := '{}';
    place bigint := 0;
    seats booking_seat[];
    seat booking_seat;
    chosen booking_seat[] := '{}';      -- of each that is booked, in the same order
    holds uuid[] := '{}';
    emails text[] := '{}';
    current_revision bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT hashtextextended('hold:' || hold, 0) AS key FROM unnest(orders) ORDER BY key) k;
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT hashtextextended('contact:' || lower(email), 0) AS key FROM unnest(orders) WHERE email <> '' ORDER BY key) k;
    SELECT array_agg(s.seat) INTO seats FROM (
        SELECT lock_hours(f.advisor, f.starts_at, f.busy_until), (f.nth, f.advisor, f.site, f.ends_at, f.channels,
            (SELECT count(*) FROM appointment a WHERE a.advisor = f.advisor AND a.status IN ('booked', 'honoured', 'no_show')
                AND a.starts_at >= f.monday AND a.starts_at < f.next_monday),
            tstzrange(f.starts_at, f.busy_until))::booking_seat AS seat
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
        IF o.revision <> current_revision OR o.hold = ANY(holds) OR lower(o.email) = ANY(emails) THEN
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
        SELECT s.* INTO seat FROM (SELECT * FROM unnest(seats) WHERE nth = place
                ORDER BY advisor IS NOT DISTINCT FROM o.preferred DESC, load, advisor OFFSET 0) s
            WHERE NOT EXISTS (SELECT FROM unnest(chosen) c WHERE c.advisor = s.advisor AND c.hours && s.hours)
                AND EXISTS (SELECT FROM free_seats(o.now, o.structure, o.starts_at, o.channels, o.site, o.hold, NULL) f
                    WHERE f.advisor = s.advisor)
            LIMIT 1;
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
        link_version := 1;
        chosen := chosen || seat;
        holds := holds || o.hold;
        emails := emails || nullif(lower(o.email), '');
        RETURN NEXT;
    END LOOP;
    INSERT INTO youth (id, name, email, phone, birth_date, commune, consent_version, consented_at, locale)
        SELECT youth, name, email, phone, birth_date, commune, consent_version, now, locale FROM unnest(booked);
    INSERT INTO appointment (id, youth, advisor, structure, site, channel, starts_at, ends_at, link_version, origin, author,
            out_of_lead, wish, hold, asked, created_at)
        SELECT o.appointment, o.youth, s.advisor, o.structure, CASE WHEN o.in_person THEN s.site END,
            (SELECT one FROM unnest(o.channels) WITH ORDINALITY AS w (one, nth) WHERE one = ANY(s.channels)
                ORDER BY nth LIMIT 1),
            o.starts_at, s.ends_at, 1, o.origin, o.author, o.out_of_lead, o.wish, o.hold, o.asked, o.now
        FROM unnest(booked) WITH ORDINALITY o JOIN unnest(chosen) WITH ORDINALITY s USING (ordinality);
    -- What follows from each that was made: its history, its event, the end of its hold.
    INSERT INTO appointment_change (appointment, kind, sequence, actor, account, at)
        SELECT appointment, 'booked', 0, CASE WHEN author IS NULL THEN 'youth' ELSE 'staff' END, author, now
        FROM unnest(booked);
    PERFORM append_events(ARRAY(SELECT event FROM unnest(booked)), p_handlers);
    UPDATE hold SET expires_at = least(expires_at, o.now) FROM unnest(booked) o WHERE hold.id = o.hold;
END $$;
