"""Searching by the part of the day and from a day on."""

from datetime import date, datetime, timedelta

import pytest

from core.booking.offers import read_offers
from core.booking.search import list_starts, next_available, read_bookable
from core.booking.weeks import week
from core.booking.when import PARTS, When
from core.clock import PARIS
from core.testing.factories import make_slot
from tests.booking.conftest import TUESDAY, make_desk

DAY = timedelta(days=1)


@pytest.fixture
async def whole_days(database, desk):
    """Slots from 8 to 20 on a Tuesday of winter and on one of summer."""
    for on in (date(2027, 2, 9), date(2027, 3, 30)):
        for hour in range(8, 21):
            start = datetime(on.year, on.month, on.day, hour, tzinfo=PARIS)
            await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_of_the_day_is_that_of_the_wall_in_winter_and_in_summer(
    platform, desk, whole_days, part
):
    first, end = PARTS[part]
    for monday in (date(2027, 2, 8), date(2027, 3, 29)):
        opens = datetime(monday.year, monday.month, monday.day, tzinfo=PARIS)
        starts = await list_starts(platform, desk.sought(), opens, opens + 7 * DAY, When(part=part))
        hours = [start.astimezone(PARIS).hour for start in starts]
        assert hours == [hour for hour in range(8, 21) if first <= hour < end]
        found = await next_available(platform, desk.sought(), opens, When(part=part))
        assert found == starts[0]


async def test_offers_are_narrowed_in_one_query(platform, desk, whole_days, monkeypatch):
    queries = []
    fetch = type(platform.db).fetch

    async def counting(self, sql, *args):
        queries.append(sql)
        return await fetch(self, sql, *args)

    monkeypatch.setattr(type(platform.db), "fetch", counting)
    evenings = When(part="evening", since=datetime(2027, 2, 10, tzinfo=PARIS))
    (offer,) = (await read_offers(platform, "in_person", when=evenings)).ordered()
    assert [start.astimezone(PARIS).hour for start in offer.starts] == [18, 19, 20]
    assert offer.starts[0].astimezone(PARIS).date() == date(2027, 3, 30)
    assert len(queries) == 1


async def test_a_week_without_that_part_points_to_another_time_of_day(platform, database):
    desk = await make_desk(database)
    structure = await read_bookable(platform, structure_id=desk.structure)
    on = TUESDAY.date()
    shown = await week(platform, structure, desk.sought(), on, when=When(part="morning"))
    assert (shown.empty, shown.next_available, shown.otherwise) == (True, None, TUESDAY)
    shown = await week(platform, structure, desk.sought(), on, when=When(part="afternoon"))
    assert (shown.empty, shown.otherwise) == (False, None)


async def test_the_search_page_narrows_and_always_says_what_comes_next(client, desk, database):
    evening = TUESDAY.replace(hour=18) + DAY
    await make_slot(database, desk.advisor, desk.structure, evening, site=desk.site)
    shown = (await client.get("/recherche?canal=in_person&moment=evening")).text
    assert shown.count('name="ticket"') == 1
    assert 'value="evening" selected' in shown
    assert "&amp;moment=evening" in shown
    assert "48 heures à l’avance" in shown
    late = (await client.get("/recherche?canal=in_person&des=2027-02-03&moment=afternoon")).text
    assert 'name="ticket"' not in late
    assert "Rien à ce moment-là" in late
    assert "mercredi 3 février 2027 à 18 h</li>" in late
    assert "moment=&amp;des=2027-02-03" in late
    after = (await client.get("/recherche?canal=in_person&des=2027-02-04")).text
    assert "mardi 2 février 2027 à 14 h</li>" in after
    assert "Me prévenir" in late
    beyond = (await client.get("/recherche?canal=in_person&des=2027-06-01")).text
    assert "pas encore ouverts" in beyond
    assert "dimanche 25 avril 2027" in beyond
    assert "Rien à ce moment-là" not in beyond
    for nonsense in ("moment=nuit&des=demain", "des=2020-01-01", "des=9999-12-31"):
        assert (await client.get(f"/recherche?{nonsense}")).status_code == 200


async def test_the_week_page_keeps_the_part_of_the_day(client, desk, database):
    slug = await database.fetch_value("SELECT slug FROM structure")
    path = f"/creneaux/{slug}?canal=in_person"
    morning = (await client.get(f"{path}&moment=morning&lundi=2027-02-02")).text
    assert "Rien de libre à ce moment de la journée" in morning
    assert "À un autre moment" in morning
    assert "moment=morning&amp;lundi=2027-02-08" in morning
    afternoon = (await client.get(f"{path}&moment=afternoon")).text
    assert afternoon.count('name="ticket"') == 3
