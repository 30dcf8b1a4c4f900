-- Demands: someone whom no slot suits waits for one, and is served first, in order of arrival.

CREATE TABLE demand (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL DEFAULT '',
    birth_date date NOT NULL,
    commune text NOT NULL REFERENCES commune (insee),     -- where the person lives
    consent_version text NOT NULL,
    consented_at timestamptz NOT NULL,
    locale text NOT NULL DEFAULT 'fr',
    department text NOT NULL,        -- the area that lacks slots, for the coordination
    modes text[] NOT NULL CHECK (cardinality(modes) > 0 AND modes <@ '{in_person,video,phone}'),
    reach text NOT NULL CHECK (reach IN ('near', 'department', 'region', 'site')),   -- for an interview in person
    site uuid REFERENCES site (id) ON DELETE CASCADE,
    weekdays integer[] NOT NULL DEFAULT '{}',             -- ISO, 1 is Monday; none: any day
    parts text[] NOT NULL DEFAULT '{}' CHECK (parts <@ '{morning,afternoon}'),
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'booked', 'cancelled', 'replaced', 'unanswered', 'lapsed')),
    arrived_at timestamptz NOT NULL, -- the order in which demands are served; kept when one is replaced by a newer
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((reach = 'site') = (site IS NOT NULL)),
    CHECK ((state = 'waiting') = (closed_at IS NULL))
);
CREATE INDEX demand_waiting ON demand (arrived_at, id) WHERE state = 'waiting';

-- A slot kept for a demand, and what came of the message that told so: its own receipt.
CREATE TABLE demand_offer (
    id uuid PRIMARY KEY,
    demand uuid NOT NULL REFERENCES demand (id) ON DELETE CASCADE,
    hold uuid NOT NULL,              -- the hold is tidied away in time, the offer stays
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    carrier text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'kept', 'refused')),
    recipient text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    UNIQUE (demand, structure, starts_at)
);
CREATE INDEX demand_offer_hold ON demand_offer (hold);

-- What is already known of the person for whom a slot is kept: the form begins with it.
ALTER TABLE hold ADD COLUMN answers jsonb NOT NULL DEFAULT '{}';
