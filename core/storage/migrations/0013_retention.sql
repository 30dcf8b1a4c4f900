-- After so many months an appointment says nothing any more of who came; what statistics count of it stays, as it was.
ALTER TABLE youth ADD COLUMN anonymised_at timestamptz;
CREATE INDEX youth_named ON youth (id) WHERE anonymised_at IS NULL;
ALTER TABLE appointment ADD COLUMN age integer;      -- that day, kept when the birth date goes

CREATE OR REPLACE VIEW appointment_figures AS
    SELECT p.id AS appointment, p.structure, s.name AS structure_name, coalesce(i.department, s.department) AS department,
        p.channel, p.status, p.origin, (p.starts_at AT TIME ZONE 'Europe/Paris')::date AS starts_on,
        coalesce(p.age, extract(year FROM age((p.starts_at AT TIME ZONE 'Europe/Paris')::date, y.birth_date))::integer) AS age
    FROM appointment p
    JOIN structure s ON s.id = p.structure
    JOIN youth y ON y.id = p.youth
    LEFT JOIN site i ON i.id = p.site;

-- Takes these people out of everything that the core keeps of them. The appointments stay, with their age that day; their links
-- and messages die. One place, so that a table that is added later is not forgotten: a test walks every column.
CREATE FUNCTION anonymise(p_youths uuid[], p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    theirs uuid[] := ARRAY(SELECT id FROM appointment WHERE youth = ANY (p_youths));
BEGIN
    UPDATE appointment a SET
        age = coalesce(a.age, extract(year FROM age((a.starts_at AT TIME ZONE 'Europe/Paris')::date, y.birth_date))::integer),
        wish = '', cancel_reason = '', meeting = NULL, hold = NULL, link_version = a.link_version + 1
        FROM youth y WHERE y.id = a.youth AND a.id = ANY (theirs);
    UPDATE appointment_change SET before = before - 'meeting' WHERE appointment = ANY (theirs) AND before ? 'meeting';
    DELETE FROM receipt WHERE appointment = ANY (theirs);
    DELETE FROM roadmap WHERE appointment = ANY (theirs);
    UPDATE kept_programme SET word = '', next_step = '', verdict = NULL WHERE appointment = ANY (theirs);
    UPDATE interview SET profile = '{}', project = '{}', prepared = NULL, notes = '', advisor_word = ''
        WHERE appointment = ANY (theirs);
    UPDATE referral SET worker_name = '', worker_email = '', worker_phone = '', alike = NULL, alike_state = NULL
        WHERE appointment = ANY (theirs);
    UPDATE referral SET alike = NULL, alike_state = NULL WHERE alike = ANY (p_youths);
    DELETE FROM earlier_wish WHERE appointment = ANY (theirs);
    DELETE FROM day_word WHERE appointment = ANY (theirs);
    DELETE FROM hold h USING youth y WHERE y.id = ANY (p_youths) AND y.email <> '' AND lower(h.answers->>'email') = lower(y.email);
    DELETE FROM demand d USING youth y WHERE y.id = ANY (p_youths) AND d.state <> 'waiting' AND lower(d.email) = lower(y.email)
        AND fold(d.name) = fold(y.name);
    UPDATE youth SET name = '', email = '', phone = '', birth_date = NULL, commune = NULL, anonymised_at = p_now
        WHERE id = ANY (p_youths);
END $$;
