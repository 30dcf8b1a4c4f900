-- A receipt is about one of three: an appointment, a slot kept for someone, or a member of staff and a week.
ALTER TABLE receipt
    ALTER COLUMN appointment DROP NOT NULL,
    ADD COLUMN offer uuid REFERENCES demand_offer (id) ON DELETE CASCADE,
    ADD COLUMN account uuid REFERENCES account (id) ON DELETE CASCADE,
    DROP CONSTRAINT receipt_audience_check,
    ADD CONSTRAINT receipt_audience_check
        CHECK (audience IN ('youth', 'advisor', 'former_advisor', 'staff')),
    ADD CONSTRAINT receipt_subject CHECK (num_nonnulls(appointment, offer, account) = 1),
    ADD CONSTRAINT receipt_offer_once UNIQUE (offer, carrier),
    ADD CONSTRAINT receipt_account_once UNIQUE (account, kind, revision, carrier);


-- Who has an appointment may be told of an earlier slot. One wish per appointment; asked again, it waits again.
CREATE TABLE earlier_wish (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    reach text NOT NULL CHECK (reach IN ('structure', 'advisor', 'near')),
    before timestamptz NOT NULL,     -- the start that the appointment had then: with another start, the wish is over
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'moved', 'over', 'stopped', 'told')),
    asked_at timestamptz NOT NULL,   -- the order in which wishes are served, after every demand
    closed_at timestamptz,
    CHECK ((state = 'waiting') = (closed_at IS NULL))
);
CREATE INDEX earlier_wish_waiting ON earlier_wish (asked_at, appointment) WHERE state = 'waiting';

-- An offer is made to a demand or to such a wish; what came of the message is in its receipts, one for each carrier.
ALTER TABLE demand_offer
    ALTER COLUMN demand DROP NOT NULL,
    ADD COLUMN appointment uuid REFERENCES earlier_wish (appointment) ON DELETE CASCADE,
    ADD CONSTRAINT demand_offer_to_one CHECK (num_nonnulls(demand, appointment) = 1),
    ADD CONSTRAINT demand_offer_earlier_once UNIQUE (appointment, structure, starts_at);
INSERT INTO receipt (id, offer, kind, audience, revision, carrier, state, recipient, detail, due_at, created_at, done_at)
    SELECT gen_random_uuid(), id, 'demand_offer', 'youth', '', carrier, state, recipient, detail, created_at, created_at,
        created_at
    FROM demand_offer WHERE state <> 'due';
ALTER TABLE demand_offer DROP COLUMN carrier, DROP COLUMN state, DROP COLUMN recipient, DROP COLUMN detail;


-- Texts that the coordination changed: every version stays, the highest is in force. Without a body: the default again.
CREATE TABLE message_template (
    template text NOT NULL,          -- key of the template
    locale text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    subject text NOT NULL DEFAULT '',
    body text,
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (template, locale, version)
);


-- A word on how it went. Nothing here leads to an appointment: the id is made from it under the platform's key.
CREATE TABLE appointment_feedback (
    id uuid PRIMARY KEY,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    channel text NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),     -- of the interview
    mood integer NOT NULL CHECK (mood BETWEEN 1 AND 4),          -- 4 is the happiest
    words text NOT NULL DEFAULT ''
);
CREATE INDEX appointment_feedback_month ON appointment_feedback (month, structure);


-- Monday's summary of one's own week: each advisor says whether they want it.
ALTER TABLE advisor ADD COLUMN weekly_digest boolean NOT NULL DEFAULT true;
