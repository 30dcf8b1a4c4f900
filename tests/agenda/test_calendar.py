"""The calendar by day, week and month. Monday 25 January 2027, 08:00 in Paris."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.accounts.sessions import open_session, read_session
from core.agenda.desk import read_desk
from core.agenda.gauge import offered_by_week
from core.agenda.month import read_month
from core.agenda.outside import list_outside
from core.agenda.service import rebuild, refresh
from core.agenda.week import read_day, read_week
from core.clock import PARIS
from core.contracts.agenda import BusyAnswer, BusyTime
from core.testing.factories import (
    account_of,
    join,
    make_advisor,
    make_appointment,
    make_opening,
    make_slot,
    make_structure,
    make_youth,
    signed_in,
)

TUESDAY = date(2027, 2, 2)
TWO = datetime(2027, 2, 2, 14, tzinfo=PARIS)
HOUR = timedelta(hours=1)


@pytest.fixture
async def me(platform, client, database, advisor):
    return await signed_in(platform, client, await account_of(database, advisor))


@pytest.fixture
async def manager(platform, client, database, structure):
    manager = await make_advisor(database, structure, role="manager", display_name="Claude R.")
    return await signed_in(platform, client, await account_of(database, manager))


async def at_desk(platform, advisor):
    cookie = await open_session(platform, await account_of(platform.db, advisor))
    user = await read_session(platform, cookie.value)
    return user, await read_desk(platform, user)


async def busy(database, advisor, start, end, label=""):
    await database.execute(
        "INSERT INTO outside_busy (advisor, source, starts_at, ends_at, label) VALUES ($1, 'essai:busy', $2, $3, $4)",
        advisor,
        start,
        end,
        label,
    )


async def absent(database, advisor, start, end, label=""):
    await database.execute(
        "INSERT INTO absence (id, advisor, label, starts_on, start_time, ends_on, end_time)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
        advisor,
        label,
        start.date(),
        start.time(),
        end.date(),
        end.time(),
    )


async def hold(platform, advisor, structure, start):
    await platform.db.execute(
        "INSERT INTO hold (id, token_hash, advisor, structure, channel, starts_at, ends_at, created_at, expires_at)"
        " VALUES (gen_random_uuid(), '\\x01', $1, $2, 'phone', $3, $4, $5, $6)",
        advisor,
        structure,
        start,
        start + HOUR,
        platform.clock.now(),
        platform.clock.now() + HOUR,
    )


# What is kept of outside calendars


async def test_what_a_source_told_is_kept_until_it_says_otherwise_or_is_off(
    platform, database, advisor, structure, source, switch
):
    await switch(structure, "on")
    await make_opening(database, advisor, structure)
    told = BusyTime(advisor_id=advisor, starts_at=TWO, ends_at=TWO + HOUR, label="Dentiste")
    empty = BusyTime(advisor_id=advisor, starts_at=TWO, ends_at=TWO)

    async def kept():
        found = await list_outside(platform, advisor, TWO, TWO + 2 * HOUR)
        return [(one.source, one.label) for one in found]

    async def answer(context, query):
        return BusyAnswer(busy=[told, told, empty])

    async def silence(context, query):
        raise RuntimeError("out of order")

    async def close(context, query):
        return BusyAnswer(closed={advisor: "Trop vieux."})

    source.answer = answer
    await refresh(platform, [advisor])
    assert await kept() == [("essai:busy", "Dentiste")]
    for trouble in (silence, close):
        source.answer = trouble
        await refresh(platform, [advisor])
        assert await kept() == [("essai:busy", "Dentiste")]
    source.answer = None
    await refresh(platform, [advisor])
    assert await kept() == []
    source.answer = answer
    await refresh(platform, [advisor])
    await switch(structure, "off")
    await refresh(platform, [advisor])
    assert await kept() == []


async def test_a_refresh_that_learns_nothing_writes_nothing_and_the_past_is_forgotten_in_time(
    platform, database, advisor, structure, source, switch, clock
):
    await switch(structure, "on")
    long_past, past = TWO - timedelta(days=90), TWO - timedelta(days=20)
    for start in (long_past, past):
        await busy(database, advisor, start, start + HOUR)

    async def answer(context, query):
        return BusyAnswer(busy=[BusyTime(advisor_id=advisor, starts_at=TWO, ends_at=TWO + HOUR)])

    source.answer = answer
    await refresh(platform, [advisor])
    before = await database.fetch("SELECT xmin, starts_at FROM outside_busy ORDER BY starts_at")
    await refresh(platform, [advisor])
    assert (
        await database.fetch("SELECT xmin, starts_at FROM outside_busy ORDER BY starts_at")
        == before
    )
    await rebuild(platform)
    rows = await database.fetch("SELECT starts_at FROM outside_busy ORDER BY 1")
    assert [row["starts_at"] for row in rows] == [past, TWO]


# The grid


async def test_a_day_shows_openings_free_hours_and_what_takes_them(
    platform, database, advisor, structure
):
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    await make_appointment(database, advisor, structure, TWO)
    await hold(platform, advisor, structure, TWO + HOUR)
    await busy(database, advisor, TWO - 5 * HOUR, TWO + HOUR, "Dentiste")
    user, desk = await at_desk(platform, advisor)
    [day] = (await read_day(platform, user, desk, TUESDAY)).days
    shown = [
        (one.kind, one.title, one.span.first, one.span.lane, one.span.lanes) for one in day.events
    ]
    assert shown == [
        ("outside", "Dentiste", 9 * 60, 0, 2),
        ("opening", "Plage d’ouverture", 14 * 60, 0, 1),
        ("appointment", "Alix Essai", 14 * 60, 1, 2),
        ("hold", "Réservation en cours", 15 * 60, 0, 1),
        ("vacancy", "Libre", 16 * 60, 0, 1),
    ]
    assert (day.appointments, day.vacancies) == (1, 1)


async def test_starts_that_overlap_show_as_many_free_hours_as_can_be_held(
    platform, database, advisor, structure
):
    await database.execute("UPDATE structure SET step_minutes = 15, buffer_minutes = 10")
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    await make_appointment(database, advisor, structure, TWO + timedelta(minutes=15))
    user, desk = await at_desk(platform, advisor)
    [day] = (await read_day(platform, user, desk, TUESDAY)).days
    free = [one.span.first for one in day.events if one.kind == "vacancy"]
    assert free == [15 * 60 + 30]


async def test_what_fills_a_day_stands_above_it_and_nights_elsewhere_do_not_stretch_it(
    platform, database, advisor, structure
):
    await absent(
        database,
        advisor,
        datetime(2027, 2, 1, 8, tzinfo=PARIS),
        datetime(2027, 2, 3, 12, tzinfo=PARIS),
        "Congés",
    )
    await busy(database, advisor, TWO + 8 * HOUR, TWO + 13 * HOUR)
    user, desk = await at_desk(platform, advisor)
    grid = await read_week(platform, user, desk, TUESDAY)
    monday, tuesday, wednesday = grid.days[:3]
    assert [one.title for one in tuesday.whole] == ["Congés"]
    assert [(one.span.first, one.span.last) for one in monday.events] == [(480, 1440)]
    assert [(one.span.first, one.span.last) for one in wednesday.events] == [(0, 720)]
    assert (grid.first_hour, grid.last_hour) == (8, 18)


async def test_saturdays_show_when_something_happens_when_asked_or_when_chosen(
    platform, database, advisor, structure
):
    saturday, sunday = date(2027, 2, 6), date(2027, 2, 7)
    await make_appointment(database, advisor, structure, datetime(2027, 2, 6, 10, tzinfo=PARIS))
    user, desk = await at_desk(platform, advisor)

    async def shown(chosen=TUESDAY, **asked):
        grid = await read_week(platform, user, desk, chosen, **asked)
        return [day.day for day in grid.days if day.is_weekend], grid.hidden

    assert await shown() == ([saturday], 0)
    assert await shown(weekend="oui") == ([saturday, sunday], 0)
    assert await shown(weekend="non") == ([], 1)
    assert await shown(chosen=sunday, weekend="non") == ([sunday], 1)


@pytest.mark.parametrize(
    ("sunday", "change"), [(date(2027, 3, 28), "forward"), (date(2027, 10, 31), "back")]
)
async def test_a_week_in_which_clocks_change_keeps_its_hours_on_the_wall(
    platform, database, advisor, structure, clock, sunday, change
):
    clock.set(datetime(sunday.year, sunday.month, 1, 8, tzinfo=PARIS))
    for day in (sunday - timedelta(days=1), sunday):
        await make_opening(
            database, advisor, structure, starts_on=day, start_time=time(10), end_time=time(12)
        )
    await refresh(platform, [advisor])
    user, desk = await at_desk(platform, advisor)
    before, after = (await read_week(platform, user, desk, sunday)).days[-2:]
    assert (before.clock_change, after.clock_change) == ("", change)
    for day in (before, after):
        assert [(one.kind, one.span.first, one.span.last) for one in day.events] == [
            ("opening", 600, 720),
            ("vacancy", 600, 660),
            ("vacancy", 660, 720),
        ]


async def test_a_month_counts_people_and_free_hours_and_names_the_days_off(
    platform, database, advisor, structure
):
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
    await make_appointment(
        database,
        advisor,
        structure,
        datetime(2027, 3, 23, 8, tzinfo=UTC),
        status="cancelled_by_youth",
    )
    await absent(
        database,
        advisor,
        datetime(2027, 3, 24, 0, tzinfo=PARIS),
        datetime(2027, 3, 25, 12, tzinfo=PARIS),
        "Congés",
    )
    user, desk = await at_desk(platform, advisor)
    weeks = await read_month(platform, user, desk, date(2027, 3, 1))
    assert [len(week) for week in weeks] == [7] * 5
    days = {one.day: one for week in weeks for one in week}

    def figures(month, day):
        one = days[date(2027, month, day)]
        return one.appointments, one.vacancies, one.absence

    assert figures(3, 22) == (1, 1, "")
    assert figures(3, 23) == (0, 0, "")
    assert figures(3, 24) == (0, 0, "day")
    assert figures(3, 25) == (0, 0, "part")
    assert days[date(2027, 3, 29)].holiday == "Lundi de Pâques"
    assert figures(3, 29) == (0, 0, "")
    assert not days[date(2027, 4, 4)].is_inside


# The gauge


async def test_the_offer_counts_hours_week_by_week_whole_or_not_and_ones_own_part(
    platform, database, advisor, structure
):
    await database.execute("UPDATE structure SET horizon_days = 14")
    colleague = await make_advisor(database, structure)
    for who, day in ((advisor, 1), (colleague, 2)):
        await make_opening(
            database,
            who,
            structure,
            repeat="weekly",
            starts_on=date(2027, 2, day),
            start_time=time(9),
            end_time=time(12),
            slot_minutes=30 if who == advisor else 45,
        )
    await refresh(platform, [advisor, colleague])
    found = await offered_by_week(platform, [structure], date(2027, 1, 25), 4, advisor_id=advisor)
    assert [(one.hours, one.own, one.is_whole) for one in found[structure]] == [
        (0, 0, True),
        (6, 3, True),  # six of 30 minutes, four of 45
        (6, 3, False),  # the horizon ends on its Monday, slots are made a day further
        (0, 0, False),
    ]
    assert [one.is_short(3) for one in found[structure]] == [True, False, False, False]


# The pages


async def test_going_from_one_view_to_another_keeps_the_date_and_what_is_shown(me):
    query = "jour=2027-02-03&weekend=oui&annules=oui"
    for view in ("jour", "semaine", "mois"):
        page = (await me.get(f"/agenda/{view}?{query}")).text.replace("&amp;", "&")
        for other in ("jour", "semaine", "mois"):
            assert f'href="/agenda/{other}?{query}"' in page
        assert 'href="/agenda/semaine?jour=2027-01-25&weekend=oui' in page or view != "semaine"
    week = (await me.get(f"/agenda/semaine?{query}")).text
    assert "Semaine du lundi 1er février 2027" in week
    assert "semaine 5" in week
    assert "sam. 6" in week
    assert "Mercredi 3 février 2027" in (await me.get("/agenda/jour?jour=2027-02-03")).text
    month = (await me.get("/agenda/mois?jour=2027-02-14")).text
    assert "Février 2027" in month
    assert 'href="/agenda/mois?jour=2027-03-01"' in month


async def test_dates_too_far_away_or_nonsense_are_refused_kindly(me):
    for view in ("jour", "semaine", "mois"):
        for day in ("9999-12-31", "0001-01-01"):
            assert (await me.get(f"/agenda/{view}?jour={day}")).status_code == 404
        for query in ("jour=demain", "weekend=parfois", "annules=peut-etre"):
            assert (await me.get(f"/agenda/{view}?{query}")).status_code == 400


async def test_an_hour_that_was_pointed_at_fills_the_form_and_one_comes_back_to_its_week(
    me, database
):
    week = (await me.get("/agenda/semaine?jour=2027-02-02")).text.replace("&amp;", "&")
    assert 'href="/plages/nouvelle?jour=2027-02-02&retour=agenda"' in week
    query = "jour=2027-02-02&debut=10:30&fin=12:00&retour=agenda"
    opening = (await me.get(f"/plages/nouvelle?{query}")).text
    for value in ("2027-02-02", "10:30", "12:00"):
        assert f'value="{value}"' in opening
    assert 'action="/plages?retour=agenda"' in opening
    absence = (await me.get("/absences/nouvelle?jour=2027-02-02&debut=10:30")).text
    assert 'value="11:30"' in absence
    assert (await me.get("/plages/nouvelle?debut=midi&fin=tard")).status_code == 200
    token = me.cookies["somobilite_csrf"]
    form = {
        "_csrf_token": token,
        "repeat": "weekly",
        "every": "1",
        "starts_on": "2027-02-02",
        "start_time": "10:30",
        "end_time": "12:00",
        "channels": ["phone"],
    }
    answer = await me.post("/plages?retour=agenda", data=form)
    assert answer.headers["location"] == "/agenda/semaine?jour=2027-02-02"
    saved = await database.fetch_value("SELECT id FROM opening")
    week = (await me.get("/agenda/semaine?jour=2027-02-09")).text.replace("&amp;", "&")
    here = f"/plages/{saved}?jour=2027-02-09&retour=agenda"
    assert f'href="{here}"' in week
    page = (await me.get(here)).text.replace("&amp;", "&")
    for word in ("une", "suivantes", "toutes"):
        assert f"{here}&portee={word}" in page
    answer = await me.post(
        f"/plages/{saved}/supprimer?jour=2027-02-09&portee=une&retour=agenda",
        data={"_csrf_token": token},
    )
    assert answer.headers["location"] == "/agenda/semaine?jour=2027-02-09"


async def test_cancelled_appointments_show_when_asked(me, database, advisor, structure):
    await make_appointment(
        database,
        advisor,
        structure,
        TWO,
        status="cancelled_by_youth",
        youth=await make_youth(database, name="Nour Annule"),
    )
    for view in ("jour", "semaine"):
        assert "Nour Annule" not in (await me.get(f"/agenda/{view}?jour=2027-02-02")).text
        page = (await me.get(f"/agenda/{view}?jour=2027-02-02&annules=oui")).text
        assert "Nour Annule" in page
        assert 'data-state="cancelled"' in page


async def test_the_week_on_paper_has_the_number_to_call(me, database, advisor, structure):
    await make_appointment(database, advisor, structure, TWO)
    page = (await me.get("/agenda/semaine?jour=2027-02-02")).text
    assert '<p class="event-more on-paper">06 12 34 56 78</p>' in page


async def test_a_manager_sees_that_an_advisor_is_busy_but_not_with_what(
    manager, database, advisor, structure
):
    await busy(database, advisor, TWO, TWO + HOUR, "Rendez-vous médical")
    elsewhere = await make_structure(database, "Ailleurs")
    await join(database, await account_of(database, advisor), elsewhere)
    youth = await make_youth(database, name="Sasha Ailleurs", phone="+33698765432")
    await make_appointment(database, advisor, elsewhere, TWO + HOUR, youth=youth)
    await make_slot(database, advisor, elsewhere, TWO + 2 * HOUR)
    for view in ("jour", "semaine", "mois"):
        page = (await manager.get(f"/agenda/{view}?jour=2027-02-02&conseiller={advisor}")).text
        assert "médical" not in page
        assert "Sasha" not in page
        assert "06 98" not in page
        if view != "mois":
            assert "Occupé" in page
            assert "Essai" in page  # the calendar's name
            assert 'data-kind="appointment"' in page
            assert 'data-what="Libre"' not in page  # what is free in another structure is theirs
        assert f"conseiller={advisor}" in page
        assert (
            '<input type="hidden" name="jour" value="2027-02-02">' in page
        )  # to a colleague's, on that day


async def test_another_structures_calendar_does_not_exist(
    platform, client, database, advisor, structure
):
    stranger = await make_advisor(database, await make_structure(database), role="manager")
    await signed_in(platform, client, await account_of(database, stranger))
    for view in ("jour", "semaine", "mois"):
        assert (await client.get(f"/agenda/{view}?conseiller={advisor}")).status_code == 404


async def test_reading_the_calendar_changes_nothing(me, database, advisor, structure):
    await make_opening(database, advisor, structure)
    for view in ("jour", "semaine", "mois"):
        assert (await me.get(f"/agenda/{view}")).status_code == 200
    assert await database.fetch_value("SELECT count(*) FROM slot") == 0


async def test_every_page_of_an_advisor_counts_what_is_to_be_filled_in(
    me, platform, database, advisor, structure
):
    counted = re.compile(r"entretiens à renseigner\s:</span> 2<")
    for path in ("/agenda", "/fiches", "/compte"):
        assert "entretiens à renseigner" not in (await me.get(path)).text
    for days in (7, 8):
        await make_appointment(database, advisor, structure, TWO - timedelta(days=days + 7))
    colleague = await make_advisor(database, structure)
    await make_appointment(database, colleague, structure, TWO - timedelta(days=15))
    for path in ("/agenda", "/fiches", "/compte", "/agenda/semaine"):
        assert counted.search((await me.get(path)).text), path
    await signed_in(platform, me, await account_of(database, colleague))
    assert not counted.search((await me.get("/fiches")).text)
