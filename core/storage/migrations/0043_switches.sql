-- Since when, by whom and why: of the region's policies, of a structure's switches, of the plugins' settings.
ALTER TABLE plugin_policy
    ADD COLUMN changed_by uuid REFERENCES account (id) ON DELETE SET NULL,
    ADD COLUMN changed_at timestamptz;
ALTER TABLE plugin_switch ADD COLUMN reason text NOT NULL DEFAULT '';
ALTER TABLE plugin_settings ADD COLUMN changed_by uuid REFERENCES account (id) ON DELETE SET NULL;

-- The history of the switches, read by plugin, by structure, or whole.
CREATE INDEX audit_plugin ON audit (id) WHERE action LIKE 'plugin.%';
