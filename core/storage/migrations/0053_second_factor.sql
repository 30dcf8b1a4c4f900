-- A second proof after the password: a code from a telephone. No row: none. The secret is sealed, for this account alone.
CREATE TABLE account_factor (
    account uuid PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret text NOT NULL,
    last_step bigint NOT NULL,       -- the last time step that opened: no code opens twice
    since timestamptz NOT NULL
);

-- Codes for the day when the telephone is lost, each good once: using one deletes it.
CREATE TABLE account_recovery_code (
    code_hash bytea PRIMARY KEY,     -- SHA-256 of the account and of 120 random bits
    account uuid NOT NULL REFERENCES account_factor (account) ON DELETE CASCADE
);
CREATE INDEX account_recovery_code_account ON account_recovery_code (account);

-- A secret that is shown and not yet confirmed by a code. Only the session, or the sign-in, that began it goes on with it.
CREATE TABLE account_enrolment (
    account uuid PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret text NOT NULL,
    holder bytea NOT NULL,
    expires_at timestamptz NOT NULL
);

-- The password was right, the second factor is still to come: not a session, and nothing but the next step opens with it.
CREATE TABLE account_sign_in (
    id_hash bytea PRIMARY KEY,       -- SHA-256 of the cookie
    account uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    suite text NOT NULL DEFAULT '',  -- the page that was asked for
    tries integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);
CREATE INDEX account_sign_in_account ON account_sign_in (account);

-- A browser from which the code is not asked again for a while; the password is, each time.
CREATE TABLE account_device (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    account uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX account_device_account ON account_device (account);

ALTER TABLE session ADD COLUMN factor_at timestamptz;            -- NULL: opened with a password alone
ALTER TABLE account
    ADD COLUMN factor_due_at timestamptz,                        -- from when on a second factor, where one is required, is not put off
    ADD COLUMN password_asked_at timestamptz;                    -- of the latest link for a new password; NULL: none is good
