"""Who has an appointment may be told of an earlier slot: after every demand, seldom, and nothing moves without a yes."""

import asyncio
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.booking.holds import SlotTaken, read_hold, take_hold
from core.booking.links import appointment_path
from core.booking.search import list_starts
from core.booking.service import book, cancel, move
from core.booking.views import read_view
from core.demand import earlier
from core.demand.service import read
from core.errors import NotFound, Refused
from core.notices import ledger
from core.testing.factories import (
    account_of,
    form_token,
    make_advisor,
    make_appointment,
    make_site,
    make_slot,
    make_structure,
    make_youth,
    signed_in,
)
from tests.booking.conftest import TUESDAY, applicant
from tests.demand.conftest import ask, turn

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LATER = TUESDAY + 14 * DAY


async def open_slot(database, desk, at=TUESDAY, **values):
    row = {"advisor": desk.advisor, "structure": desk.structure, "site": desk.site, **values}
    await make_slot(database, row.pop("advisor"), row.pop("structure"), at, **row)


@pytest.fixture
async def appointment(database, bare):
    """In person at the desk, three weeks ahead, its slot still in the projection."""
    await open_slot(database, bare, LATER)
    return await make_appointment(
        database, bare.advisor, bare.structure, LATER, channel="in_person", site=bare.site
    )


async def mails(database):
    return await database.fetch(
        "SELECT recipient, subject, content FROM notifications_email_message WHERE kind = 'earlier_offer'"
        " ORDER BY kept_at, id"
    )


async def offered(platform, appointment):
    wish = await earlier.read(platform, appointment)
    return wish.offer and wish.offer.starts_at


async def free(platform, desk, days=1):
    return await list_starts(platform, desk.sought(), TUESDAY - days * DAY, TUESDAY + days * DAY)


async def only_offer(database):
    return await database.fetch_value("SELECT id FROM demand_offer")


async def test_an_earlier_slot_is_kept_and_told_once_and_a_yes_moves_the_appointment(
    platform, database, bare, appointment, clock
):
    await earlier.ask(platform, appointment, "structure")
    await turn(platform)
    assert await mails(database) == []
    await open_slot(database, bare)
    for _time in range(3):
        await turn(platform)
    (mail,) = await mails(database)
    assert (mail["recipient"], mail["subject"]) == (
        "alix@example.org",
        "Une place plus tôt : mar. 2 févr. à 14 h",
    )
    assert await offered(platform, appointment) == TUESDAY
    assert await free(platform, bare) == []
    before = await read_view(platform, appointment)
    offer = await only_offer(database)
    for _time in range(2):
        view = await earlier.accept(platform, appointment, offer)
        assert (view.starts_at, view.sequence) == (TUESDAY, before.sequence + 1)
    assert (await earlier.read(platform, appointment)).state == "moved"
    assert await list_starts(platform, bare.sought(), LATER, LATER + DAY) == [LATER]
    kinds = await database.fetch("SELECT kind FROM appointment_change")
    assert [row["kind"] for row in kinds] == ["moved"]
    receipts = await ledger.receipts(platform, appointment)
    assert [(r.kind, r.state) for r in receipts] == [("earlier_offer", "kept")]


async def test_who_has_no_appointment_is_served_first_whoever_asked_first(
    platform, database, bare, appointment, clock
):
    await earlier.ask(platform, appointment, "structure")
    clock.advance(timedelta(minutes=1))
    demand = await ask(platform, name="Sacha Essai", email="sacha@example.org")
    await open_slot(database, bare)
    await turn(platform)
    assert (await read(platform, demand)).offer
    assert await offered(platform, appointment) is None
    clock.advance(timedelta(minutes=30))
    await turn(platform)
    assert await offered(platform, appointment) == TUESDAY


async def test_one_alert_a_day_and_three_in_all(platform, database, bare, appointment, clock):
    await earlier.ask(platform, appointment, "structure")
    for number in range(6):
        await open_slot(database, bare, TUESDAY + number * HOUR)
    told = []
    for _hour in range(6 * 24):
        clock.advance(HOUR)
        await turn(platform)
        told.append(len(await mails(database)))
    assert told[-1] == 3
    first, second, third = (told.index(number) for number in (1, 2, 3))
    assert second - first >= 24
    assert third - second >= 24
    assert (await earlier.read(platform, appointment)).state == "told"
    with pytest.raises(Refused, match="déjà proposé 3 places"):
        await earlier.ask(platform, appointment, "near")


async def test_only_what_is_earlier_and_not_within_the_lead_time(
    platform, database, bare, appointment, clock
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare, clock.now() + 47 * HOUR)
    await open_slot(database, bare, LATER + HOUR)
    await turn(platform)
    assert await mails(database) == []


async def test_the_place_the_way_and_the_advisor_are_those_that_were_asked_for(
    platform, database, bare, appointment, clock
):
    colleague = await make_advisor(database, bare.structure)
    beside = await make_structure(database, "À côté")
    host = await make_advisor(database, beside)
    nearby = await make_site(database, beside, lat=44.9, lon=-0.6)
    await platform.plugins.fresh()
    await open_slot(database, bare, channels=["video", "phone"])
    await open_slot(database, bare, TUESDAY + HOUR, advisor=host, structure=beside, site=nearby)
    await open_slot(database, bare, TUESDAY + 2 * HOUR, advisor=colleague)
    for reach, found in (
        ("advisor", None),
        ("structure", TUESDAY + 2 * HOUR),
        ("near", TUESDAY + HOUR),
    ):
        await earlier.ask(platform, appointment, reach)
        await turn(platform)
        assert await offered(platform, appointment) == found, reach
        await earlier.decline(platform, appointment)
        clock.advance(25 * HOUR)
    await open_slot(database, bare, TUESDAY + 3 * HOUR)
    await earlier.ask(platform, appointment, "advisor")
    await turn(platform)
    assert await offered(platform, appointment) == TUESDAY + 3 * HOUR


async def test_taken_elsewhere_the_appointment_goes_there_whole(
    platform, database, bare, appointment
):
    beside = await make_structure(database, "À côté", phone="05 57 00 00 00")
    host = await make_advisor(database, beside, display_name="Dominique E.")
    nearby = await make_site(database, beside, name="Annexe", lat=44.9, lon=-0.6)
    await platform.plugins.fresh()
    await open_slot(database, bare, advisor=host, structure=beside, site=nearby)
    await earlier.ask(platform, appointment, "near")
    await turn(platform)
    moved = await earlier.accept(platform, appointment, await only_offer(database))
    assert (moved.structure.name, moved.site.name, moved.advisor.name) == (
        "À côté",
        "Annexe",
        "Dominique E.",
    )
    event = await database.fetch_value("SELECT payload FROM outbox_event ORDER BY id DESC LIMIT 1")
    assert (event["type"], event["structure_id"]) == ("appointmentchanged", str(beside))


@pytest.mark.parametrize("how", ["moved", "cancelled", "stopped"])
async def test_it_stops_when_the_appointment_moves_or_goes_or_the_youth_says_so(
    platform, database, bare, appointment, how
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await turn(platform)
    assert await free(platform, bare) == []
    if how == "moved":
        await open_slot(database, bare, LATER - DAY)
        await move(platform, appointment, LATER - DAY)
    elif how == "cancelled":
        await cancel(platform, appointment)
    else:
        await earlier.stop(platform, appointment)
        await earlier.stop(platform, appointment)
    await turn(platform)
    state = {"moved": "moved", "cancelled": "over", "stopped": "stopped"}[how]
    assert (await earlier.read(platform, appointment)).state == state
    assert await offered(platform, appointment) is None
    assert await free(platform, bare) == [TUESDAY]
    assert len(await mails(database)) == 1


async def test_an_offer_that_ran_out_may_still_be_taken_while_nobody_has_it_and_is_lost_then(
    platform, database, bare, appointment, clock
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await turn(platform)
    offer = await only_offer(database)
    clock.advance(timedelta(minutes=31))
    token = await take_hold(platform, bare.sought(), TUESDAY)
    await book(
        platform,
        await read_hold(platform, token),
        applicant(email="sacha@example.org", name="Sacha"),
    )
    with pytest.raises(SlotTaken):
        await earlier.accept(platform, appointment, offer)
    assert (await read_view(platform, appointment)).starts_at == LATER
    with pytest.raises(NotFound):
        other = await make_appointment(
            database, bare.advisor, bare.structure, LATER + DAY, youth=await make_youth(database)
        )
        await earlier.accept(platform, other, offer)


async def test_too_late_to_change_is_too_late_for_this_too(
    platform, database, bare, appointment, clock
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await turn(platform)
    limit = replace(platform.settings.booking, cancel_limit_hours=24 * 60)
    platform.settings = replace(platform.settings, booking=limit)
    with pytest.raises(Refused, match="trop tard"):
        await earlier.accept(platform, appointment, await only_offer(database))
    assert (await read_view(platform, appointment)).starts_at == LATER


async def test_two_yes_at_once_move_once_and_two_workers_offer_once(
    platform, database, bare, appointment
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await open_slot(database, bare, TUESDAY + HOUR)
    await asyncio.gather(*(turn(platform) for _ in range(4)))
    offer = await only_offer(database)
    assert len(await mails(database)) == 1
    views = await asyncio.gather(*(earlier.accept(platform, appointment, offer) for _ in range(4)))
    assert {view.sequence for view in views} == {1}
    assert await database.fetch_value("SELECT count(*) FROM appointment_change") == 1


async def test_when_nobody_can_tell_them_the_slot_goes_to_the_next(
    platform, database, bare, appointment
):
    await database.execute("UPDATE youth SET email = ''")
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await turn(platform)
    assert await free(platform, bare) == [TUESDAY]
    assert await database.fetch_value("SELECT state FROM receipt") == "dropped"


# By the link


async def send(client, path, **fields):
    token = await form_token(client)
    return await client.post(path, data={"_csrf_token": token, **fields})


async def test_from_the_page_of_the_appointment_to_the_earlier_hour_without_javascript(
    client, platform, database, bare, appointment
):
    page = appointment_path(platform, appointment, 1)
    shown = (await client.get(page)).text
    assert "Prévenez-moi si une place se libère plus tôt" in shown
    asked = await send(client, f"{page}/plus-tot", reach="structure")
    assert asked.headers["location"] == f"{page}/plus-tot"
    waiting = (await client.get(f"{page}/plus-tot")).text
    assert "Nous guettons" in waiting
    assert re.search(r'value="structure" checked', waiting)
    assert "Nous vous prévenons si une place se libère plus tôt" in (await client.get(page)).text
    await open_slot(database, bare)
    await turn(platform)
    mail = (await mails(database))[0]["content"].replace(b"=\r\n", b"")
    assert f"{page}/plus-tot".encode() in mail
    assert "Elle est gardée pour vous jusqu’à 8 h 30" in (await client.get(page)).text
    offer = (await client.get(f"{page}/plus-tot")).text
    assert "Oui, je prends cette place" in offer
    place = re.search(r'name="place" value="([^"]+)"', offer)[1]
    done = await send(client, f"{page}/plus-tot/prendre", place=place)
    assert done.headers["location"] == page
    after = (await client.get(page)).text
    assert "C’est fait" in after
    assert "mardi 2 février 2027" in after


async def test_a_get_changes_nothing_and_a_no_keeps_the_appointment(
    client, platform, database, bare, appointment
):
    page = appointment_path(platform, appointment, 1) + "/plus-tot"
    for below in ("/prendre", "/garder", "/arreter"):
        assert (await client.get(page + below)).status_code == 405
        assert (await client.post(page + below)).status_code == 403
    await send(client, page, reach="near")
    await open_slot(database, bare)
    await turn(platform)
    for _time in range(2):
        assert (await client.get(page)).status_code == 200
    assert await offered(platform, appointment) == TUESDAY
    kept = await send(client, f"{page}/garder")
    assert kept.status_code == 303
    assert await free(platform, bare) == [TUESDAY]
    assert (await earlier.read(platform, appointment)).state == "waiting"
    assert "Déjà" in (await client.get(page)).text
    await send(client, f"{page}/arreter")
    assert "Prévenez-moi" in (await client.get(page)).text
    assert (await read_view(platform, appointment)).starts_at == LATER


async def test_a_place_lost_meanwhile_or_made_up_is_said_kindly(
    client, platform, database, bare, appointment, clock
):
    page = appointment_path(platform, appointment, 1) + "/plus-tot"
    await send(client, page)
    await open_slot(database, bare)
    await turn(platform)
    offer = await only_offer(database)
    clock.advance(timedelta(minutes=31))
    token = await take_hold(platform, bare.sought(), TUESDAY)
    assert token
    lost = await send(client, f"{page}/prendre", place=str(offer))
    assert lost.status_code == 303
    assert "Votre rendez-vous n’a pas bougé" in (await client.get(page)).text
    assert (await send(client, f"{page}/prendre", place="n’importe quoi")).status_code == 303
    unknown = "00000000-0000-4000-8000-000000000000"
    assert (await send(client, f"{page}/prendre", place=unknown)).status_code == 404
    await cancel(platform, appointment)
    refused = await send(client, page)
    assert refused.status_code == 422
    assert "n’est plus à venir" in refused.text


async def test_where_nothing_can_be_earlier_it_is_not_proposed(
    client, platform, database, bare, clock
):
    soon = await make_appointment(database, bare.advisor, bare.structure, clock.now() + 47 * HOUR)
    page = appointment_path(platform, soon, 1)
    assert "place se libère" not in (await client.get(page)).text
    await database.execute("UPDATE structure SET lead_hours = 24")
    assert "place se libère" in (await client.get(page)).text
    await database.execute("UPDATE structure SET status = 'closed'")
    assert (await client.get(page)).status_code == 200


async def test_the_advisor_reads_on_the_interview_that_an_earlier_slot_was_told(
    client, platform, database, bare, appointment
):
    await earlier.ask(platform, appointment, "structure")
    await open_slot(database, bare)
    await turn(platform)
    await signed_in(platform, client, await account_of(database, bare.advisor))
    page = (await client.get(f"/entretiens/{appointment}")).text
    assert "Place plus tôt (jeune)" in page
