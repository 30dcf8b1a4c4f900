-- « Où en êtes-vous ? », a month after the interview: what the youth says last counts.
CREATE TABLE check_in (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    answer text NOT NULL CHECK (answer IN ('left', 'applied', 'changed', 'help')),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 1000),
    answered_at timestamptz NOT NULL
);

-- For plugins that count, as appointment_figures: nobody is named. Columns may be added, never changed.
CREATE VIEW check_in_figures AS
    SELECT f.appointment, f.structure, f.structure_name, f.department, f.starts_on, c.answer
    FROM check_in c JOIN appointment_figures f ON f.appointment = c.appointment;

-- When nothing may say any more who came, what they wrote and ticked goes with their name; the bare answer stays, to be counted.
CREATE FUNCTION forget_follow_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM roadmap_tick t USING appointment a WHERE a.id = t.appointment AND a.youth = NEW.id;
    DELETE FROM follow_up f USING appointment a WHERE a.id = f.appointment AND a.youth = NEW.id;
    UPDATE check_in c SET words = '' FROM appointment a WHERE a.id = c.appointment AND a.youth = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER youth_follow_up_forgotten AFTER UPDATE OF anonymised_at ON youth
    FOR EACH ROW WHEN (NEW.anonymised_at IS NOT NULL) EXECUTE FUNCTION forget_follow_up();
