"""What an advisor answers when their calendar tells an appointment otherwise: keep it, move it, cancel it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.extension import events
from core.testing.factories import (
    account_of,
    form_token,
    make_appointment,
    make_opening,
    make_youth,
    signed_in,
)
from plugins.calendar_caldav import background, joining, questions
from plugins.calendar_caldav.exchange import Login

from .conftest import PASSWORD, USER

HERE = "/p/calendar_caldav/"
AT = datetime(2027, 2, 2, 13, tzinfo=UTC)
"""Tuesday 2 February 2027, 14:00 in Paris; the opening goes on until 17:00."""


def plain(answer) -> str:
    """The text with ordinary spaces."""
    return answer.text.replace("\u202f", " ").replace("\xa0", " ").replace("&#43;", "+")


@pytest.fixture
async def camille(platform, client, advisor, structure, radicale, region):
    """Signed in, open in the afternoon, with a calendar that is followed."""
    radicale.make("bureau")
    await make_opening(platform.db, advisor, structure, channels=["phone"])
    login = Login(server=radicale.url, username=USER, password=PASSWORD)
    await joining.set_account(await region(), advisor, login)
    await platform.services.refresh_slots([advisor])
    await platform.plugins.fresh()
    return await signed_in(platform, client, await account_of(platform.db, advisor))


@pytest.fixture
async def booked(platform, camille, advisor, structure, region):
    """An appointment at 14:00, which is in the calendar too."""
    youth = await make_youth(platform.db, commune=None)
    appointment = await make_appointment(platform.db, advisor, structure, AT, youth=youth)
    await background.poll(await region())
    return appointment


async def compare(region, clock) -> None:
    clock.advance(timedelta(minutes=12))
    await background.poll(await region())


async def send(client, path: str, **data):
    data["_csrf_token"] = await form_token(client)
    return await client.post(path, data=data)


async def deliver(platform) -> None:
    while await events.deliver_due(platform):
        pass


async def asked(region, advisor) -> list[str]:
    return [one.kind for one in await questions.list_questions(await region(), advisor)]


async def test_moved_there_to_a_free_hour_it_can_be_moved_here_too_once_what_is_sent_was_shown(
    platform, camille, booked, radicale, region, clock, advisor
):
    path = f"/camille/bureau/{booked}.ics"
    radicale.change(path, "20270202T13", "20270202T15")
    radicale.change(path, "20270202T14", "20270202T16")
    await compare(region, clock)
    shown = plain(await camille.get(HERE))
    assert "votre agenda dit mardi 2 février 2027 à 16 h" in shown
    [address] = re.findall(r'href="(/rendez-vous/[^"]+/deplacer[^"]*)"', shown)
    page = plain(await camille.get(address))
    assert 'value="move:2027-02-02T15:00:00Z" selected' in page
    assert await platform.db.fetch_value("SELECT starts_at FROM appointment") == AT

    move = {"value": "move:2027-02-02T15:00:00Z", "sequence": "0"}
    check = plain(await send(camille, f"/rendez-vous/{booked}/deplacer", **move))
    assert "Vérifier, puis confirmer" in check
    assert "Alix Essai" in check
    done = await send(camille, f"/rendez-vous/{booked}/deplacer", **move, step="apply")
    assert done.status_code == 303
    await deliver(platform)
    assert await asked(region, advisor) == []
    assert "SEQUENCE:1" in radicale.get(path)
    assert "DTSTART:20270202T150000Z" in radicale.get(path)


async def test_moved_there_to_an_hour_that_is_not_free_another_is_chosen(
    camille, booked, radicale, region, clock
):
    path = f"/camille/bureau/{booked}.ics"
    radicale.change(path, "20270202T13", "20270202T19")
    radicale.change(path, "20270202T14", "20270202T20")
    await compare(region, clock)
    [address] = re.findall(r'href="(/rendez-vous/[^"]+/deplacer[^"]*)"', plain(await camille.get(HERE)))  # fmt: skip
    page = plain(await camille.get(address))
    assert "n’est pas parmi les créneaux libres : mardi 2 février 2027 à 20 h" in page
    assert " selected" not in page.split("</form>")[-2]
    for nonsense in ("demain", "2027-02-02T15:00", "%00"):
        answer = await camille.get(f"/rendez-vous/{booked}/deplacer?vers={nonsense}")
        assert answer.status_code == 200
        assert "n’est pas parmi" not in answer.text


async def test_deleted_there_it_can_be_cancelled_and_the_question_is_settled(
    platform, camille, booked, radicale, region, clock, advisor
):
    radicale.delete(f"/camille/bureau/{booked}.ics")
    await compare(region, clock)
    assert f'href="/rendez-vous/{booked}/annuler"' in (await camille.get(HERE)).text
    done = await send(
        camille,
        f"/rendez-vous/{booked}/annuler",
        value="cancel",
        sequence="0",
        word="Je suis souffrante",
        step="apply",
    )
    assert done.status_code == 303
    await deliver(platform)
    await compare(region, clock)
    assert await asked(region, advisor) == []
    assert radicale.get(f"/camille/bureau/{booked}.ics") == ""


async def test_made_longer_there_it_is_asked_what_it_is_and_kept_with_one_button(
    camille, booked, radicale, region, clock, advisor, structure
):
    path = f"/camille/bureau/{booked}.ics"
    radicale.change(path, "DTEND:20270202T14", "DTEND:20270202T15")
    await compare(region, clock)
    assert await asked(region, advisor) == ["stretched"]
    assert "dure autrement" in (await camille.get(HERE)).text
    assert "dure autrement" in (await camille.get("/agenda")).text
    await send(camille, f"{HERE}question/{booked}/remettre")
    assert "DTEND:20270202T140000Z" in radicale.get(path)
    assert await asked(region, advisor) == []


async def test_put_back_by_hand_there_the_question_is_gone(
    camille, booked, radicale, region, clock, advisor
):
    path = f"/camille/bureau/{booked}.ics"
    radicale.change(path, "DTSTART:20270202T13", "DTSTART:20270202T12")
    await compare(region, clock)
    assert await asked(region, advisor) == ["moved"]
    radicale.change(path, "DTSTART:20270202T12", "DTSTART:20270202T13")
    await compare(region, clock)
    assert await asked(region, advisor) == []
