-- The journal is read by structure and by person, the latest first.
CREATE INDEX audit_structure ON audit (structure, id DESC);
CREATE INDEX audit_account ON audit (account, id DESC);
