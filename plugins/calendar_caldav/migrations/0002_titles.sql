-- What takes the advisor's time may be kept by its title, for their own agenda.
ALTER TABLE calendar_caldav_account ADD COLUMN is_titled boolean NOT NULL DEFAULT false;
ALTER TABLE calendar_caldav_busy
    ADD COLUMN label text NOT NULL DEFAULT '',
    DROP CONSTRAINT calendar_caldav_busy_pkey,
    ADD PRIMARY KEY (advisor, starts_at, ends_at, label);
