"""The scenarios of the slots again, under other terms than the region's. Monday 25 January 2027, 08:00 in Paris."""

from datetime import date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agenda.gauge import offered_this_week
from core.agenda.holidays import holiday_name, is_pentecost_monday, is_working_day
from core.agenda.service import refresh, refresh_structure
from core.agenda.terms import OwnTerms, read_terms, resolve
from core.clock import PARIS
from core.settings import BookingSettings
from core.testing.factories import (
    account_of,
    make_appointment,
    make_opening,
    make_site,
    make_structure,
    signed_in,
)
from tests.agenda.test_pages import WEEKLY, send
from tests.agenda.test_refresh import make_absence, on, starts, weekly

DAY = date(2027, 2, 2)


async def settle(database, structure, **terms):
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(terms, 2))
    await database.execute(
        f"UPDATE structure SET {columns} WHERE id = $1", structure, *terms.values()
    )


owns = st.builds(
    OwnTerms,
    slot_minutes=st.none() | st.integers(15, 240),
    buffer_minutes=st.none() | st.integers(0, 120),
    step_minutes=st.none() | st.sampled_from([0, 30]),
    horizon_days=st.none() | st.integers(7, 365),
    open_on_holidays=st.none() | st.booleans(),
    pentecost_monday=st.none() | st.sampled_from(["open", "closed", "as_holidays"]),
    age_rule=st.none() | st.sampled_from(["refuse", "flag"]),
)
leads = st.sampled_from([{}, {"lead_hours": 0}, {"lead_hours": 24}, {"lead_days": 3}])
regions = st.builds(
    BookingSettings,
    buffer_minutes=st.sampled_from([0, 10]),
    lead_unit=st.sampled_from(["hours", "working_days"]),
    open_on_holidays=st.booleans(),
    pentecost_monday=st.sampled_from(["open", "closed", "as_holidays"]),
    age_rule=st.sampled_from(["refuse", "flag"]),
)


@given(own=owns, lead=leads, region=regions)
def test_a_structures_own_terms_win_and_the_rest_is_the_regions(own, lead, region):
    found = resolve(msgspec.structs.replace(own, **lead), region)
    for name in ("slot_minutes", "buffer_minutes", "step_minutes", "horizon_days", "age_rule"):
        asked = getattr(own, name)
        assert getattr(found, name) == (getattr(region, name) if asked is None else asked)
    if lead:
        assert found.lead_days == lead.get("lead_days")
        assert found.lead_days or found.lead_hours == lead["lead_hours"]
    else:
        assert found.lead_hours == region.lead_hours
        assert found.lead_days == (2 if region.lead_unit == "working_days" else None)
    apart = own.pentecost_monday or region.pentecost_monday
    as_others = apart == "as_holidays"
    assert found.open_on_pentecost == (found.open_on_holidays if as_others else apart == "open")


@pytest.mark.parametrize("year", range(2024, 2044))
def test_pentecost_monday_is_fifty_days_after_easter_in_any_year(year):
    monday = next(
        day for n in range(151) if is_pentecost_monday(day := date(year, 5, 1) + timedelta(n))
    )
    easter_monday = monday - timedelta(days=49)
    assert holiday_name(easter_monday) == "Lundi de Pâques"
    assert monday.weekday() == 0
    assert not is_working_day(monday)
    assert is_working_day(monday + timedelta(days=1))
    assert not is_working_day(monday - timedelta(days=1))


async def test_s01_a_start_every_half_hour_as_long_as_a_whole_slot_follows(
    platform, database, structure, advisor
):
    await settle(database, structure, step_minutes=30)
    await make_opening(database, advisor, structure, start_time=time(9), end_time=time(11, 20))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), DAY) == ["09:00", "09:30", "10:00"]


async def test_an_openings_own_length_wins_over_the_structures(
    platform, database, structure, advisor
):
    await settle(database, structure, slot_minutes=45)
    await make_opening(database, advisor, structure, start_time=time(9), end_time=time(11))
    own = {"start_time": time(14), "end_time": time(16), "slot_minutes": 60}
    await make_opening(database, advisor, structure, **own)
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), DAY) == ["09:00", "09:45", "14:00", "15:00"]
    [length] = await database.fetch(
        "SELECT max(ends_at - starts_at) AS most, min(busy_until - starts_at) AS least FROM slot"
    )
    assert (length["most"], length["least"]) == (timedelta(minutes=60), timedelta(minutes=45))


async def test_s06_s08_a_pause_is_not_offered_away_to_an_absence(
    platform, database, structure, advisor
):
    await settle(database, structure, buffer_minutes=15)
    await make_absence(database, advisor, start_time=time(8), end_time=time(10))
    await make_absence(database, advisor, start_time=time(13), end_time=time(14))
    await make_opening(database, advisor, structure, start_time=time(9), end_time=time(16))
    await refresh(platform, [advisor])
    assert on(await starts(database, advisor), DAY) == ["10:00", "11:00", "14:00", "15:00"]
    assert (
        await database.fetch_value(
            "SELECT count(*) FROM slot WHERE busy_until = ends_at + interval '15 minutes'"
        )
        == 4
    )


async def test_s14_s17_starts_are_offered_once_and_until_the_last_day(
    platform, database, clock, structure, advisor
):
    clock.set(datetime(2027, 2, 23, 0, 0, tzinfo=PARIS))
    await settle(database, structure, step_minutes=30, buffer_minutes=10)
    until = {"ends_on": date(2027, 2, 23)}
    for start, end in ((9, 11), (10, 12)):
        await make_opening(database, advisor, structure, **weekly(DAY, start, end, **until))
    await refresh(platform, [advisor])
    found = await starts(database, advisor)
    assert on(found, date(2027, 2, 23)) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert len(found) == 5


async def test_s22_a_disabled_site_takes_in_person_away_on_any_grid(
    platform, database, structure, advisor
):
    await settle(database, structure, step_minutes=30)
    site = await make_site(database, structure)
    await make_opening(database, advisor, structure, site=site, channels=["in_person", "phone"])
    await refresh(platform, [advisor])
    await database.execute("UPDATE site SET is_enabled = false")
    await refresh_structure(platform, structure)
    rows = await database.fetch("SELECT site, channels FROM slot")
    assert [(row["site"], row["channels"]) for row in rows] == [(None, ["phone"])] * 5


@pytest.mark.parametrize(
    ("terms", "offered"),
    [
        ({}, set()),
        ({"open_on_holidays": True}, {6, 17}),
        ({"open_on_holidays": True, "pentecost_monday": "closed"}, {6}),
        ({"pentecost_monday": "open"}, {17}),
        ({"open_on_holidays": False, "pentecost_monday": "as_holidays"}, set()),
    ],
)
async def test_s23_pentecost_monday_has_a_setting_of_its_own(
    platform, database, clock, structure, advisor, terms, offered
):
    clock.set(datetime(2027, 4, 1, 8, tzinfo=PARIS))
    if terms:
        await settle(database, structure, **terms)
    for day in (date(2027, 4, 8), date(2027, 4, 5)):
        await make_opening(database, advisor, structure, **weekly(day, 9, 10))
    await refresh(platform, [advisor])
    days = {one.date() for one in await starts(database, advisor)}
    assert {day for day in (6, 17) if date(2027, 5, day) in days} == offered
    assert {date(2027, 5, 13), date(2027, 5, 10)} <= days


async def test_s29_the_grid_follows_the_wall_on_either_side_of_the_change_of_time(
    platform, database, structure, advisor
):
    await settle(database, structure, step_minutes=90)
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 1), 10, 13))
    await refresh(platform, [advisor])
    found = [one.isoformat() for one in await starts(database, advisor)]
    assert "2027-03-22T11:30:00+01:00" in found
    assert "2027-04-05T11:30:00+02:00" in found


async def test_the_gauge_counts_what_can_be_held_not_every_start(
    platform, database, structure, advisor
):
    await settle(database, structure, step_minutes=15)
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    monday = date(2027, 2, 1)
    assert await database.fetch_value("SELECT count(*) FROM slot") == 9
    assert (await offered_this_week(platform, [structure], monday))[structure] == 3
    # Booked between two counted starts: still one of the three.
    await make_appointment(database, advisor, structure, datetime(2027, 2, 2, 14, 15, tzinfo=PARIS))
    assert (await offered_this_week(platform, [structure], monday))[structure] == 3
    await settle(database, structure, buffer_minutes=15)
    await refresh(platform, [advisor])
    assert (await offered_this_week(platform, [structure], monday))[structure] == 2
    # The opening is gone since: what was booked was offered.
    await database.execute("DELETE FROM opening")
    await refresh(platform, [advisor])
    assert (await offered_this_week(platform, [structure], monday))[structure] == 1


async def test_a_refresh_under_terms_of_ones_own_is_idempotent(
    platform, database, structure, advisor
):
    await settle(
        database, structure, step_minutes=20, buffer_minutes=15, slot_minutes=50, horizon_days=30
    )
    await make_opening(database, advisor, structure, **weekly(DAY, 9, 17))
    [first] = await refresh(platform, [advisor])
    [second] = await refresh(platform, [advisor])
    assert first.written == 4 * 22
    assert (second.written, second.removed) == (0, 0)
    await settle(database, structure, buffer_minutes=None)
    [third] = await refresh(platform, [advisor])
    assert (third.written, third.removed) == (4 * 22, 0)


async def test_terms_of_several_structures_are_one_query_and_never_mixed(platform, database):
    one = await make_structure(database, lead_days=3, slot_minutes=45)
    other = await make_structure(database, lead_hours=0, open_on_holidays=True)
    found = await read_terms(platform, [one, other])
    assert (found[one].lead_days, found[one].slot_minutes) == (3, 45)
    assert (found[other].lead_days, found[other].lead_hours) == (None, 0)
    assert (found[one].open_on_pentecost, found[other].open_on_pentecost) == (False, True)


async def test_the_pages_of_openings_follow_the_terms_of_the_structure(
    platform, client, database, structure, advisor
):
    me = await signed_in(platform, client, await account_of(database, advisor))
    await settle(database, structure, slot_minutes=45, step_minutes=30, buffer_minutes=10)
    assert "comme dans votre structure, 45" in (await me.get("/plages/nouvelle")).text
    typed = {**WEEKLY, "slot_minutes": "", "end_time": "15:30"}
    shown = (await send(me, "/plages/apercu", typed)).text
    for hour in ("14 h", "14 h 30"):
        assert f">{hour}</time>" in shown
    assert ">15 h</time>" not in shown
    assert "toutes les 30 minutes" in shown
    assert "Une pause de 10 minutes suit chaque entretien" in shown
    short = await send(me, "/plages", {**typed, "end_time": "14:40"})
    assert "un créneau dure 45 minutes" in short.text
    assert (await send(me, "/plages", typed)).status_code == 303
    assert await database.fetch_value("SELECT slot_minutes FROM opening") is None
    assert "créneaux de 45 min" in (await me.get("/plages")).text
    assert on(await starts(database, advisor), DAY) == ["14:00", "14:30"]


async def test_the_week_shows_openings_on_the_public_holidays_that_the_structure_keeps_open(
    platform, client, database, structure, advisor
):
    me = await signed_in(platform, client, await account_of(database, advisor))
    await make_opening(database, advisor, structure, **weekly(date(2027, 2, 1), 9, 10))
    address = "/agenda/semaine?jour=2027-05-17"
    opening = 'data-kind="opening"'
    legend_only = (await me.get(address)).text.count(opening)
    await settle(database, structure, pentecost_monday="open")
    assert (await me.get(address)).text.count(opening) == legend_only + 1
    easter = (await me.get("/agenda/semaine?jour=2027-03-29")).text
    assert easter.count(opening) == legend_only
