-- The youth may write back after the interview, and the structure answers: one thread an interview, made by the first word.
CREATE TABLE follow_up (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    waiting_since timestamptz,           -- since when the youth waits for an answer; NULL: nothing to answer
    answered_at timestamptz,             -- the structure's latest word
    closed_at timestamptz,               -- by the structure: the youth writes no more
    CHECK (closed_at IS NULL OR waiting_since IS NULL)
);
CREATE INDEX follow_up_waiting ON follow_up (appointment) WHERE waiting_since IS NOT NULL;

CREATE TABLE follow_up_message (
    id uuid PRIMARY KEY,
    appointment uuid NOT NULL REFERENCES follow_up (appointment) ON DELETE CASCADE,
    author text NOT NULL CHECK (author IN ('youth', 'staff')),
    account uuid REFERENCES account (id) ON DELETE SET NULL,   -- of a word of the structure's
    words text NOT NULL CHECK (words <> '' AND length(words) <= 4000),
    written_at timestamptz NOT NULL,
    CHECK (author = 'staff' OR account IS NULL)
);
CREATE INDEX follow_up_message_thread ON follow_up_message (appointment, written_at);
