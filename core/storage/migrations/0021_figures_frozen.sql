-- A year that is over is counted once: a structure that is renamed or moves, a birth date that is erased, change nothing of what was
-- reported. One row per appointment; nobody is named, and the row outlives what it was made from.
CREATE TABLE frozen_figure (
    appointment uuid PRIMARY KEY,
    structure uuid NOT NULL,
    structure_name text NOT NULL,
    department text NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    origin text NOT NULL,
    starts_on date NOT NULL,
    age integer                      -- that day
);
CREATE INDEX frozen_figure_starts_on ON frozen_figure (starts_on, structure);

CREATE VIEW live_figure AS
    SELECT p.id AS appointment, p.structure, s.name AS structure_name, coalesce(i.department, s.department) AS department,
        p.channel, p.status, p.origin, (p.starts_at AT TIME ZONE 'Europe/Paris')::date AS starts_on,
        coalesce(p.age, extract(year FROM age((p.starts_at AT TIME ZONE 'Europe/Paris')::date, y.birth_date))::integer) AS age
    FROM appointment p
    JOIN structure s ON s.id = p.structure
    JOIN youth y ON y.id = p.youth
    LEFT JOIN site i ON i.id = p.site;

CREATE OR REPLACE VIEW appointment_figures AS
    SELECT appointment, structure, structure_name, department, channel, status, origin, starts_on, age FROM frozen_figure
    UNION ALL
    SELECT * FROM live_figure l WHERE NOT EXISTS (SELECT FROM frozen_figure f WHERE f.appointment = l.appointment);

-- What was anonymised before is frozen as it stands.
INSERT INTO frozen_figure SELECT l.* FROM live_figure l JOIN appointment p ON p.id = l.appointment JOIN youth y ON y.id = p.youth
    WHERE y.anonymised_at IS NOT NULL;

-- Takes these people out of everything that the core keeps of them. The appointments stay, counted first; their links and messages
-- die. Demands and kept slots have no link to a youth: the e-mail or the number says whose they are. One place, so that a table that
-- is added later is not forgotten: a test walks every column.
CREATE OR REPLACE FUNCTION anonymise(p_youths uuid[], p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    theirs uuid[] := ARRAY(SELECT id FROM appointment WHERE youth = ANY (p_youths));
    emails text[] := ARRAY(SELECT lower(email) FROM youth WHERE id = ANY (p_youths) AND email <> '');
    phones text[] := ARRAY(SELECT phone FROM youth WHERE id = ANY (p_youths) AND phone <> '');
BEGIN
    INSERT INTO frozen_figure SELECT * FROM live_figure WHERE appointment = ANY (theirs) ON CONFLICT DO NOTHING;
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
    DELETE FROM interview_ranking WHERE appointment = ANY (theirs);
    UPDATE referral SET worker_name = '', worker_email = '', worker_phone = '', alike = NULL, alike_state = NULL
        WHERE appointment = ANY (theirs);
    UPDATE referral SET alike = NULL, alike_state = NULL WHERE alike = ANY (p_youths);
    DELETE FROM earlier_wish WHERE appointment = ANY (theirs);
    DELETE FROM day_word WHERE appointment = ANY (theirs);
    DELETE FROM hold WHERE lower(answers->>'email') = ANY (emails) OR answers->>'phone' = ANY (phones);
    DELETE FROM demand WHERE lower(email) = ANY (emails) OR phone = ANY (phones);
    UPDATE youth SET name = '', email = '', phone = '', birth_date = NULL, commune = NULL, ideas_version = NULL, ideas_at = NULL,
        anonymised_at = p_now
        WHERE id = ANY (p_youths);
END $$;
