-- Why appointments were cancelled is counted too: the choice in the list, never the free word beside it.
ALTER TABLE frozen_figure ADD COLUMN cancel_kind text NOT NULL DEFAULT '';

CREATE OR REPLACE VIEW live_figure AS
    SELECT p.id AS appointment, p.structure, s.name AS structure_name, coalesce(i.department, s.department) AS department,
        p.channel, p.status, p.origin, (p.starts_at AT TIME ZONE 'Europe/Paris')::date AS starts_on,
        coalesce(p.age, extract(year FROM age((p.starts_at AT TIME ZONE 'Europe/Paris')::date, y.birth_date))::integer) AS age,
        p.cancel_kind
    FROM appointment p
    JOIN structure s ON s.id = p.structure
    JOIN youth y ON y.id = p.youth
    LEFT JOIN site i ON i.id = p.site;

CREATE OR REPLACE VIEW appointment_figures AS
    SELECT appointment, structure, structure_name, department, channel, status, origin, starts_on, age, cancel_kind FROM frozen_figure
    UNION ALL
    SELECT * FROM live_figure l WHERE NOT EXISTS (SELECT FROM frozen_figure f WHERE f.appointment = l.appointment);

-- What was frozen before says it as well, as far as it is still known.
UPDATE frozen_figure f SET cancel_kind = p.cancel_kind FROM appointment p WHERE p.id = f.appointment AND p.cancel_kind <> '';
