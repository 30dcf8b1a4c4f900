-- The rules as they were published, one row a version; at most one draft, which has no number yet.
CREATE TABLE matching_rules_version (
    id uuid PRIMARY KEY,
    version integer UNIQUE,              -- 1, then one more at each publication; NULL: the draft
    rules jsonb NOT NULL,                -- rulebook.Rules
    note text NOT NULL DEFAULT '',       -- why, in the words of who published
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    saved_at timestamptz NOT NULL,
    published_at timestamptz,
    CHECK ((version IS NULL) = (published_at IS NULL))
);
CREATE UNIQUE INDEX matching_rules_version_draft ON matching_rules_version ((true)) WHERE version IS NULL;
