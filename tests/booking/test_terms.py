"""Booking under other terms than the region's: pauses, slots that overlap, working days, age."""

import asyncio
import random
from datetime import date, datetime, time, timedelta

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda.holidays import holiday_name
from core.agenda.service import refresh_structure
from core.booking.holds import SlotTaken, take_hold
from core.booking.judge import RulesRefused
from core.booking.lead import earliest_start
from core.booking.nearest import nearest
from core.booking.offers import read_offers
from core.booking.options import list_cases
from core.booking.reassign import reassign
from core.booking.rules import Age, LeadTime
from core.booking.search import list_staff_choices, list_starts, next_available, read_bookable
from core.booking.service import book, cancel, move
from core.booking.views import read_view
from core.booking.weeks import week
from core.clock import PARIS
from core.errors import Conflict
from core.settings import MOST_LEAD_DAYS
from core.testing.factories import (
    account_of,
    make_advisor,
    make_appointment,
    make_opening,
    make_slot,
    make_structure,
    signed_in,
)
from core.web.figures import read_figures
from tests.booking.conftest import TUESDAY, applicant, booked, held, make_desk
from tests.booking.test_rules import check
from tests.interviews.conftest import user_of_account

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 1, 1, tzinfo=PARIS)
WINDOW = (TUESDAY - 8 * HOUR, TUESDAY + 8 * HOUR)


async def make_open_desk(database, platform, *, start=14, end=17, **terms):
    """A desk whose slots come from an opening on Tuesday, as a structure's terms have it."""
    desk = await make_desk(database, hours=(), **terms)
    hours = {"start_time": time(start), "end_time": time(end)}
    await make_opening(database, desk.advisor, desk.structure, site=desk.site, **hours)
    await refresh_structure(platform, desk.structure)
    return desk


async def walls(platform, desk, mode="in_person"):
    starts = await list_starts(platform, desk.sought(mode), *WINDOW)
    return [f"{start.astimezone(PARIS):%H:%M}" for start in starts]


async def test_s03_s04_s21_a_booking_takes_the_starts_that_overlap_it_and_gives_them_back(
    platform, desk, database
):
    desk = await make_open_desk(database, platform, step_minutes=30)
    assert await walls(platform, desk) == ["14:00", "14:30", "15:00", "15:30", "16:00"]
    one = await booked(platform, desk, TUESDAY + HOUR, mode="video")
    for mode in ("in_person", "video"):
        assert await walls(platform, desk, mode) == ["14:00", "16:00"]
    [offer] = [
        o for o in (await read_offers(platform, "in_person")).ordered() if o.site_id == desk.site
    ]
    assert offer.starts == (TUESDAY, TUESDAY + 2 * HOUR)
    await cancel(platform, one.appointment_id)
    assert await walls(platform, desk) == ["14:00", "14:30", "15:00", "15:30", "16:00"]


async def test_a_pause_keeps_the_neighbours_of_an_appointment_away_on_both_sides(
    platform, desk, database
):
    desk = await make_open_desk(database, platform, step_minutes=15, buffer_minutes=15)
    await booked(platform, desk, TUESDAY + 75 * MINUTE)  # 15:15 to 16:15, the pause until 16:30
    # 14:00 ends at 15:00 and pauses until 15:15; 14:15 would pause into the appointment.
    assert await walls(platform, desk) == ["14:00"]
    row = await database.fetch_one("SELECT ends_at, busy_until FROM appointment")
    assert row["busy_until"] - row["ends_at"] == 15 * MINUTE


async def test_a_hold_keeps_its_pause_and_colleagues_have_their_own(platform, desk, database):
    desk = await make_open_desk(database, platform, buffer_minutes=30)
    await held(platform, desk, TUESDAY + HOUR)
    assert await walls(platform, desk) == []  # 14:00 would pause into it, 16:00 begins in its pause
    assert await list_staff_choices(platform, desk.structure, "in_person") == []
    colleague = await make_advisor(database, desk.structure)
    await make_opening(database, colleague, desk.structure, site=desk.site)
    await refresh_structure(platform, desk.structure)
    assert await walls(platform, desk) == ["14:00", "15:00", "16:00"]


async def test_b02_the_database_refuses_what_begins_in_a_pause(platform, desk, database):
    desk = await make_open_desk(database, platform, buffer_minutes=15)
    other = await make_structure(database)
    # Written past every service, at the hour of a slot: the pause comes with it.
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY)
    pausing = {"ends_at": TUESDAY - 5 * MINUTE, "buffer_minutes": 10}
    for structure, start, values in (
        (desk.structure, TUESDAY + 70 * MINUTE, {}),
        (desk.structure, TUESDAY + HOUR, {}),
        (other, TUESDAY + 74 * MINUTE, {}),
        (other, TUESDAY - 50 * MINUTE, pausing),
    ):
        with pytest.raises(asyncpg.ExclusionViolationError):
            await make_appointment(database, desk.advisor, structure, start, **values)
    cancelled = {"status": "cancelled_by_youth"}
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY + HOUR, **cancelled)
    await make_appointment(database, desk.advisor, other, TUESDAY + 75 * MINUTE)
    await make_appointment(
        database, desk.advisor, other, TUESDAY - 50 * MINUTE, ends_at=TUESDAY - 5 * MINUTE
    )


async def test_a_slot_whose_pause_was_taken_while_the_form_was_filled_is_refused(
    platform, desk, database
):
    desk = await make_open_desk(database, platform, buffer_minutes=15)
    hold = await held(platform, desk)
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY + HOUR)
    with pytest.raises(SlotTaken):
        await book(platform, hold, applicant(email="other@example.org"))
    with pytest.raises(SlotTaken):
        await take_hold(platform, desk.sought(), TUESDAY)


async def test_a_move_takes_the_pause_of_the_new_slot_and_may_touch_its_own_old_one(
    platform, desk, database
):
    desk = await make_open_desk(database, platform, step_minutes=30)
    one = await booked(platform, desk)
    await database.execute("UPDATE structure SET buffer_minutes = 20")
    await refresh_structure(platform, desk.structure)
    stands = "SELECT busy_until - starts_at FROM appointment"
    assert await database.fetch_value(stands) == HOUR
    await move(platform, one.appointment_id, TUESDAY + 30 * MINUTE)
    assert await database.fetch_value(stands) == HOUR + 20 * MINUTE
    # 14:30 to 15:30 and its pause until 15:50.
    assert await walls(platform, desk) == ["16:00"]
    again = await held(platform, desk, TUESDAY + 2 * HOUR)
    await book(platform, again, applicant(), replace=True)
    assert await walls(platform, desk) == ["14:00", "14:30"]


async def test_a_change_of_the_pause_moves_no_appointment(platform, desk, database):
    desk = await make_open_desk(database, platform)
    for hour in range(3):
        await booked(platform, desk, TUESDAY + hour * HOUR, email=f"{hour}@example.org")
    await database.execute("UPDATE structure SET buffer_minutes = 60")
    await refresh_structure(platform, desk.structure)
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 3
    assert await walls(platform, desk) == []


async def test_random_bookings_on_a_fine_grid_never_overlap_and_fill_what_is_shown(
    platform, desk, database
):
    desk = await make_open_desk(
        database, platform, start=8, end=18, step_minutes=15, slot_minutes=45, buffer_minutes=10
    )
    rng = random.Random(5)
    while starts := await list_starts(platform, desk.sought(), *WINDOW):
        start = rng.choice(starts)
        await booked(platform, desk, start, email=f"{start:%H%M}@example.org")
    taken = await database.fetch("SELECT starts_at, busy_until FROM appointment ORDER BY starts_at")
    assert len(taken) >= 6
    slots = await database.fetch("SELECT starts_at, busy_until FROM slot")
    for slot in slots:
        assert any(
            one["starts_at"] < slot["busy_until"] and one["busy_until"] > slot["starts_at"]
            for one in taken
        )


async def test_b01_of_those_who_want_overlapping_starts_at_once_one_gets_it(
    platform, desk, database
):
    desk = await make_open_desk(database, platform, end=16, step_minutes=5, buffer_minutes=5)

    async def try_to_book(number):
        start = TUESDAY + number * 5 * MINUTE  # 14:00 to 14:55: each overlaps each
        try:
            await booked(platform, desk, start, email=f"{number}@example.org")
        except SlotTaken:
            return False
        return True

    won = await asyncio.gather(*(try_to_book(number) for number in range(12)))
    assert sum(won) == 1
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


def naive_earliest(now, days):
    """Counting the days on fingers."""
    day = now.astimezone(PARIS).date()
    while days:
        day += DAY
        if day.weekday() < 5 and not holiday_name(day):
            days -= 1
    return datetime.combine(day, time(), PARIS)


@given(
    now=st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: NOW + minutes * MINUTE),
    days=st.integers(1, MOST_LEAD_DAYS),
)
def test_working_days_are_counted_from_tomorrow_without_week_ends_and_public_holidays(now, days):
    assert earliest_start(now, 48, days) == naive_earliest(now, days)


def test_hours_are_elapsed_ones_over_a_change_of_time_wherever_now_is_read():
    now = datetime(2027, 3, 27, 8, tzinfo=PARIS)
    assert earliest_start(now, 48).isoformat() == "2027-03-29T07:00:00+00:00"


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        ("2027-01-29T17:00:00+01:00", 2, "2027-02-02T00:00:00+01:00"),  # Friday evening: Tuesday
        ("2027-01-30T09:00:00+01:00", 1, "2027-02-01T00:00:00+01:00"),  # Saturday: Monday
        ("2027-03-25T08:00:00+01:00", 2, "2027-03-30T00:00:00+02:00"),  # over Easter and the change of time
        ("2027-05-04T23:59:00+02:00", 2, "2027-05-07T00:00:00+02:00"),  # over Ascension
    ],
)  # fmt: skip
def test_two_working_days_give_two_working_days(now, days, expected):
    now, expected = datetime.fromisoformat(now), datetime.fromisoformat(expected)
    assert earliest_start(now, 48, days) == expected
    terms = {"lead_hours": 48, "lead_days": days}
    assert not check(LeadTime(), now, starts_at=expected, **terms)
    [refusal] = check(LeadTime(), now, starts_at=expected - MINUTE, **terms)
    assert "ouvré" in refusal.message
    assert not check(LeadTime(), now, starts_at=now + MINUTE, by_staff=True, **terms)


async def test_s24_s27_s28_the_search_and_the_rules_agree_on_working_days(
    platform, desk, database, clock
):
    clock.set(datetime.fromisoformat("2027-01-29T17:00:00+01:00"))
    desk = await make_desk(database, hours=(), lead_days=2, horizon_days=14)
    now = clock.now()
    for start in [now + n * 4 * HOUR for n in range(1, 110)]:
        await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)
    first = datetime.fromisoformat("2027-02-02T01:00:00+01:00")
    shown = await list_starts(platform, desk.sought(), now, now + 30 * DAY)
    assert shown[0] == first
    assert shown[-1].date() == date(2027, 2, 12)
    assert await next_available(platform, desk.sought(), now) == first
    assert (await nearest(platform, desk.sought(), now))[0].starts_at == first
    structure = await read_bookable(platform, structure_id=desk.structure)
    assert (structure.lead_days, structure.horizon_days) == (2, 14)
    now_week = await week(platform, structure, desk.sought(), date(2027, 1, 29))
    assert [day.state for day in now_week.days] == ["past"] * 4 + ["too_soon"] * 3
    assert now_week.next_available == first
    next_week = await week(platform, structure, desk.sought(), date(2027, 2, 1))
    assert [day.state for day in next_week.days] == ["too_soon"] + ["open"] * 6
    beyond = await week(platform, structure, desk.sought(), date(2027, 2, 15))
    assert beyond.not_open_yet
    assert beyond.next_available == first
    with pytest.raises(SlotTaken):
        await take_hold(platform, desk.sought(), first - 4 * HOUR)
    assert await booked(platform, desk, first)


async def test_each_structure_has_its_own_lead_time_in_one_query(platform, database):
    desks = {days: await make_desk(database, hours=(), lead_days=days) for days in (None, 1, 2, 5)}
    desks[0] = await make_desk(database, hours=(), lead_hours=0)
    now = platform.clock.now()
    for desk in desks.values():
        for n in range(1, 24 * 9):
            await make_slot(database, desk.advisor, desk.structure, now + n * HOUR, site=desk.site)
    offers = {
        offer.site_id: offer.starts[0]
        for offer in (await read_offers(platform, "in_person")).offers
    }
    assert offers == {
        desks[0].site: now + HOUR,
        desks[None].site: now + 48 * HOUR,
        **{desks[days].site: naive_earliest(now, days) for days in (1, 2, 5)},
    }
    # Four weeks of starts, each structure from its own bound on.
    expected = sum(
        1
        for desk in desks.values()
        for n in range(1, 24 * 9)
        if now + n * HOUR >= offers[desk.site]
    )
    assert (await read_figures(platform)).free_slots == expected


async def test_a_region_may_count_working_days_and_a_structure_hours(platform, desk, database):
    region = msgspec.structs.replace(
        platform.settings.booking, lead_unit="working_days", lead_days=3
    )
    platform.settings = msgspec.structs.replace(platform.settings, booking=region)
    own = await make_desk(database, lead_hours=24)
    assert (await read_bookable(platform, structure_id=desk.structure)).lead_days == 3
    assert (await read_bookable(platform, structure_id=own.structure)).lead_days is None
    now = platform.clock.now()
    for one in (desk, own):
        for n in (25, 49, 73, 100):
            start = now + n * HOUR
            await make_slot(database, one.advisor, one.structure, start, site=one.site)
    assert await next_available(platform, desk.sought(), now) == now + 73 * HOUR
    assert await next_available(platform, own.sought(), now) == now + 25 * HOUR


def test_b10_over_age_is_refused_or_let_in_as_the_structure_says():
    now = TUESDAY - 8 * DAY
    old = {"birth_date": date(1991, 2, 2), "starts_at": TUESDAY}
    [refusal] = check(Age(), now, **old)
    assert "mon-cep.org" in refusal.message
    assert check(Age(), now, age_rule="flag", **old) == []
    assert check(Age(), now, age_rule="flag", starts_at=TUESDAY, birth_date=None)
    assert check(Age(), now, age_rule="flag", starts_at=TUESDAY, birth_date=now.date() + DAY)


async def test_b10_who_is_let_in_is_marked_on_the_agenda_and_on_the_appointment(
    platform, client, database, desk
):
    desk = await make_open_desk(database, platform, age_rule="flag")
    strict = await make_open_desk(database, platform)
    old = await booked(platform, desk, birth_date=date(1991, 2, 2), name="Ancelin Essai")
    young = await booked(platform, desk, TUESDAY + HOUR, birth_date=date(1991, 2, 3))
    with pytest.raises(RulesRefused):
        await booked(platform, strict, birth_date=date(1991, 2, 2))
    assert (await read_view(platform, old.appointment_id)).is_over_age
    assert not (await read_view(platform, young.appointment_id)).is_over_age
    await signed_in(platform, client, await account_of(database, desk.advisor))
    mark = "Âge limite dépassé"
    for appointment, marked in ((old, True), (young, False)):
        page = await client.get(f"/entretiens/{appointment.appointment_id}")
        assert (mark in page.text) is marked
    platform.clock.set(TUESDAY - 3 * HOUR)
    await signed_in(platform, client, await account_of(database, desk.advisor))
    today = (await client.get("/agenda")).text
    assert today.count(mark) == 1
    assert today.index("Ancelin Essai") < today.index(mark) < today.index("Alix Essai")


async def test_the_form_and_the_week_say_the_terms_of_the_structure(
    platform, client, desk, database
):
    await database.execute("UPDATE structure SET lead_days = 2, age_rule = 'flag'")
    slug = await database.fetch_value("SELECT slug FROM structure")
    text = (await client.get(f"/creneaux/{slug}?canal=in_person&lundi=2027-01-25")).text
    assert "2\u00a0jours ouvrés" in text.replace("2 jours", "2\u00a0jours")
    assert "trop proche" in text
    token = await take_hold(platform, desk.sought(), TUESDAY)
    assert (
        "Au-delà, cette structure vous reçoit aussi"
        in (await client.get(f"/reserver/{token}")).text
    )
    await database.execute("UPDATE structure SET lead_days = NULL, lead_hours = 0")
    assert "à l’avance au moins" not in (await client.get(f"/creneaux/{slug}")).text


async def test_who_takes_over_keeps_a_pause_between_two_interviews(platform, desk, database):
    desk = await make_open_desk(database, platform)
    colleague = await make_advisor(database, desk.structure)
    hours = {"start_time": time(14), "end_time": time(17)}
    await make_opening(database, colleague, desk.structure, site=desk.site, **hours)
    await refresh_structure(platform, desk.structure)
    first, second = [
        await make_appointment(database, desk.advisor, desk.structure, TUESDAY + hour * HOUR)
        for hour in range(2)
    ]
    manager = await user_of_account(platform, await account_of(database, desk.advisor))
    views = [await read_view(platform, one) for one in (first, second)]
    given = {f"give:{colleague}"}
    assert {case.first for case in await list_cases(platform, manager, views)} == given
    await database.execute("UPDATE structure SET buffer_minutes = 15")
    await refresh_structure(platform, desk.structure)
    cases = await list_cases(platform, manager, views)
    assert [case.first for case in cases] == [*given, "keep"]
    await reassign(platform, first, manager, to=colleague)
    with pytest.raises(Conflict):
        await reassign(platform, second, manager, to=colleague)
    assert (
        await database.fetch_value(
            "SELECT busy_until - starts_at FROM appointment WHERE id = $1", first
        )
        == HOUR + 15 * MINUTE
    )
