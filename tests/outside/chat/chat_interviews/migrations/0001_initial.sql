-- Two entrances to one room; only their digests are kept, so that a copy of the table opens no door.
CREATE TABLE chat_interviews_room (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    youth_door text NOT NULL UNIQUE,
    advisor_door text NOT NULL UNIQUE,
    is_open boolean NOT NULL DEFAULT true
);
CREATE TABLE chat_interviews_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    appointment uuid NOT NULL REFERENCES chat_interviews_room (appointment) ON DELETE CASCADE,
    by_advisor boolean NOT NULL,
    text text NOT NULL,
    said_at timestamptz NOT NULL
);
CREATE INDEX chat_interviews_message_appointment ON chat_interviews_message (appointment, id);
