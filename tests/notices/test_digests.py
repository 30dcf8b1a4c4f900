"""Digests for staff: planned once, told of the present, and dropped when there is nothing to tell any more."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.catalogue.service import load_programmes
from core.notices import ledger, service
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_slot,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(database, structure, advisor, platform):
    """The advisor wants their summary and has two slots next week; the coordination exists."""
    await database.execute("UPDATE advisor SET weekly_digest = true")
    await make_account(database, "romane@example.org", name="Romane", region_role="coordinator")
    for number in range(2):
        await make_slot(database, advisor, structure, MONDAY + 8 * DAY + number * HOUR)
    await platform.plugins.fresh()
    return structure


async def turn(platform) -> None:
    for _time in range(2):
        await service.plan_all(platform)
        while await service.deliver_due(platform):
            pass


def told(carrier) -> list[tuple[str, str]]:
    return [(digest.kind, digest.person.name) for digest in carrier.digests]


async def test_monday_morning_tells_an_advisor_their_week_once(
    platform, database, desk, advisor, carrier, clock
):
    coming = await make_appointment(database, advisor, desk, MONDAY + 2 * DAY)
    await make_appointment(database, advisor, desk, MONDAY + 9 * DAY)
    await make_appointment(database, advisor, desk, MONDAY + 3 * DAY, status="cancelled_by_youth")
    await make_appointment(database, advisor, desk, MONDAY - 3 * DAY)
    await turn(platform)
    (week,) = carrier.digests
    assert (week.kind, week.person.name) == ("week", "Camille Essai")
    assert [view.id for view in week.appointments] == [coming]
    assert week.to_fill_in == 1
    assert [(one.offered, one.minimum) for one in week.supply] == [(1, 3), (3, 3)]
    clock.advance(HOUR)
    await turn(platform)
    assert told(carrier)[1:] == [("shortage_region", "Romane")]
    rows = await database.fetch(
        "SELECT kind, revision, state FROM receipt WHERE account IS NOT NULL"
    )
    assert {tuple(row) for row in rows} == {
        ("week", "2027-W04", "sent"),
        ("shortage_region", "2027-W04", "sent"),
    }


async def test_thursday_warns_the_people_of_a_short_structure_and_monday_the_coordination(
    platform, database, desk, advisor, carrier, clock
):
    manager = await make_account(database, "gestion@example.org", name="Gestion")
    await join(database, manager, desk, role="manager")
    enough = await make_structure(database, "Assez")
    other = await make_advisor(database, enough, display_name="Dominique E.")
    for number in range(3):
        await make_slot(database, other, enough, MONDAY + 8 * DAY + number * HOUR)
    await platform.plugins.fresh()
    clock.set(MONDAY + 3 * DAY + HOUR)
    await turn(platform)
    assert sorted(told(carrier)) == [("shortage", "Camille Essai"), ("shortage", "Gestion")]
    warned = {digest.person.name: digest for digest in carrier.digests}
    assert [one.structure.id for one in warned["Gestion"].supply] == [desk]
    assert warned["Gestion"].url.endswith("/reseau")
    assert warned["Camille Essai"].url.endswith("/plages/nouvelle")
    assert warned["Gestion"].supply[0].offered == 2
    carrier.digests.clear()
    clock.set(MONDAY + 7 * DAY + 2 * HOUR)
    await turn(platform)
    (region,) = [digest for digest in carrier.digests if digest.kind == "shortage_region"]
    assert [one.structure.id for one in region.supply] == [desk]


async def test_who_answers_for_sheets_is_reminded_where_they_work_and_the_coordination_too(
    platform, database, desk, advisor, carrier, clock
):
    await load_programmes(platform)
    await database.execute(
        "UPDATE programme SET in_charge = $1 WHERE id = 'wwoof'",
        await account_of(database, advisor),
    )
    await database.execute(
        "UPDATE programme SET in_charge = (SELECT id FROM account WHERE name = 'Romane') WHERE id = 'vie'"
    )
    clock.advance(HOUR)
    await turn(platform)
    reminded = {one.person.name: one for one in carrier.digests if one.kind == "sheets"}
    assert {name: [s.title for s in one.sheets] for name, one in reminded.items()} == {
        "Camille Essai": ["WWOOF"],
        "Romane": ["Volontariat international en entreprise (VIE)"],
    }
    carrier.digests.clear()
    clock.advance(HOUR)
    await turn(platform)
    assert "sheets" not in dict(told(carrier))


async def test_a_shortage_that_is_mended_before_it_is_told_is_not_told(
    platform, database, desk, advisor, carrier, clock
):
    clock.set(MONDAY + 3 * DAY + HOUR)
    await service.plan_all(platform)
    await make_slot(database, advisor, desk, MONDAY + 9 * DAY)
    await turn(platform)
    assert carrier.digests == []
    assert await database.fetch_value("SELECT state FROM receipt") == "dropped"


async def test_a_digest_that_fails_is_tried_again_never_at_night_and_given_up_with_its_week(
    platform, database, desk, carrier, clock
):
    carrier.answer = OSError("no route to host")
    clock.set(MONDAY + 12 * HOUR + timedelta(minutes=59, seconds=55))  # 20:59:55
    await service.plan_all(platform)
    await service.deliver_due(platform)
    assert {receipt.detail for receipt in await ledger.failing(platform)} == {
        "OSError: no route to host"
    }
    tried = len(carrier.digests)
    clock.advance(timedelta(seconds=30))  # 21:00:25
    await service.deliver_due(platform)
    assert len(carrier.digests) == tried
    states = {(r.state, r.due_at, r.detail) for r in await ledger.to_staff(platform)}
    assert states == {("due", MONDAY + DAY, "attend le matin")}
    clock.set(MONDAY + 2 * DAY)
    await service.deliver_due(platform)
    assert await ledger.to_staff(platform) == []


async def test_who_left_was_disabled_or_wants_none_hears_nothing(
    platform, database, desk, advisor, carrier, clock
):
    account = await account_of(database, advisor)
    await database.execute("UPDATE advisor SET weekly_digest = false")
    await turn(platform)
    assert told(carrier) == []
    await database.execute("UPDATE advisor SET weekly_digest = true")
    await database.execute("UPDATE account SET disabled_at = now() WHERE id = $1", account)
    await turn(platform)
    assert told(carrier) == []
    await database.execute("UPDATE account SET disabled_at = NULL")
    await database.execute("UPDATE membership SET ended_at = now()")
    clock.advance(3 * DAY + HOUR)
    await turn(platform)
    assert told(carrier) == []


async def test_a_region_may_want_no_digests(platform, desk, carrier):
    none = replace(platform.settings.notices, digests=False)
    platform.settings = replace(platform.settings, notices=none)
    await turn(platform)
    assert carrier.digests == []


async def test_a_structure_without_an_agreement_is_not_warned_it_could_not_open_anything(
    platform, database, desk, carrier, clock
):
    await database.execute("UPDATE agreement SET status = 'ended' WHERE year = 2027")
    clock.set(MONDAY + 3 * DAY + HOUR)
    await turn(platform)
    assert told(carrier) == []


async def test_where_the_carrier_is_off_its_people_hear_nothing_and_the_coordination_still_does(
    platform, database, desk, carrier, clock
):
    await make_structure(database, "Ailleurs")
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('notifications_email', $1, 'off', now())",
        desk,
    )
    await platform.plugins.fresh()
    clock.advance(HOUR)
    await turn(platform)
    assert told(carrier) == [("shortage_region", "Romane")]
    assert len(carrier.digests[0].supply) == 2


async def test_a_carrier_with_nothing_to_do_for_it_leaves_it_at_that(
    platform, desk, carrier, monkeypatch
):
    def declines(context, digest):
        return False

    monkeypatch.setattr(carrier, "carries_digest", declines, raising=False)
    await turn(platform)
    assert carrier.digests == []
    assert await platform.db.fetch_value("SELECT state FROM receipt") == "dropped"


async def test_the_coordination_sees_what_was_told_to_staff_and_what_failed(
    platform, client, desk, carrier, clock
):
    clock.advance(HOUR)
    carrier.answer = OSError("le serveur dort")
    await turn(platform)
    account = await platform.db.fetch_value("SELECT id FROM account WHERE region_role IS NOT NULL")
    await signed_in(platform, client, account)
    page = (await client.get("/reseau/messages")).text
    for words in (
        "Résumé du lundi",
        "semaine du lundi 25 janvier 2027",
        "Camille Essai",
        "le serveur dort",
        "Romane",
    ):
        assert words in page
