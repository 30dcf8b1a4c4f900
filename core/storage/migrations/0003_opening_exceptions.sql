-- A day that a recurring opening leaves out: removed, or held otherwise by an opening of its own.
CREATE TABLE opening_exception (
    opening uuid NOT NULL REFERENCES opening (id) ON DELETE CASCADE,
    day date NOT NULL,               -- a day of the recurrence
    instead uuid UNIQUE REFERENCES opening (id) ON DELETE SET NULL,    -- NULL: removed
    PRIMARY KEY (opening, day)
);
