-- Questions as they were published: what was answered stays readable. The highest version of a structure is in force there, unless it
-- asks nothing: then the region's.
CREATE TABLE questionnaires_version (
    id uuid PRIMARY KEY,
    structure uuid REFERENCES structure (id) ON DELETE CASCADE,      -- NULL: the region's
    audience text NOT NULL CHECK (audience IN ('youth', 'advisor')),
    version integer NOT NULL CHECK (version >= 0),                   -- 0: the questions that travel with the plugin
    questions jsonb NOT NULL,                                        -- questions.Question, in order
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    published_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (structure, audience, version)
);

-- Nothing here leads to an appointment: the key is made from it under the platform's key, and the month is the interview's.
CREATE TABLE questionnaires_answer (
    key text PRIMARY KEY,
    version uuid NOT NULL REFERENCES questionnaires_version (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,   -- of the interview
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    answers jsonb NOT NULL,                                          -- by question: a place in a list, or words
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX questionnaires_answer_version ON questionnaires_answer (version, structure);
