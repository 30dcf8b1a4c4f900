-- What an advisor notes for themselves alone, sealed under the platform's key; and when they mean to come back to the youth.
CREATE TABLE private_note (
    appointment uuid NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    sealed text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (appointment, advisor)
);
ALTER TABLE interview ADD COLUMN follow_up_on date;
CREATE INDEX interview_follow_up ON interview (follow_up_on) WHERE follow_up_on IS NOT NULL;

-- They go when the youth is anonymised, whoever does it.
CREATE FUNCTION forget_private_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM private_note n USING appointment a WHERE a.id = n.appointment AND a.youth = NEW.id;
    UPDATE interview i SET follow_up_on = NULL FROM appointment a WHERE a.id = i.appointment AND a.youth = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER youth_anonymised AFTER UPDATE OF anonymised_at ON youth FOR EACH ROW
    WHEN (NEW.anonymised_at IS NOT NULL) EXECUTE FUNCTION forget_private_notes();

-- The interviews of one person in one structure: the same name but for accents and case, born the same day, the same address or number.
CREATE FUNCTION earlier_interview(p_appointment uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT before.id FROM appointment now
    JOIN youth y ON y.id = now.youth
    JOIN youth same ON same.birth_date = y.birth_date AND fold(same.name) = fold(y.name)
        AND (y.email <> '' AND lower(same.email) = lower(y.email) OR y.phone <> '' AND same.phone = y.phone)
    JOIN appointment before ON before.youth = same.id AND before.structure = now.structure AND before.id <> now.id
        AND before.status = 'honoured' AND before.starts_at < now.starts_at
    JOIN interview i ON i.appointment = before.id
    WHERE now.id = p_appointment ORDER BY before.starts_at DESC LIMIT 1
$$;
CREATE INDEX youth_born ON youth (birth_date) WHERE birth_date IS NOT NULL;
