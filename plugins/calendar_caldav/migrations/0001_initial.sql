-- An advisor's account on a CalDAV server. Nothing is exchanged until a calendar is chosen.
CREATE TABLE calendar_caldav_account (
    advisor uuid PRIMARY KEY REFERENCES advisor (id) ON DELETE CASCADE,
    server text NOT NULL,
    username text NOT NULL,
    password text NOT NULL,                -- sealed under the platform's key
    calendars jsonb NOT NULL,              -- those found: [{"url", "name"}]
    calendar text NOT NULL DEFAULT '',     -- the address of the chosen one
    due_at timestamptz NOT NULL,           -- next comparison
    leased_until timestamptz NOT NULL,     -- somebody compares until then
    succeeded_at timestamptz NOT NULL,     -- last time that it could be read
    failures integer NOT NULL DEFAULT 0,
    problem text NOT NULL DEFAULT '',      -- of the last comparison; empty when it went well
    is_closed boolean NOT NULL DEFAULT false  -- too old to be trusted: the slots were hidden
);
CREATE INDEX calendar_caldav_account_due ON calendar_caldav_account (due_at);

-- What we wrote there, as it was when last written.
CREATE TABLE calendar_caldav_event (
    advisor uuid NOT NULL REFERENCES calendar_caldav_account (advisor) ON DELETE CASCADE,
    appointment uuid NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    href text NOT NULL,
    sequence integer NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (advisor, appointment)
);
CREATE INDEX calendar_caldav_event_appointment ON calendar_caldav_event (appointment);

-- What happened to it on the other side, for the advisor to settle. `found_at` is where it was moved to; none: deleted.
CREATE TABLE calendar_caldav_question (
    advisor uuid NOT NULL,
    appointment uuid NOT NULL,
    found_at timestamptz,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (advisor, appointment),
    FOREIGN KEY (advisor, appointment) REFERENCES calendar_caldav_event (advisor, appointment) ON DELETE CASCADE
);

-- When that calendar says busy: times only, joined where they touch.
CREATE TABLE calendar_caldav_busy (
    advisor uuid NOT NULL REFERENCES calendar_caldav_account (advisor) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    PRIMARY KEY (advisor, starts_at)
);
