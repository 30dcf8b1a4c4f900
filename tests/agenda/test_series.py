"""Openings that repeat, changed on one day, from a day on, or whole. Monday 25 January 2027, 08:00 in Paris."""

from datetime import date, datetime

import pytest

from core.clock import PARIS
from core.testing.factories import (
    account_of,
    form_token,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    make_youth,
    signed_in,
)

WEEKLY = {
    "repeat": "weekly",
    "every": "1",
    "starts_on": "2027-02-02",
    "start_time": "14:00",
    "end_time": "17:00",
    "channels": ["phone"],
    "slot_minutes": "60",
}
MORNING = {**WEEKLY, "start_time": "09:00", "end_time": "10:00"}
ONCE = {**MORNING, "repeat": "none", "starts_on": "2027-02-10"}
TUESDAYS = [2, 9, 16, 23]


@pytest.fixture
async def me(platform, client, database, advisor):
    return await signed_in(platform, client, await account_of(database, advisor))


async def send(client, path, form):
    return await client.post(path, data={**form, "_csrf_token": await form_token(client)})


@pytest.fixture
async def opening(me, database):
    await send(me, "/plages", WEEKLY)
    return await database.fetch_value("SELECT id FROM opening")


@pytest.fixture
def offered(database):
    """The slots of February: day, first hour of the day's slots."""

    async def read():
        rows = await database.fetch("SELECT starts_at FROM slot ORDER BY starts_at DESC")
        local = [row["starts_at"].astimezone(PARIS) for row in rows]
        return dict(sorted({at.day: at.hour for at in local if at.month == 2}.items()))

    return read


async def ok(answer):
    assert answer.status_code == 303, answer.text
    return answer


async def test_one_day_is_held_otherwise_and_the_others_stay(me, database, opening, offered):
    page = await me.get(f"/plages/{opening}?jour=2027-02-09")
    assert 'name="starts_on" value="2027-02-09"' in page.text.replace("\n", " ") or (
        'value="2027-02-09"' in page.text
    )
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    assert await offered() == {2: 14, 10: 9, 16: 14, 23: 14}
    held = await database.fetch_value("SELECT instead FROM opening_exception")
    found = await me.get(f"/plages/{opening}?jour=2027-02-09")
    assert (found.status_code, found.headers["location"]) == (303, f"/plages/{held}")
    assert "À la place du mardi 9 février 2027" in (await me.get(f"/plages/{held}")).text
    assert "À la place du mardi 9 février 2027" in (await me.get("/plages")).text


async def test_a_day_held_otherwise_never_repeats(me, database, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", {**ONCE, **MORNING}))
    held = await database.fetch_value("SELECT instead FROM opening_exception")
    await ok(await send(me, f"/plages/{held}", {**MORNING, "starts_on": "2027-02-11"}))
    assert await database.fetch_value("SELECT repeat FROM opening WHERE id = $1", held) == "none"
    assert await offered() == {2: 14, 11: 9, 16: 14, 23: 14}


async def test_one_day_is_removed_and_given_back(me, opening, offered):
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-09&portee=une", {}))
    assert await offered() == {2: 14, 16: 14, 23: 14}
    assert "Date supprimée" in (await me.get(f"/plages/{opening}")).text
    await ok(await send(me, f"/plages/{opening}/retablir?jour=2027-02-09", {}))
    assert await offered() == dict.fromkeys(TUESDAYS, 14)


async def test_a_day_held_otherwise_is_given_back(me, database, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    await ok(await send(me, f"/plages/{opening}/retablir?jour=2027-02-09", {}))
    assert await offered() == dict.fromkeys(TUESDAYS, 14)
    assert await database.fetch_value("SELECT count(*) FROM opening") == 1


async def test_removing_what_is_held_instead_leaves_the_day_out(me, database, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    held = await database.fetch_value("SELECT instead FROM opening_exception")
    await ok(await send(me, f"/plages/{held}/supprimer", {}))
    assert await offered() == {2: 14, 16: 14, 23: 14}


async def test_a_day_and_the_following_ones_change_and_days_apart_follow(
    me, database, opening, offered
):
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-02&portee=une", {}))
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-23&portee=une", {}))
    change = {**MORNING, "starts_on": "2027-02-16"}
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-16&portee=suivantes", change))
    assert await offered() == {9: 14, 16: 9}
    rows = await database.fetch(
        "SELECT e.day, o.starts_on, o.ends_on FROM opening_exception e JOIN opening o ON o.id = e.opening ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        (date(2027, 2, 2), date(2027, 2, 2), date(2027, 2, 15)),
        (date(2027, 2, 23), date(2027, 2, 16), None),
    ]


async def test_from_its_first_day_on_is_the_whole_series(me, database, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-02&portee=suivantes", MORNING))
    assert await offered() == dict.fromkeys(TUESDAYS, 9)
    assert await database.fetch_value("SELECT id FROM opening") == opening


async def test_a_day_and_the_following_ones_are_removed_with_what_was_held_instead(
    me, database, opening, offered
):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-23&portee=une", {**ONCE, **MORNING}))
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-16&portee=suivantes", {}))
    assert await offered() == {2: 14, 9: 14}
    assert await database.fetch_value("SELECT count(*) FROM opening") == 1
    assert await database.fetch_value("SELECT count(*) FROM opening_exception") == 0


async def test_a_change_of_the_series_keeps_its_days_apart(me, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-16&portee=une", {}))
    later = {**WEEKLY, "start_time": "15:00"}
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-23&portee=toutes", later))
    assert await offered() == {2: 15, 10: 9, 23: 15}


async def test_days_apart_that_the_series_leaves_are_forgotten_or_stand_alone(
    me, database, opening, offered
):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    await ok(await send(me, f"/plages/{opening}/supprimer?jour=2027-02-16&portee=une", {}))
    await ok(await send(me, f"/plages/{opening}", {**WEEKLY, "starts_on": "2027-02-04"}))
    assert await offered() == {4: 14, 10: 9, 11: 14, 18: 14, 25: 14}
    assert await database.fetch_value("SELECT count(*) FROM opening_exception") == 0
    await ok(await send(me, f"/plages/{opening}", WEEKLY))
    assert await offered() == {2: 14, 9: 14, 10: 9, 16: 14, 23: 14}


async def test_a_series_removed_takes_along_what_was_held_instead(me, database, opening, offered):
    await ok(await send(me, f"/plages/{opening}?jour=2027-02-09&portee=une", ONCE))
    await ok(await send(me, f"/plages/{opening}/supprimer", {}))
    assert await offered() == {}
    assert await database.fetch_value("SELECT count(*) FROM opening") == 0


async def test_a_day_that_was_changed_meanwhile_is_a_conflict_and_changes_nothing(
    me, database, opening, offered
):
    path = f"/plages/{opening}?jour=2027-02-09&portee=une"
    await ok(await send(me, path, ONCE))
    again = await send(me, path, {**ONCE, "starts_on": "2027-02-11"})
    assert again.status_code == 409
    assert "Cette date n’est plus dans la plage" in again.text
    assert await offered() == {2: 14, 10: 9, 16: 14, 23: 14}


async def test_a_past_day_or_another_weekday_leads_to_the_whole_series(
    me, platform, database, clock, advisor, opening
):
    clock.set(datetime(2027, 2, 3, 8, tzinfo=PARIS))
    await signed_in(platform, me, await account_of(database, advisor))
    for day in ("2027-02-02", "2027-02-10"):
        answer = await me.get(f"/plages/{opening}?jour={day}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/plages/{opening}")
    assert (
        await send(me, f"/plages/{opening}/supprimer?jour=2027-02-02&portee=une", {})
    ).status_code == 409


async def test_the_week_leads_to_the_day_and_the_list_to_the_next(me, opening):
    page = await me.get("/agenda/semaine?jour=2027-02-08")
    assert f"/plages/{opening}?jour=2027-02-09" in page.text
    assert f"/plages/{opening}?jour=2027-02-02" in (await me.get("/plages")).text


async def test_a_preview_says_which_appointments_stay_outside_and_changes_nothing(
    me, database, structure, advisor, opening, offered
):
    for day in (2, 9):
        youth = await make_youth(database, name=f"Jeune du {day}")
        await make_appointment(
            database, advisor, structure, datetime(2027, 2, day, 15, tzinfo=PARIS), youth=youth
        )
    path = f"/plages/apercu?plage={opening}&jour=2027-02-09&portee="
    one = (await send(me, f"{path}une", ONCE)).text
    assert "Un rendez-vous ne sera plus dans la plage" in one
    assert "Jeune du 9" in one
    assert "Jeune du 2" not in one
    assert "mer. 10 févr." in one
    every = (await send(me, f"{path}toutes", MORNING)).text
    assert "2 rendez-vous ne seront plus dans la plage" in every
    assert await offered() == dict.fromkeys(TUESDAYS, 14)
    removal = (await me.get(f"/plages/{opening}?jour=2027-02-09&portee=suivantes")).text
    assert "il est maintenu" in removal


async def test_the_day_replaced_does_not_count_as_an_overlap(me, opening):
    longer = {**WEEKLY, "repeat": "none", "starts_on": "2027-02-09", "end_time": "18:00"}
    path = f"/plages/apercu?plage={opening}&jour=2027-02-09&portee=une"
    assert "superpose" not in (await send(me, path, longer)).text
    assert "superpose" in (await send(me, path, {**longer, "starts_on": "2027-02-16"})).text


async def test_receiving_in_person_at_two_places_at_once_is_refused(
    me, database, structure, advisor
):
    here = str(await make_site(database, structure))
    there = str(await make_site(database, structure, name="Antenne"))
    at_site = {**WEEKLY, "channels": ["in_person", "phone"]}
    await ok(await send(me, "/plages", {**at_site, "site": here}))
    second = {**at_site, "site": there, "start_time": "16:00", "end_time": "18:00"}
    assert "à deux endroits" in (await send(me, "/plages/apercu", second)).text
    answer = await send(me, "/plages", second)
    assert answer.status_code == 422
    assert "à deux endroits à la fois" in answer.text
    assert await database.fetch_value("SELECT count(*) FROM opening") == 1
    await ok(await send(me, "/plages", {**second, "channels": ["phone"]}))
    await ok(await send(me, "/plages", {**second, "starts_on": "2027-02-03"}))


async def test_nobody_else_touches_a_day(me, platform, client, database, opening, offered):
    stranger = await make_advisor(database, await make_structure(database), role="manager")
    await signed_in(platform, client, await account_of(database, stranger))
    for path in ("", "/supprimer", "/retablir"):
        answer = await send(client, f"/plages/{opening}{path}?jour=2027-02-09&portee=une", ONCE)
        assert answer.status_code == 404
    assert await offered() == dict.fromkeys(TUESDAYS, 14)
