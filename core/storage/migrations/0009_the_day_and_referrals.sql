-- The day of an appointment, why it was given up, and bookings made for a youth by another body.

-- What was said on the day. It is about one hour: once the appointment has moved, it says nothing any more.
CREATE TABLE day_word (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,  -- the hour that it is about
    arrived_at timestamptz,
    arrived_by text CHECK (arrived_by IN ('youth', 'staff')),
    late_minutes integer CHECK (late_minutes BETWEEN 1 AND 120),
    cannot_come boolean NOT NULL DEFAULT false,
    told_at timestamptz NOT NULL,
    CHECK ((arrived_at IS NULL) = (arrived_by IS NULL))
);

-- Beside the free word: an id of `cancel_reasons` in the taxonomy, or nothing.
ALTER TABLE appointment ADD COLUMN cancel_kind text NOT NULL DEFAULT '';

-- Whoever holds the link books for a youth, without an account. The link itself is signed, nothing of it is stored.
CREATE TABLE referral_link (
    id uuid PRIMARY KEY,
    body text NOT NULL,              -- the body whose workers use it
    email text NOT NULL DEFAULT '',
    structure uuid REFERENCES structure (id) ON DELETE CASCADE,    -- NULL: anywhere in the region
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_on date NOT NULL,        -- the last day
    revoked_at timestamptz
);
CREATE INDEX referral_link_structure ON referral_link (structure);

-- One booking by a link: who made it, and whether it suits the youth. The link's body is copied: it may go, the origin stays.
CREATE TABLE referral (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    link uuid REFERENCES referral_link (id) ON DELETE SET NULL,
    body text NOT NULL,
    worker_name text NOT NULL,
    worker_email text NOT NULL DEFAULT '',
    worker_phone text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL,
    agreed_at timestamptz,           -- NULL: the youth has not said yet that it suits
    alike uuid REFERENCES youth (id) ON DELETE SET NULL,           -- somebody known who may be the same person
    alike_state text CHECK (alike_state IN ('open', 'same', 'other')),
    reviewed_by uuid REFERENCES account (id) ON DELETE SET NULL,
    CHECK (alike IS NULL OR alike_state IS NOT NULL)
);
CREATE INDEX referral_link_used ON referral (link);
CREATE INDEX referral_unanswered ON referral (appointment) WHERE agreed_at IS NULL;

ALTER TABLE appointment DROP CONSTRAINT appointment_origin_check;
ALTER TABLE appointment ADD CONSTRAINT appointment_origin_check
    CHECK (origin IN ('youth', 'advisor', 'manager', 'coordinator', 'api', 'referral'));
