-- The questions that a youth answered with « je ne sais pas »: another thing than not answering. Names of fields, nothing else.
ALTER TABLE interview ADD COLUMN unsure text[] NOT NULL DEFAULT '{}';

-- They go too when the youth is anonymised.
CREATE OR REPLACE FUNCTION forget_private_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM private_note n USING appointment a WHERE a.id = n.appointment AND a.youth = NEW.id;
    UPDATE interview i SET follow_up_on = NULL, unsure = '{}' FROM appointment a WHERE a.id = i.appointment AND a.youth = NEW.id;
    RETURN NULL;
END $$;
