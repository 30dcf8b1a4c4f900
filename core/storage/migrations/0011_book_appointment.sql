-- Booking is one statement: whoever confirms waits once for the database, and holds its locks for a millisecond.

-- Events are written the same way by whoever causes them (core/storage/outbox.py).
CREATE FUNCTION append_event(payload jsonb, handlers text[]) RETURNS void LANGUAGE sql AS $$
    WITH written AS (INSERT INTO outbox_event (payload) VALUES (append_event.payload) RETURNING id)
    INSERT INTO outbox_delivery (event, handler) SELECT id, unnest(handlers) FROM written
$$;

-- The next booked appointment of the same person: same e-mail, same birth date, same name but for accents and case.
CREATE FUNCTION upcoming_of(p_name text, p_email text, p_birth_date date, p_now timestamptz) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT a.id FROM youth y JOIN appointment a ON a.youth = y.id
    WHERE lower(y.email) = lower(p_email) AND y.birth_date = p_birth_date AND fold(y.name) = fold(p_name)
        AND a.status = 'booked' AND a.starts_at > p_now
    ORDER BY a.starts_at LIMIT 1
$$;

-- Keeps other writers away from some hours of an advisor until the transaction ends: hours apart do not wait for each other.
-- Whoever writes the whole agenda of an advisor takes the first lock alone (core/storage/locks.py, lock_advisor).
CREATE FUNCTION lock_hours(p_advisor uuid, p_starts_at timestamptz, p_busy_until timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    hour timestamptz := date_trunc('hour', p_starts_at);
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_advisor::text, 0));
    WHILE hour < p_busy_until LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(p_advisor::text, extract(epoch FROM hour)::bigint));
        hour := hour + interval '1 hour';
    END LOOP;
END $$;

-- The advisors who are free at a start. `p_hold` and `p_appointment` do not stand in their own way. Active appointments of
-- one advisor never overlap, their pauses included: the last one to begin before the slot and its pause are over is the
-- only one that can be in its way.
CREATE FUNCTION free_seats(p_now timestamptz, p_structure uuid, p_starts_at timestamptz, p_channels text[], p_site uuid,
    p_hold uuid, p_appointment uuid)
RETURNS TABLE (advisor uuid, site uuid, ends_at timestamptz, channels text[], busy_until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT s.advisor, s.site, s.ends_at, s.channels, s.busy_until FROM slot s
    WHERE s.structure = p_structure AND s.starts_at = p_starts_at AND s.starts_at > p_now AND s.channels && p_channels
        AND (p_site IS NULL OR s.site = p_site)
        AND coalesce((SELECT a.busy_until FROM appointment a WHERE a.advisor = s.advisor
            AND a.status IN ('booked', 'honoured', 'no_show') AND a.starts_at < s.busy_until
            AND a.id IS DISTINCT FROM p_appointment ORDER BY a.starts_at DESC LIMIT 1) <= s.starts_at, true)
        AND NOT EXISTS (SELECT FROM hold h WHERE h.advisor = s.advisor AND h.expires_at > p_now
            AND h.id IS DISTINCT FROM p_hold AND h.starts_at < s.busy_until AND h.busy_until > s.starts_at)
$$;

-- The advisor who gets it: the preferred one, else who has least that week, then by id; no row when nobody is free. Locks
-- that time of every candidate until the transaction ends, in the order of their ids, so that two writers cannot wait
-- for each other; looks again once the locks are held.
CREATE FUNCTION take_seat(p_now timestamptz, p_structure uuid, p_starts_at timestamptz, p_channels text[], p_site uuid,
    p_hold uuid, p_appointment uuid, p_preferred uuid, p_monday timestamptz, p_next_monday timestamptz)
RETURNS TABLE (advisor uuid, site uuid, ends_at timestamptz, channels text[]) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$      -- planned once, not at each booking
#variable_conflict use_column
DECLARE
    candidates uuid[] := '{}';
    candidate record;
BEGIN
    FOR candidate IN SELECT f.advisor, f.busy_until FROM free_seats(p_now, p_structure, p_starts_at, p_channels, p_site,
        p_hold, p_appointment) f ORDER BY f.advisor
    LOOP
        PERFORM lock_hours(candidate.advisor, p_starts_at, candidate.busy_until);
        candidates := candidates || candidate.advisor;
    END LOOP;
    RETURN QUERY SELECT f.advisor, f.site, f.ends_at, f.channels FROM free_seats(p_now, p_structure, p_starts_at, p_channels, p_site, p_hold, p_appointment) f
        WHERE f.advisor = ANY(candidates)
        ORDER BY f.advisor IS NOT DISTINCT FROM p_preferred DESC,
            (SELECT count(*) FROM appointment a WHERE a.advisor = f.advisor
                AND a.status IN ('booked', 'honoured', 'no_show')
                AND a.starts_at >= p_monday AND a.starts_at < p_next_monday), f.advisor
        LIMIT 1;
END $$;

-- The whole of a new booking. `p` is a core.booking.service._Order; `outcome` is one of
--   booked   it is made
--   done     this hold led to `made` already
--   stale    the rules were asked under another state of the plugins: ask again
--   already  the same person has `made` to come: keep or replace?
--   taken    nobody is free
-- Lock order, as everywhere: hold, contact, advisors by id.
CREATE FUNCTION book_appointment(p jsonb, OUT outcome text, OUT made uuid, OUT link_version integer, OUT ends_at timestamptz,
    OUT made_at timestamptz, OUT held_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := p->>'now';
    kept uuid := p->>'hold';
    wanted text[] := ARRAY(SELECT jsonb_array_elements_text(p->'channels'));
    way text;
    seat record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hold:' || kept, 0));
    SELECT 'done', a.id, a.link_version, a.ends_at, a.created_at, h.created_at
        INTO outcome, made, link_version, ends_at, made_at, held_at
        FROM appointment a LEFT JOIN hold h ON h.id = a.hold WHERE a.hold = kept;
    IF FOUND THEN RETURN; END IF;
    IF (SELECT revision FROM plugin_revision) <> (p->>'revision')::bigint THEN
        outcome := 'stale';
        RETURN;
    END IF;
    IF p->>'email' <> '' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('contact:' || lower(p->>'email'), 0));
        made := upcoming_of(p->>'name', p->>'email', (p->>'birth_date')::date, moment);
        IF made IS NOT NULL THEN
            outcome := 'already';
            RETURN;
        END IF;
    END IF;
    SELECT * INTO seat FROM take_seat(moment, (p->>'structure')::uuid, (p->>'starts_at')::timestamptz, wanted,
        (p->>'site')::uuid, kept, NULL, (p->>'preferred')::uuid, (p->>'monday')::timestamptz,
        (p->>'next_monday')::timestamptz);
    IF NOT FOUND THEN
        outcome := 'taken';
        RETURN;
    END IF;
    SELECT one INTO way FROM unnest(wanted) WITH ORDINALITY AS w (one, nth) WHERE one = ANY(seat.channels) ORDER BY nth LIMIT 1;
    outcome := 'booked';
    made := p->>'appointment';
    ends_at := seat.ends_at;
    INSERT INTO youth (id, name, email, phone, birth_date, commune, consent_version, consented_at, locale)
        VALUES ((p->>'youth')::uuid, p->>'name', p->>'email', p->>'phone', (p->>'birth_date')::date, p->>'commune',
            p->>'consent_version', moment, p->>'locale');
    INSERT INTO appointment AS a (id, youth, advisor, structure, site, channel, starts_at, ends_at, origin, author, out_of_lead,
            wish, hold, created_at)
        VALUES (made, (p->>'youth')::uuid, seat.advisor, (p->>'structure')::uuid,
            CASE WHEN (p->>'in_person')::boolean THEN seat.site END, way, (p->>'starts_at')::timestamptz, seat.ends_at,
            p->>'origin', (p->>'author')::uuid, (p->>'out_of_lead')::boolean, p->>'wish', kept, moment)
        RETURNING a.link_version, a.created_at INTO link_version, made_at;
    INSERT INTO appointment_change (appointment, kind, sequence, actor, account, at)
        VALUES (made, 'booked', 0, CASE WHEN p->>'author' IS NULL THEN 'youth' ELSE 'staff' END, (p->>'author')::uuid, moment);
    PERFORM append_event(p->'event', ARRAY(SELECT jsonb_array_elements_text(p->'handlers')));
    IF p->>'token_hash' IS NULL THEN
        UPDATE hold SET expires_at = least(expires_at, moment) WHERE id = kept;
    ELSE
        INSERT INTO hold (id, token_hash, advisor, structure, site, channel, starts_at, ends_at, created_at, expires_at)
            VALUES (kept, decode(p->>'token_hash', 'hex'), seat.advisor, (p->>'structure')::uuid, seat.site, way,
                (p->>'starts_at')::timestamptz, seat.ends_at, moment, moment);
    END IF;
END $$;
