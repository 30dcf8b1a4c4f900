-- Sheets are written by the network: a draft beside what is public, a review, someone in charge, a date to verify before.

ALTER TABLE programme
    ADD COLUMN in_charge uuid REFERENCES account (id) ON DELETE SET NULL,
    ADD COLUMN verified_on date,
    ADD COLUMN verify_before date,
    ADD COLUMN is_demo boolean NOT NULL DEFAULT false,
    ADD CHECK (verify_before > verified_on),
    ADD CONSTRAINT programme_has_a_version CHECK (version > 0 OR status IN ('draft', 'in_review'));
CREATE INDEX programme_in_charge ON programme (in_charge) WHERE in_charge IS NOT NULL;

-- What was published once reads the same for ever: a roadmap opens the version that it kept.
CREATE FUNCTION keep_programme_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of the sheet % was published: write a new one', OLD.version, OLD.programme
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER programme_version_kept BEFORE UPDATE OF programme, version, facts, created_at OR DELETE
    ON programme_version FOR EACH ROW EXECUTE FUNCTION keep_programme_version();

-- The one version in the making of a sheet. A sheet that was never published has version 0, and this alone.
CREATE TABLE programme_draft (
    programme text PRIMARY KEY REFERENCES programme (id) ON DELETE CASCADE,
    facts jsonb NOT NULL,            -- contracts.matching.Programme
    state text NOT NULL CHECK (state IN ('draft', 'in_review')),
    based_on integer NOT NULL,       -- the version that it began from; 0: none
    revision integer NOT NULL,       -- rises at each save; a stale save is refused
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    approved_by uuid REFERENCES account (id) ON DELETE SET NULL,
    approved_at timestamptz,
    CHECK (approved_at IS NULL OR state = 'in_review')
);

-- Who did what to a sheet, and with what word.
CREATE TABLE programme_deed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme text NOT NULL REFERENCES programme (id) ON DELETE CASCADE,
    at timestamptz NOT NULL,
    account uuid REFERENCES account (id) ON DELETE SET NULL,
    kind text NOT NULL,              -- catalogue.editing.journal.Kind
    version integer,
    word text NOT NULL DEFAULT ''
);
CREATE INDEX programme_deed_of ON programme_deed (programme, id DESC);
