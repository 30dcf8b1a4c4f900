-- Messages that had nowhere to go: no SMTP server is set. One row per notice, so that a retry keeps none twice.
CREATE TABLE notifications_email_message (
    id uuid PRIMARY KEY,
    notice_key text NOT NULL UNIQUE,
    appointment uuid NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    kind text NOT NULL,
    audience text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    content bytea NOT NULL,          -- the whole message, RFC 5322
    kept_at timestamptz NOT NULL
);
CREATE INDEX notifications_email_message_appointment ON notifications_email_message (appointment);
CREATE INDEX notifications_email_message_kept_at ON notifications_email_message (kept_at);
