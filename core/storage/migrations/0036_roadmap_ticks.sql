-- The boxes that a youth ticked on the roadmap. A box is named by its sheet and a digest of its words: sent again, the roadmap keeps
-- the boxes that still say the same.
CREATE TABLE roadmap_tick (
    appointment uuid NOT NULL REFERENCES interview (appointment) ON DELETE CASCADE,
    task text NOT NULL,
    ticked_at timestamptz NOT NULL,
    PRIMARY KEY (appointment, task)
);
