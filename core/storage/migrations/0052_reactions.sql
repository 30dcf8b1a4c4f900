-- What each plugin that reacts to its switch was last told of it, structure by structure, and by which event: beside what is,
-- it says what has to be told, whatever the cause was.
CREATE TABLE plugin_told (
    plugin text NOT NULL,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    is_on boolean NOT NULL,
    told_at timestamptz NOT NULL,
    event bigint REFERENCES outbox_event (id) ON DELETE SET NULL,
    PRIMARY KEY (plugin, structure)
);
CREATE INDEX plugin_told_event ON plugin_told (event);

-- Whatever changes the state of the plugins wakes the workers.
CREATE FUNCTION wake_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('somobilite_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER plugin_revision_wakes AFTER UPDATE ON plugin_revision
    FOR EACH STATEMENT EXECUTE FUNCTION wake_workers();
