-- One entry of an absence for several advisors (a training day): a row each, which share this.
ALTER TABLE absence ADD COLUMN shared uuid;      -- NULL: of one advisor alone
CREATE INDEX absence_shared ON absence (shared) WHERE shared IS NOT NULL;

-- When the last invitation was made: its link holds for a while, and a newer one ends it.
ALTER TABLE membership ADD COLUMN invited_at timestamptz;
