"""A region of any size, made by a few statements: structures, sites, advisors with weekly openings, their slots, appointments.

Small: 40 advisors, 4,000 appointments. Large: 1,000 advisors, 100,000 appointments. Both with 90 days of slots, of which four in ten
that are to come are booked. The same seed gives the same region.
"""

from datetime import timedelta

import msgspec

from core.agenda.service import rebuild
from core.network.communes import load_communes


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large: advisors (three to a structure), appointments."""

    name: str
    advisors: int
    appointments: int


HOUR = timedelta(hours=1)
SMALL = Size(name="small", advisors=40, appointments=4_000)
LARGE = Size(name="large", advisors=1_000, appointments=100_000)

_NETWORK = """
    SELECT setseed(0.2027);
    CREATE TEMP TABLE place AS
        SELECT row_number() OVER (ORDER BY random()) AS n, c.* FROM (SELECT * FROM commune ORDER BY population DESC LIMIT 600) c;
    INSERT INTO structure (id, slug, name, kind, department, status, phone, email)
        SELECT gen_random_uuid(), 'banc-' || n, 'Structure ' || n, 'bij_pij', department, 'active', '05 00 00 00 00',
            'banc@example.org'
        FROM place WHERE n <= ceil({advisors} / 3.0);
    INSERT INTO agreement (structure, year, status)
        SELECT id, year, 'active' FROM structure, generate_series(extract(year FROM now())::int - 1,
            extract(year FROM now())::int + 1) year WHERE slug LIKE 'banc-%';
    INSERT INTO site (id, structure, name, address, postcode, city, insee, department, lat, lon)
        SELECT gen_random_uuid(), s.id, 'Accueil ' || p.name, '1 rue du Banc', p.postcodes[1], p.name, p.insee, p.department,
            p.lat, p.lon
        FROM structure s JOIN place p ON s.slug = 'banc-' || p.n;
    CREATE TEMP TABLE person AS
        SELECT n, gen_random_uuid() AS account, gen_random_uuid() AS advisor, 'banc-' || (n - 1) / 3 + 1 AS slug
        FROM generate_series(1, {advisors}) n;
    INSERT INTO account (id, email, name) SELECT account, 'banc-' || n || '@example.org', 'Banc ' || n FROM person;
    INSERT INTO advisor (id, account, display_name, trained_on)
        SELECT advisor, account, 'Banc ' || n, '2026-01-01' FROM person;
    INSERT INTO membership (account, structure, role, accepted_at)
        SELECT p.account, s.id, 'advisor', now() FROM person p JOIN structure s USING (slug);
    INSERT INTO opening (id, advisor, structure, site, channels, repeat, starts_on, start_time, end_time)
        SELECT gen_random_uuid(), p.advisor, s.id, t.id, '{{in_person,video,phone}}', 'weekly',
            date_trunc('week', now())::date - 728 + (p.n + 2 * d) % 5, make_time(9 + 5 * (d % 2), 0, 0), make_time(12 + 5 * (d % 2), 0, 0)
        FROM person p JOIN structure s USING (slug) JOIN site t ON t.structure = s.id, generate_series(0, 2) d;
"""
_APPOINTMENTS = """
    CREATE TEMP TABLE taken AS
        SELECT gen_random_uuid() AS id, gen_random_uuid() AS youth, * FROM (
            (SELECT advisor, structure, starts_at, ends_at, 'booked' AS status FROM slot
                WHERE starts_at > now() AND random() < 0.4 ORDER BY random() LIMIT {appointments} / 2)
            UNION ALL
            (SELECT o.advisor, o.structure, at, at + interval '1 hour', 'honoured' FROM opening o, generate_series(1, 100) week,
                LATERAL (SELECT ((o.starts_on + 7 * week + o.start_time) AT TIME ZONE 'Europe/Paris') AS at) past
                WHERE at < now() - interval '1 day' LIMIT {appointments})
        ) wanted LIMIT {appointments};
    INSERT INTO youth (id, name, email, phone, birth_date, commune, consent_version, consented_at)
        SELECT youth, 'Banc', youth || '@example.org', '+33199000000', '2006-05-31', '33063', 'bench', now() FROM taken;
    INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at, status, created_at)
        SELECT id, youth, advisor, structure, 'phone', starts_at, ends_at, status, starts_at - interval '9 days' FROM taken;
"""


async def fill(platform, size):
    """Makes the region in the platform's database; its slots are the product's own projection."""
    await load_communes(platform)
    await platform.db.execute(_NETWORK.format(advisors=size.advisors))
    await rebuild(platform)
    await platform.db.execute(_APPOINTMENTS.format(appointments=size.appointments))
    await platform.db.execute("ANALYZE")
