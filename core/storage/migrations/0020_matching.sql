-- Matching: strategies that are blended, rankings that can be explained years later, youths who want to hear of new sheets.

-- Which strategies have a say, and how much; none: `strategy` alone.
ALTER TABLE structure ADD COLUMN blend jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(blend) = 'object');

-- By what a kept sheet was ranked, and where it stood among how many.
ALTER TABLE kept_programme
    ADD COLUMN made_by jsonb NOT NULL DEFAULT '[]',    -- matching.asking.Part: strategy, version, weight
    ADD COLUMN place integer CHECK (place > 0),        -- NULL: not ranked by score
    ADD COLUMN among integer;

-- The ranking that the advisor had before their eyes when they last kept a sheet or set one aside. No word on the youth.
CREATE TABLE interview_ranking (
    appointment uuid PRIMARY KEY REFERENCES interview (appointment) ON DELETE CASCADE,
    made_at timestamptz NOT NULL,
    made_by jsonb NOT NULL,
    fallback boolean NOT NULL,
    sheets jsonb NOT NULL            -- best first: {programme, version, score, excluded}
);

-- The youth wants to hear of sheets that appear after the interview: the version of the words, and when.
ALTER TABLE youth
    ADD COLUMN ideas_version text,
    ADD COLUMN ideas_at timestamptz,
    ADD CHECK ((ideas_version IS NULL) = (ideas_at IS NULL));
CREATE INDEX youth_ideas ON youth (id) WHERE ideas_at IS NOT NULL;
