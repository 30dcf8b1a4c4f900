"""The agenda by day, week and month."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.sessions import open_session, read_session
from core.agenda.desk import read_desk
from core.agenda.events import Event
from core.agenda.gauge import offered_by_week
from core.agenda.month import read_month
from core.agenda.service import refresh
from core.agenda.week import read_days, side_by_side
from core.testing.factories import (
    account_of,
    make_advisor,
    make_appointment,
    make_opening,
    make_structure,
    signed_in,
)

TUESDAY = datetime(2027, 2, 2, 13, tzinfo=UTC)


@pytest.fixture
async def place(database):
    structure = await make_structure(database)
    return structure, await make_advisor(database, structure)


async def at_desk(platform, advisor):
    cookie = await open_session(platform, await account_of(platform.db, advisor))
    user = await read_session(platform, cookie.value)
    return user, await read_desk(platform, user)


def event(row, rows, kind="appointment"):
    return Event(kind=kind, starts_at=TUESDAY, ends_at=TUESDAY, title="", row=row, rows=rows)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 12)), max_size=10))
def test_events_that_share_a_row_share_no_lane_as_long_as_there_are_lanes(spans):
    placed = side_by_side(event(row, rows) for row, rows in spans)
    assert sorted((one.row, one.rows) for one in placed) == sorted(spans)
    for one in placed:
        assert 0 <= one.lane < one.lanes <= 4
        for other in placed:
            together = one.row < other.row + other.rows and other.row < one.row + one.rows
            if other is not one and together and max(one.lane, other.lane) < 3:
                assert one.lane != other.lane


async def test_a_day_says_what_is_free_held_taken_and_busy_elsewhere(platform, database, place):
    structure, advisor = place
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    await make_appointment(database, advisor, structure, TUESDAY)
    hour = timedelta(hours=1)
    await database.execute(
        "INSERT INTO hold (id, token_hash, advisor, structure, channel, starts_at, ends_at, created_at, expires_at)"
        " VALUES (gen_random_uuid(), '\\x01', $1, $2, 'phone', $3, $4, $5, $6)",
        advisor,
        structure,
        TUESDAY + hour,
        TUESDAY + 2 * hour,
        platform.clock.now(),
        platform.clock.now() + hour,
    )
    await database.execute(
        "INSERT INTO outside_busy (advisor, source, starts_at, ends_at, label) VALUES ($1, 'x:busy', $2, $3, 'Dentiste')",
        advisor,
        TUESDAY + timedelta(hours=8),
        TUESDAY + timedelta(hours=13),
    )
    user, desk = await at_desk(platform, advisor)
    tuesday, wednesday = await read_days(platform, user, desk, date(2027, 2, 2), 2)
    assert [(one.kind, one.detail) for one in tuesday.events] == [
        ("opening", "1 créneau libre"),
        ("appointment", "Par téléphone"),
        ("hold", ""),
        ("busy", "x:busy"),
    ]
    # It goes on after midnight: each day shows its own part.
    assert [(one.kind, one.title, one.rows) for one in wednesday.events] == [
        ("busy", "Dentiste", 1)
    ]


async def test_what_a_source_said_is_kept_and_goes_with_it(platform, database, place, monkeypatch):
    structure, advisor = place
    await make_opening(database, advisor, structure)
    await database.execute(
        "INSERT INTO outside_busy (advisor, source, starts_at, ends_at) VALUES ($1, 'gone:source', $2, $3)",
        advisor,
        TUESDAY,
        TUESDAY + timedelta(hours=1),
    )
    await refresh(platform, [advisor])
    assert await database.fetch_value("SELECT count(*) FROM outside_busy") == 0


async def test_a_month_counts_and_names_the_days_off_across_the_clock_change(
    platform, database, place
):
    structure, advisor = place
    await make_opening(
        database,
        advisor,
        structure,
        repeat="weekly",
        starts_on=date(2027, 3, 22),
        start_time=time(9),
        end_time=time(11),
    )
    await refresh(platform, [advisor])
    await make_appointment(database, advisor, structure, datetime(2027, 3, 22, 8, tzinfo=UTC))
    user, desk = await at_desk(platform, advisor)
    weeks = await read_month(platform, user, desk, date(2027, 3, 1))
    days = {one.day: one for week in weeks for one in week}
    assert [len(week) for week in weeks] == [7] * 5
    assert (days[date(2027, 3, 22)].appointments, days[date(2027, 3, 22)].free) == (1, 1)
    assert days[date(2027, 3, 29)].holiday == "Lundi de Pâques"
    assert days[date(2027, 3, 29)].free == 0
    assert days[date(2027, 4, 4)].in_month is False


async def test_the_offer_counts_hours_week_by_week_in_one_query(platform, database, place):
    structure, advisor = place
    await make_opening(
        database,
        advisor,
        structure,
        repeat="weekly",
        starts_on=date(2027, 2, 1),
        start_time=time(9),
        end_time=time(12),
        slot_minutes=30,
    )
    await refresh(platform, [advisor])
    offered = await offered_by_week(platform, [structure], date(2027, 1, 25), 4)
    assert offered == {structure: [0, 3, 3, 3]}


async def test_the_pages_turn_keep_the_day_and_carry_it_to_the_forms(
    platform, database, place, client
):
    structure, advisor = place
    await make_appointment(
        database, advisor, structure, TUESDAY - timedelta(days=20), status="booked"
    )
    await signed_in(platform, client, await account_of(database, advisor))
    week = (await client.get("/agenda/semaine?lundi=2027-02-03")).text
    assert "Semaine du lundi 1 février 2027" in week
    assert 'href="/agenda/mois?jour=2027-02-01"' in week
    assert 'href="/plages/nouvelle?jour=2027-02-02"' in week
    assert re.search(r"entretiens à renseigner\s:</span> 1", week)
    day = (await client.get("/agenda/jour?jour=2027-02-02")).text
    assert "Mardi 2 février 2027" in day
    assert 'href="/agenda/jour?jour=2027-02-03"' in day
    month = (await client.get("/agenda/mois?jour=2027-02-14")).text
    assert "Février 2027" in month
    assert 'href="/agenda/mois?jour=2027-03-01"' in month
    opening = (await client.get("/plages/nouvelle?jour=2027-02-02&debut=10:30")).text
    assert 'value="2027-02-02"' in opening
    assert 'value="10:30"' in opening
    assert 'value="13:30"' in opening
    absence = (await client.get("/absences/nouvelle?jour=2027-02-02&debut=10:30")).text
    assert 'value="11:30"' in absence
    assert (await client.get("/plages/nouvelle?debut=midi")).status_code == 200
    assert (await client.get("/agenda/mois?jour=1900-01-01")).status_code == 404


async def test_the_page_says_why_nobody_can_book(platform, database, place, client):
    structure, advisor = place
    await signed_in(platform, client, await account_of(database, advisor))
    assert "Aucune plage à venir" in (await client.get("/agenda")).text
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    assert "Aucune plage à venir" not in (await client.get("/agenda")).text
    for number in range(3):
        await make_appointment(database, advisor, structure, TUESDAY + timedelta(hours=number))
    assert "Tous les créneaux à venir sont pris" in (await client.get("/agenda")).text
