-- The search walks a place's slots in order, from the index alone: what it asks of a slot is all there.
DROP INDEX slot_site;
CREATE INDEX slot_site ON slot (site, starts_at) INCLUDE (advisor, structure, ends_at, channels);
DROP INDEX slot_structure;
CREATE INDEX slot_structure ON slot (structure, starts_at) INCLUDE (advisor, ends_at, site, channels);

-- Which active appointment of an advisor began last before a slot ends?
CREATE INDEX appointment_active ON appointment (advisor, starts_at) INCLUDE (ends_at)
    WHERE status IN ('booked', 'honoured', 'no_show');

-- Expired holds stay for days; only the live ones are looked for.
CREATE INDEX hold_live ON hold (advisor, expires_at);
DROP INDEX hold_advisor;
