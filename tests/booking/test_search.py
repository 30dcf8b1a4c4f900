import random
import time
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.booking.nearest import nearest
from core.booking.offers import distance_km, read_offers
from core.booking.rules import Horizon, LeadTime
from core.booking.search import (
    Sought,
    channel_keys,
    list_starts,
    next_available,
    read_bookable,
)
from core.booking.weeks import week
from core.errors import NotFound
from core.memory import Memory
from core.testing.factories import make_slot
from tests.booking.conftest import TUESDAY, make_desk
from tests.booking.test_rules import check

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_s24_the_lead_time_bound_is_inclusive(platform, desk, clock, database):
    wednesday = datetime.fromisoformat("2027-02-03T09:00:00+01:00")
    for hours in range(3):
        await make_slot(
            database, desk.advisor, desk.structure, wednesday + hours * HOUR, site=desk.site
        )
    clock.set(datetime.fromisoformat("2027-02-01T10:00:00+01:00"))
    starts = await list_starts(platform, desk.sought(), wednesday, wednesday + DAY)
    assert starts == [wednesday + HOUR, wednesday + 2 * HOUR]


async def test_s27_day_ninety_is_open_and_day_ninety_one_is_not_open_yet(platform, desk, database):
    last = datetime.fromisoformat("2027-04-25T19:00:00+02:00")
    for start in (last, last + DAY):
        await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)
    structure = await read_bookable(platform, structure_id=desk.structure)
    shown = await week(platform, structure, desk.sought(), date(2027, 4, 25))
    assert shown.days[6].starts == (last,)
    beyond = await week(platform, structure, desk.sought(), date(2027, 4, 26))
    assert beyond.not_open_yet
    assert beyond.empty
    assert {day.state for day in beyond.days} == {"not_open_yet"}
    assert beyond.next is None
    assert await next_available(platform, desk.sought(), last + HOUR) is None


async def test_s28_with_a_long_lead_an_empty_week_points_to_the_first_slot_after_it(
    platform, database
):
    desk = await make_desk(database, lead_hours=240)
    later = TUESDAY + 14 * DAY
    await make_slot(database, desk.advisor, desk.structure, later, site=desk.site)
    structure = await read_bookable(platform, structure_id=desk.structure)
    shown = await week(platform, structure, desk.sought(), date(2027, 1, 25))
    assert shown.empty
    assert not shown.not_open_yet
    assert shown.next_available == later
    assert shown.previous is None
    assert [day.state for day in shown.days] == ["too_soon"] * 7


async def test_without_a_date_the_week_of_the_first_free_slot_is_shown(platform, desk):
    structure = await read_bookable(platform, structure_id=desk.structure)
    shown = await week(platform, structure, desk.sought())
    assert shown.monday == date(2027, 2, 1)
    assert shown.days[1].starts == tuple(TUESDAY + n * HOUR for n in range(3))
    assert shown.previous == date(2027, 1, 25)


async def test_a_week_follows_the_wall_clock_across_the_change_of_time(platform, database):
    desk = await make_desk(database, hours=())
    for text in ("2027-03-27T10:00:00+01:00", "2027-03-29T00:30:00+02:00"):
        start = datetime.fromisoformat(text)
        await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)
    structure = await read_bookable(platform, structure_id=desk.structure)
    shown = await week(platform, structure, desk.sought(), date(2027, 3, 22))
    assert [len(day.starts) for day in shown.days] == [0, 0, 0, 0, 0, 1, 0]


async def test_a_structures_own_terms_win_over_the_regions(platform, database):
    desk = await make_desk(database, lead_hours=0, horizon_days=7)
    structure = await read_bookable(platform, structure_id=desk.structure)
    assert (structure.lead_hours, structure.horizon_days) == (0, 7)
    await make_slot(
        database, desk.advisor, desk.structure, platform.clock.now() + HOUR, site=desk.site
    )
    (offer,) = (await read_offers(platform, "in_person")).ordered()
    assert offer.starts == (platform.clock.now() + HOUR,)
    with pytest.raises(NotFound):
        await read_bookable(platform, "nowhere")


async def test_the_search_and_the_rules_agree_on_every_start(platform, database):
    desk = await make_desk(database, hours=(), lead_hours=30, horizon_days=20)
    now, rng = platform.clock.now(), random.Random(4)
    starts = {now + timedelta(minutes=rng.randrange(0, 60 * 24 * 25)) for _ in range(60)} | {
        now + timedelta(hours=30),
        now + timedelta(hours=30, minutes=-1),
    }
    for start in starts:
        await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)
    shown = await list_starts(platform, desk.sought(), now, now + 40 * DAY)
    terms = {"lead_hours": 30, "horizon_days": 20}
    assert shown == sorted(
        start
        for start in starts
        if not check(LeadTime(), now, starts_at=start, **terms)
        and not check(Horizon(), now, starts_at=start, **terms)
    )


async def test_offers_are_sorted_by_distance_or_by_date_and_empty_ones_come_last(
    platform, desk, database
):
    poitiers = await make_desk(database, hours=(10,), name="Poitiers")
    await database.execute(
        "UPDATE site SET lat = 46.58, lon = 0.34, department = '86' WHERE id = $1", poitiers.site
    )
    empty = await make_desk(database, hours=(), name="Vide")
    bordeaux = (44.84, -0.58)
    offers = await read_offers(platform, "in_person")
    near = offers.ordered(bordeaux, "nearest")
    assert [offer.site_id for offer in near] == [desk.site, poitiers.site, empty.site]
    soon = offers.ordered(bordeaux)
    assert [offer.site_id for offer in soon] == [poitiers.site, desk.site, empty.site]
    assert near[0].distance_km is not None
    assert near[0].distance_km < 1
    only = (await read_offers(platform, "in_person", department="86")).ordered()
    assert [offer.site_id for offer in only] == [poitiers.site]
    remote = (await read_offers(platform, "phone")).ordered()
    assert {offer.structure_id for offer in remote if offer.starts} == {
        desk.structure,
        poitiers.structure,
    }


async def test_nearest_starts_elsewhere_are_those_of_the_closest_hours_when_remote(
    platform, desk, database
):
    other = await make_desk(database, hours=(9, 18))
    await database.execute("DELETE FROM slot WHERE structure = $1", desk.structure)
    found = await nearest(platform, desk.sought("video"), TUESDAY)
    assert [choice.starts_at.hour for choice in found] == [17, 8]
    assert {choice.structure_id for choice in found} == {other.structure}


points = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(a=points, b=points)
def test_distance_is_a_distance(a, b):
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert 0 <= distance_km(a, b) <= 20_016
    assert distance_km(a, a) == 0


def test_bordeaux_to_poitiers_is_about_two_hundred_kilometres():
    assert distance_km((44.838, -0.5796), (46.580, 0.3408)) == pytest.approx(206.5, abs=2)


_REGION = """
    INSERT INTO structure (id, slug, name, kind, department, status)
    SELECT gen_random_uuid(), 's' || n, 'Structure ' || n, 'bij_pij', '33', 'active' FROM generate_series(1, 100) n;
    INSERT INTO site (id, structure, name, department, lat, lon)
    SELECT gen_random_uuid(), id, name, '33', 44 + random(), random() FROM structure;
    INSERT INTO account (id, email, name)
    SELECT gen_random_uuid(), 'a' || n || '@example.org', 'Essai' FROM generate_series(1, 300) n;
    INSERT INTO advisor (id, account, display_name) SELECT gen_random_uuid(), id, email FROM account;
    INSERT INTO slot
    SELECT a.id, s.id, at, at + interval '1 hour', site.id, '{in_person,video,phone}', 'core:openings', ''
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM advisor) a
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM structure) s ON s.n = (a.n - 1) / 3 + 1
    JOIN site ON site.structure = s.id
    CROSS JOIN generate_series(0, 12) week CROSS JOIN generate_series(0, 4, 2) day
    CROSS JOIN generate_series(0, 2) hour
    CROSS JOIN LATERAL (SELECT timestamptz '2027-01-25 08:00Z'
        + make_interval(weeks => week, days => (day + a.n % 5)::int, hours => hour) AS at) x;
    INSERT INTO youth (id, name, consent_version, consented_at) VALUES (gen_random_uuid(), 'Essai', '', now());
    INSERT INTO appointment (id, youth, advisor, structure, channel, starts_at, ends_at, created_at)
    SELECT gen_random_uuid(), (SELECT id FROM youth), advisor, structure, 'phone', starts_at, ends_at, now()
    FROM slot WHERE starts_at < '2027-03-01' AND hashtext(advisor::text || starts_at::text) % 3 = 0;
    ANALYZE
"""


@pytest.fixture
async def region(database):
    """100 structures × 3 advisors × 3 weekly openings of three hours, over 90 days; a third of five weeks is taken."""
    for statement in _REGION.split(";"):
        await database.execute(statement)
    assert await database.fetch_value("SELECT count(*) FROM slot") == 100 * 3 * 117
    return await database.fetch_value("SELECT id FROM structure LIMIT 1")


async def test_a_search_is_drawn_again_when_what_it_shows_has_changed_and_only_then(
    platform, client, desk, database, monkeypatch
):
    platform.memory = Memory(60)
    address = "/recherche?ou=Bordeaux&canal=in_person"
    first = (await client.get(address)).text
    assert [f"{hour} h" in first for hour in (14, 15, 16, 17)] == [True, True, True, False]
    drawn = []
    template = platform.templates.get_template("booking/results.html")
    render = template.render
    monkeypatch.setattr(template, "render", lambda *args: drawn.append(1) or render(*args))
    platform.memory.forget()
    assert (await client.get(address)).text.count("14 h") == first.count("14 h")
    assert not drawn
    await database.execute("DELETE FROM slot WHERE starts_at = $1", TUESDAY)
    await make_slot(database, desk.advisor, desk.structure, TUESDAY + 3 * HOUR, site=desk.site)
    platform.memory.forget()
    changed = (await client.get(address)).text
    assert [f"{hour} h" in changed for hour in (14, 15, 16, 17)] == [False, True, True, True]
    assert drawn == [1]


async def test_s33_the_next_slots_of_a_whole_region_are_quick_and_few_queries(
    platform, region, monkeypatch
):
    queries = []
    fetch = type(platform.db).fetch

    async def counting(self, sql, *args):
        queries.append(sql)
        return await fetch(self, sql, *args)

    monkeypatch.setattr(type(platform.db), "fetch", counting)
    around = (44.84, -0.58)
    best = 10.0
    for _ in range(4):
        queries.clear()
        began = time.perf_counter()
        offers = (await read_offers(platform, "in_person")).ordered(around, "nearest")
        remote = [(await read_offers(platform, mode)).ordered() for mode in ("video", "phone")]
        best = min(best, time.perf_counter() - began)
    assert len(queries) == 3
    assert len(offers) == 100
    assert all(len(offer.starts) == 3 for offer in (*offers, *remote[0], *remote[1]))
    assert best < 0.3


async def test_s33_a_week_and_the_nearest_slots_do_not_grow_with_the_region(platform, region):
    structure = await read_bookable(platform, structure_id=region)
    sought = Sought(structure_id=region, mode="video")
    best = 10.0
    for _ in range(3):
        began = time.perf_counter()
        shown = await week(platform, structure, sought, date(2027, 2, 8))
        near = await nearest(platform, sought, shown.days[4].starts[0])
        best = min(best, time.perf_counter() - began)
    assert len(near) == 5
    assert best < 0.1


def test_who_asks_for_video_gets_the_channel_of_that_name_whatever_else_a_plugin_brings():
    channels = {
        key: SimpleNamespace(item=SimpleNamespace(mode=mode))
        for key, mode in (("chat:room", "video"), ("phone", "phone"), ("video", "video"))
    }
    platform = SimpleNamespace(board=SimpleNamespace(channels=channels))
    assert channel_keys(platform, "video") == ["video", "chat:room"]
    assert channel_keys(platform, "phone") == ["phone"]
