"""Three plugins fail in every capability: search, booking, agenda, interview, notices and the other plugins go on."""

import time
from datetime import UTC, datetime
from functools import partial

import pytest

from core.agenda import service as agenda
from core.booking.links import appointment_token
from core.booking.ticket import ticket_value
from core.checks import check
from core.contracts.matching import Need, Profile, Project
from core.extension import events
from core.interviews.ranking import FALLBACK, rank
from core.network import exports
from core.notices import service as notices
from core.storage.jobs import run_if_due
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_appointment,
    signed_in,
)
from core.worker import Worker
from tests.faults.conftest import MODES

PERIOD = "du=2027-01-01&au=2027-12-31"
FOUR_PM = datetime(2027, 2, 2, 15, tzinfo=UTC)
modes = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
async def slots(platform, place):
    """The projection, made while the providers of three plugins fail."""
    await agenda.refresh(platform, [place[1]])
    return place


async def hold(client, structure, canal="in_person", starts_at=FOUR_PM):
    form = {
        "ticket": ticket_value(structure, canal, None, starts_at),
        "_csrf_token": await form_token(client),
    }
    answer = await client.post("/reserver/creneau", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def confirm(client, path):
    form = {
        "name": "Alix Essai",
        "email": "alix@example.org",
        "birth_date": "2006-05-31",
        "commune": "Bordeaux",
        "commune_insee": "33063",
        "phone": "06 12 34 56 78",
        "consent": "on",
        "_csrf_token": await form_token(client),
    }
    return await client.post(path, data=form)


async def deliver(platform):
    """Every event that can be delivered now, then every notice."""
    while await events.deliver_due(platform):
        pass
    while await notices.deliver_due(platform):
        pass


async def ended(platform, table, key):
    """The state of each row by the key of who answers for it."""
    rows = await platform.db.fetch(f"SELECT {key} AS key, state FROM {table}")
    return {row["key"]: row["state"] for row in rows}


async def test_the_slots_of_others_are_there_and_the_failing_providers_are_shown_as_stale(
    platform, slots
):
    rows = await platform.db.fetch("SELECT provider, starts_at FROM slot")
    assert [row["provider"] for row in rows] == ["core:openings"] * 3
    problems = await platform.db.fetch("SELECT source, effect FROM supply_problem")
    assert {(row["source"], row["effect"]) for row in problems} == {
        (f"fault_{mode}:provider", "stale") for mode in MODES
    }


async def test_a_search_asks_no_plugin_and_is_not_slowed_by_them(client, slots):
    started = time.perf_counter()
    answer = await client.get("/recherche?ou=Bordeaux&canal=in_person")
    assert answer.status_code == 200
    assert "Structure Solide" in answer.text
    assert time.perf_counter() - started < 2


async def test_a_booking_goes_through_and_is_told_by_the_carriers_that_work(
    platform, client, slots
):
    answer = await confirm(client, await hold(client, slots[0]))
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    assert page.status_code == 200
    await deliver(platform)
    handlers = await ended(platform, "outbox_delivery", "handler")
    carriers = await ended(platform, "receipt", "carrier")
    for mode in MODES:
        # an event handler's answer is not looked at: nonsense is as good as nothing
        wanted = "done" if mode == "nonsense" else "due"
        assert handlers.pop(f"fault_{mode}:handler") in {wanted, "due"}
        handlers.pop(f"rule_{mode}:handler")
        assert carriers.pop(f"fault_{mode}:carrier") == "due"
        assert f"fault_{mode}:undecided" not in carriers
    assert set(handlers.values()) == {"done"}
    assert carriers == {"notifications_email:email": "kept"}


@modes
async def test_a_channel_that_cannot_prepare_leaves_the_booking_confirmed_with_the_link_to_follow(
    platform, client, place, mode
):
    channel = f"fault_{mode}:channel"
    await platform.db.execute("UPDATE opening SET channels = $1", [channel])
    await agenda.refresh(platform, [place[1]])
    answer = await confirm(client, await hold(client, place[0], "video"))
    assert answer.status_code == 303
    await deliver(platform)
    row = await platform.db.fetch_one("SELECT status, channel, meeting FROM appointment")
    assert tuple(row) == ("booked", channel, None)
    waits = await platform.db.fetch_one(
        "SELECT state, problem FROM outbox_delivery WHERE handler = 'core:prepare_meeting'"
    )
    assert waits["state"] == "due"
    assert f"fault_{mode}" in waits["problem"]
    join = await client.get(answer.headers["location"].split("?")[0] + "/rejoindre")
    assert join.status_code == 200


async def test_the_agenda_opens_without_the_blocks_that_fail(platform, client, slots):
    await make_appointment(platform.db, slots[1], slots[0], platform.clock.now())
    await signed_in(platform, client, await account_of(platform.db, slots[1]))
    started = time.perf_counter()
    answer = await client.get("/agenda")
    assert answer.status_code == 200
    assert "Alix Essai" in answer.text
    assert time.perf_counter() - started < 2


async def test_the_page_of_an_appointment_opens_without_the_blocks_that_fail(
    platform, client, slots
):
    appointment = await make_appointment(platform.db, slots[1], slots[0], FOUR_PM)
    answer = await client.get(f"/rdv/{appointment_token(platform, appointment, 1)}")
    assert answer.status_code == 200


@modes
async def test_a_strategy_that_fails_gives_way_to_the_calendar_and_says_so(platform, place, mode):
    await platform.db.execute("UPDATE structure SET strategy = $1", f"fault_{mode}:strategy")
    need = Need(profile=Profile(), project=Project(), today=platform.clock.now().date())
    ranking = await rank(platform, await platform.plugins.current(), place[0], need)
    assert (ranking.strategy, ranking.fallback) == (FALLBACK, True)
    assert "n’a pas répondu" in ranking.problem
    assert len(ranking.verdicts) == len(ranking.programmes) > 50


@modes
async def test_the_interview_screen_opens_on_a_failing_strategy(platform, client, place, mode):
    await platform.db.execute("UPDATE structure SET strategy = $1", f"fault_{mode}:strategy")
    now = platform.clock.now()
    appointment = await make_appointment(platform.db, place[1], place[0], now)
    await signed_in(platform, client, await account_of(platform.db, place[1]))
    answer = await client.get(f"/entretiens/{appointment}")
    assert answer.status_code == 200
    assert "n’a pas répondu" in answer.text


async def test_a_failing_export_fails_alone(platform, client, place, monkeypatch):
    monkeypatch.setattr(exports, "_TIMEOUT_SECONDS", 0.3)
    account = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, client, account)
    listed = await client.get("/exports")
    assert listed.status_code == 200
    for mode in MODES:
        answer = await client.get(f"/exports/fault_{mode}:export?{PERIOD}")
        assert answer.status_code == 422
        assert "n’a pas pu être écrit" in answer.text
    good = [
        key for key, owned in platform.board.exporters.items() if owned.plugin_id == "stats_export"
    ]
    assert good
    for key in good:
        answer = await client.get(f"/exports/{key}?{PERIOD}")
        assert answer.status_code == 200
        assert len(answer.content) > 10


@pytest.mark.parametrize("mode", ["raises", "nonsense"])
async def test_a_failing_page_is_a_kind_page_and_the_menu_stays(platform, client, place, mode):
    answer = await client.get(f"/p/fault_{mode}/page")
    assert answer.status_code >= 500
    assert "RuntimeError" not in answer.text
    await signed_in(platform, client, await account_of(platform.db, place[1]))
    assert (await client.get("/agenda")).status_code == 200


async def test_each_failing_health_check_is_a_failing_line_and_the_others_are_shown(
    platform, place
):
    lines = [line async for line in check(platform)]
    failing = {line.name.split(":")[0] for line in lines if line.state == "failing"}
    assert {f"fault_{mode}" for mode in MODES} <= failing
    assert any(line.name.startswith("visio_jitsi") for line in lines)


async def test_failing_jobs_end_in_time_and_the_others_run(platform, place):
    ran = {}
    started = time.perf_counter()
    for job in Worker(platform).jobs():
        ran[job.key] = await run_if_due(platform.db, job)
    assert all(ran.values())
    assert time.perf_counter() - started < 10
    assert {f"fault_{mode}:job" for mode in MODES} <= ran.keys()
    later = await platform.db.fetch_value("SELECT count(*) FROM job WHERE due_at > now()")
    assert later == len(ran)


@modes
async def test_a_rule_that_fails_refuses_kindly_and_the_next_structure_is_not_concerned(
    platform, client, slots, mode
):
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ($1, $2, 'on', now())",
        f"rule_{mode}",
        slots[0],
    )
    path = await hold(client, slots[0])
    answer = await confirm(client, path)
    assert answer.status_code == 422
    assert "ne répond pas pour le moment" in answer.text
    assert "Alix Essai" in answer.text  # what was typed is kept
    assert await platform.db.fetch_value("SELECT count(*) FROM appointment") == 0
    await platform.db.execute("UPDATE plugin_switch SET state = 'off'")
    await platform.plugins.fresh()
    assert (await confirm(client, path)).status_code == 303


async def test_the_threads_of_a_hanging_plugin_are_few_however_often_it_is_asked(platform):
    module = platform.board.plugins["fault_hangs"].module
    ask = partial(platform.dispatch.ask, "fault_hangs", "rule", module.fail, None)
    problems = [(await ask(timeout_seconds=0.05)).problem for _ in range(6)]
    assert "no answer" in problems[0]
    assert all("still busy" in problem for problem in problems[2:])
