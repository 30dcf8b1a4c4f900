-- Whose slots in a structure all come from openings that never overlap, as of their last projection: each slot is then of one
-- opening alone, so a channel that is turned on or off there changes the channels of its slots and nothing else.
CREATE TABLE plain_supply (
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    PRIMARY KEY (advisor, structure)
);

-- A mark of the configuration that everyone's slots were last projected with: one row at most.
CREATE TABLE projected_with (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    mark text NOT NULL,
    at timestamptz NOT NULL
);
