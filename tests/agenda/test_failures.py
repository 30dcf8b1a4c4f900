"""What becomes of the slots when a provider or a busy source fails. The plugin `essai` is in conftest.py."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from core.agenda.providers import AbsenceSource
from core.agenda.service import refresh, refresh_troubled
from core.contracts.agenda import BusyAnswer, BusyTime, OpenTime
from core.testing.factories import account_of, join, make_advisor, make_opening, make_structure

NINE = datetime(2027, 2, 3, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOBODY = uuid4()


def answers(value):
    async def answer(context, query):
        return value

    return answer


async def raises(context, query):
    raise RuntimeError("the partner is away")


async def hangs(context, query):
    await asyncio.sleep(60)


async def breaks_the_transaction(context, query):
    await context.services.database.execute("SELECT 1 / 0")


async def hides_a_broken_statement(context, query):
    try:
        await context.services.database.execute("SELECT 1 / 0")
    except asyncpg.DivisionByZeroError:
        return []


FAULTS = [
    raises,
    hangs,
    breaks_the_transaction,
    hides_a_broken_statement,
    answers(None),
    answers("nonsense"),
    answers([42]),
]


def stretch(advisor, start=NINE, hours=3, **values):
    return OpenTime(
        advisor_id=advisor,
        starts_at=start,
        ends_at=start + hours * HOUR,
        **{"channels": ("phone",), "source": "partner-7", **values},
    )


async def starts(database):
    rows = await database.fetch("SELECT starts_at FROM slot ORDER BY 1")
    return [row["starts_at"] for row in rows]


async def problems(database):
    rows = await database.fetch("SELECT source, effect, since FROM supply_problem ORDER BY 1")
    return [(row["source"], row["effect"], row["since"]) for row in rows]


@pytest.fixture
async def on(structure, switch, platform):
    platform.dispatch.timeout_seconds = 0.5
    await switch(structure, "on")


OPEN_FAULTS = [
    *FAULTS,
    answers([msgspec.structs.replace(stretch(NOBODY), channels=None)]),
    answers([stretch(NOBODY, NINE.replace(tzinfo=None))]),
    answers([stretch(NOBODY, hours=26)]),
    answers([stretch(NOBODY, slot_minutes=-5)]),
]


async def test_a_provider_that_fails_keeps_its_last_good_slots_and_is_stale(
    platform, database, clock, advisor, structure, on, provider
):
    await make_opening(database, advisor, structure)
    for fault in OPEN_FAULTS:
        provider.answer = answers([stretch(advisor)])
        await refresh(platform, [advisor])
        before = await starts(database)
        assert len(before) == 6
        assert await problems(database) == []
        provider.answer = fault
        since = clock.now()
        await refresh(platform, [advisor])
        assert await starts(database) == before, fault
        assert await problems(database) == [("essai:open", "stale", since)], fault
        clock.advance(timedelta(minutes=5))
        await refresh(platform, [advisor])
        assert await problems(database) == [("essai:open", "stale", since)]
    provider.answer = answers([stretch(advisor, hours=1)])
    await refresh(platform, [advisor])
    assert len(await starts(database)) == 4
    assert await problems(database) == []


async def test_stale_slots_still_give_way_to_busy_time(
    platform, database, advisor, on, provider, source
):
    provider.answer = answers([stretch(advisor)])
    await refresh(platform, [advisor])
    provider.answer = raises
    source.answer = answers(
        BusyAnswer(busy=[BusyTime(advisor_id=advisor, starts_at=NINE, ends_at=NINE + HOUR)])
    )
    await refresh(platform, [advisor])
    assert await starts(database) == [NINE + HOUR, NINE + 2 * HOUR]


async def test_a_busy_source_that_fails_hides_the_advisor_until_it_recovers(
    platform, database, clock, advisor, structure, on, source
):
    await make_opening(database, advisor, structure)
    for fault in FAULTS:
        source.answer = None
        await refresh(platform, [advisor])
        assert len(await starts(database)) == 3
        assert await problems(database) == []
        source.answer = fault
        await refresh(platform, [advisor])
        assert await starts(database) == [], fault
        assert await problems(database) == [("essai:busy", "hidden", clock.now())], fault


async def test_an_advisor_whom_a_source_closes_is_hidden_with_the_reason_and_the_others_are_not(
    platform, database, advisor, structure, on, source
):
    other = await make_advisor(database, structure)
    for one in (advisor, other):
        await make_opening(database, one, structure)
    source.answer = answers(BusyAnswer(closed={advisor: "L’agenda externe date de trois jours."}))
    await refresh(platform, [advisor, other])
    assert await database.fetch_value("SELECT count(*) FROM slot WHERE advisor = $1", advisor) == 0
    assert await database.fetch_value("SELECT count(*) FROM slot WHERE advisor = $1", other) == 3
    rows = await database.fetch("SELECT advisor, effect, reason FROM supply_problem")
    assert [tuple(row) for row in rows] == [
        (advisor, "hidden", "L’agenda externe date de trois jours.")
    ]


async def test_a_plugin_that_is_off_is_not_asked_and_what_it_said_is_gone(
    platform, database, advisor, structure, on, switch, provider, source
):
    provider.answer = answers([stretch(advisor)])
    source.answer = answers(BusyAnswer(closed={advisor: "Fermé."}))
    await refresh(platform, [advisor])
    assert await problems(database)
    await switch(structure, "off")
    asked = len(provider.queries) + len(source.queries)
    await refresh(platform, [advisor])
    assert len(provider.queries) + len(source.queries) == asked
    assert await starts(database) == []
    assert await problems(database) == []


async def test_a_busy_source_that_is_on_in_one_structure_counts_in_all(
    platform, database, advisor, structure, on, source
):
    other = await make_structure(database)
    await join(database, await account_of(database, advisor), other)
    await make_opening(database, advisor, other)
    source.answer = answers(
        BusyAnswer(
            busy=[
                BusyTime(
                    advisor_id=advisor,
                    starts_at=datetime(2027, 2, 2, 13, tzinfo=UTC),
                    ends_at=datetime(2027, 2, 2, 14, 30, tzinfo=UTC),
                )
            ]
        )
    )
    await refresh(platform, [advisor])
    assert await starts(database) == [datetime(2027, 2, 2, 15, tzinfo=UTC)]


async def test_a_provider_answers_for_the_asked_advisor_and_nobody_else(
    platform, database, advisor, structure, on, provider
):
    provider.answer = answers([stretch(uuid4()), stretch(advisor, slot_minutes=90)])
    await refresh(platform, [advisor])
    assert await starts(database) == [NINE, NINE + timedelta(minutes=90)]
    assert provider.queries[0].advisor_ids == (advisor,)
    assert provider.queries[0].starts_at == datetime(2027, 1, 24, 23, tzinfo=UTC)


async def test_a_failure_of_a_moment_is_mended_by_the_next_attempt(
    platform, database, advisor, structure, on, source
):
    await make_opening(database, advisor, structure)
    source.answer = raises
    await refresh(platform, [advisor])
    assert await starts(database) == []
    source.answer = None
    await refresh_troubled(platform)
    assert len(await starts(database)) == 3
    assert await problems(database) == []


async def test_a_slow_database_does_not_hide_our_own_openings_and_absences(
    platform, database, advisor, structure, monkeypatch
):
    real = AbsenceSource.list_busy

    async def slow(self, context, query):
        await asyncio.sleep(0.3)
        return await real(self, context, query)

    monkeypatch.setattr(AbsenceSource, "list_busy", slow)
    platform.dispatch.timeout_seconds = 0.1
    await make_opening(database, advisor, structure)
    await refresh(platform, [advisor])
    assert len(await starts(database)) == 3
    assert await problems(database) == []


async def test_a_team_is_asked_about_once_and_where_that_fails_each_apart(
    platform, database, advisor, structure, on, provider, source
):
    other = await make_advisor(database, structure)
    team = sorted([advisor, other])
    for one in team:
        await make_opening(database, one, structure)
    await refresh(platform, team)
    assert [query.advisor_ids for query in source.queries] == [tuple(team)]
    assert [query.advisor_ids for query in provider.queries] == [tuple(team)]

    async def breaks_for_one(context, query):
        if advisor in query.advisor_ids:
            raise RuntimeError("this calendar is broken")
        return BusyAnswer()

    source.answer = breaks_for_one
    await refresh(platform, team)
    rows = await database.fetch("SELECT DISTINCT advisor FROM slot")
    assert [row["advisor"] for row in rows] == [other]
    rows = await database.fetch("SELECT advisor, source, effect FROM supply_problem")
    assert [tuple(row) for row in rows] == [(advisor, "essai:busy", "hidden")]


async def test_a_plugin_is_not_asked_about_colleagues_in_whose_structures_it_is_off(
    platform, database, advisor, structure, on, provider, source
):
    elsewhere = await make_advisor(database, await make_structure(database))
    colleague = await make_advisor(database, structure)
    await refresh(platform, [advisor, elsewhere, colleague])
    asked = {one for query in (*source.queries, *provider.queries) for one in query.advisor_ids}
    assert asked == {advisor, colleague}
