"""The youth writes back by their link, the structure answers, and nobody else reads it."""

from datetime import timedelta

import pytest

from core.booking.links import appointment_path
from core.booking.views import read_view
from core.errors import NotFound, Refused
from core.extension import events
from core.followup import check_in, inbox, thread
from core.followup.check_in import Answer
from core.notices import service as notices
from core.privacy.retention import anonymise
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_structure,
    signed_in,
)
from tests.interviews.conftest import TUESDAY, user_of_account


async def send(client, path, **fields):
    csrf = await form_token(client)
    return await client.post(path, data={"_csrf_token": csrf, **fields})


async def deliver(platform):
    while await events.deliver_due(platform):
        pass
    while await notices.deliver_due(platform):
        pass


async def told(platform):
    """(kind, audience, state) of the receipts of the thread."""
    return [
        (row["audience"], row["state"])
        for row in await platform.db.fetch(
            "SELECT audience, state FROM receipt WHERE kind = 'follow_up' ORDER BY created_at, audience"
        )
    ]


async def test_written_counted_answered_and_each_is_told_once(client, platform, held, token, clock):
    here, there = f"/rdv/{token}/ecrire", f"/entretiens/{held.appointment}/suivi"
    assert (await client.get(here)).status_code == 200
    answer = await send(client, here, words="Quelle ferme\nchoisir ? <b>")
    assert answer.status_code == 303
    await send(client, here, words="Quelle ferme\nchoisir ? <b>")
    clock.advance(timedelta(minutes=5))
    await send(client, here, words="Et quand ?")
    await deliver(platform)
    assert await told(platform) == [("advisor", "kept")]
    assert "choisir ? &lt;b&gt;" in (await client.get(here)).text
    mail = await platform.db.fetch_one(
        "SELECT subject, content FROM notifications_email_message WHERE subject LIKE 'Alix%'"
    )
    assert there.encode() in mail["content"].replace(b"=\r\n", b"")
    assert b"ferme" not in mail["content"]

    await signed_in(platform, client, held.account)
    menu = (await client.get("/suivi")).text.replace("\xa0", " ")
    assert '<span class="sr-only">messages à répondre :</span> 1</span>' in menu
    assert "Et quand ?" in menu
    assert len((await thread.open_thread(platform, held.user, held.appointment)).messages) == 2
    assert (await send(client, there, words="Celle du Lot.")).status_code == 303
    await deliver(platform)
    assert await told(platform) == [("advisor", "kept"), ("youth", "kept")]
    assert "messages à répondre" not in (await client.get("/suivi")).text.replace("\xa0", " ")
    assert "Celle du Lot." in (await client.get(here)).text
    assert "Lire la réponse de Camille E." in (await client.get(f"/rdv/{token}")).text


async def test_a_night_waits_for_the_morning_and_a_level_is_respected(
    client, platform, held, token, clock
):
    clock.set(TUESDAY + timedelta(hours=13))  # 23:00
    await send(client, f"/rdv/{token}/ecrire", words="Une question")
    await deliver(platform)
    assert await told(platform) == []
    clock.advance(timedelta(hours=10))
    await notices.plan_all(platform)
    assert await told(platform) == [("advisor", "due")]
    await platform.db.execute("UPDATE advisor SET notice_level = 'none'")
    await notices.plan_all(platform)
    assert await told(platform) == [("advisor", "dropped")]


async def test_an_answer_given_before_the_notice_left_makes_it_useless(
    client, platform, held, token, clock
):
    await send(client, f"/rdv/{token}/ecrire", words="Une question")
    while await events.deliver_due(platform):
        pass
    await thread.answer(platform, held.user, held.appointment, "Déjà répondu")
    await deliver(platform)
    assert await told(platform) == [("advisor", "dropped"), ("youth", "kept")]


async def test_closed_nothing_waits_and_the_youth_writes_no_more_until_it_is_opened_again(
    client, platform, held, token
):
    here, there = f"/rdv/{token}/ecrire", f"/entretiens/{held.appointment}/suivi"
    await send(client, here, words="Merci !")
    await signed_in(platform, client, held.account)
    assert (await send(client, f"{there}/clore")).status_code == 303
    assert await inbox.count_waiting(platform, held.user) == 0
    assert "<textarea" not in (await client.get(here)).text
    refused = await send(client, here, words="Encore moi")
    assert refused.status_code == 422
    assert "reprenez rendez-vous" in refused.text
    assert (await send(client, there, words="Un mot")).status_code == 422
    assert (await send(client, f"{there}/rouvrir")).status_code == 303
    assert (await send(client, here, words="Encore moi")).status_code == 303
    actions = await platform.db.fetch(
        "SELECT action FROM audit WHERE action LIKE 'follow_up.%' ORDER BY id"
    )
    assert [row["action"] for row in actions] == ["follow_up.closed", "follow_up.reopened"]


async def test_nothing_is_written_before_the_interview_was_held(client, platform, world, token):
    here = f"/rdv/{token}/ecrire"
    assert "<textarea" not in (await client.get(here)).text
    assert (await send(client, here, words="Bonjour")).status_code == 422
    view = await read_view(platform, world.appointment)
    with pytest.raises(Refused):
        await thread.write(platform, view, "Bonjour")
    assert await platform.db.fetch_value("SELECT count(*) FROM follow_up") == 0


async def test_what_is_empty_too_long_or_without_end_is_held_back_and_kept(client, held, token):
    here = f"/rdv/{token}/ecrire"
    assert (await client.post(here, data={"words": "x"})).status_code == 403
    assert (await send(client, here, words="  ")).status_code == 422
    long = await send(client, here, words="a" * 2001)
    assert long.status_code == 422
    assert "a" * 2001 in long.text
    statuses = [(await send(client, here, words=f"Mot {n}")).status_code for n in range(20)]
    assert statuses == [303] * 18 + [429] * 2


async def test_only_the_advisor_and_the_managers_of_the_structure_open_a_thread(
    client, platform, held, token
):
    await send(client, f"/rdv/{token}/ecrire", words="Secret")
    database = platform.db
    colleague = await make_advisor(database, held.structure)
    manager = await make_advisor(database, held.structure, role="manager")
    elsewhere = await make_advisor(
        database, await make_structure(database, "Ailleurs"), role="manager"
    )
    coordinator = await make_account(database, region_role="coordinator")
    accounts = {
        "colleague": await account_of(database, colleague),
        "manager": await account_of(database, manager),
        "elsewhere": await account_of(database, elsewhere),
        "coordinator": coordinator,
    }
    seen = {}
    for who, account in accounts.items():
        user = await user_of_account(platform, account)
        await signed_in(platform, client, account)
        page = await client.get(f"/entretiens/{held.appointment}/suivi")
        listed = "Secret" in (await client.get("/suivi")).text
        seen[who] = (page.status_code, listed, await inbox.count_waiting(platform, user))
        if page.status_code == 404:
            with pytest.raises(NotFound):
                await thread.answer(platform, user, held.appointment, "x")
            with pytest.raises(NotFound):
                await thread.close(platform, user, held.appointment)
    assert seen == {
        "colleague": (404, False, 0),
        "manager": (200, True, 0),
        "elsewhere": (404, False, 0),
        "coordinator": (404, False, 0),
    }


async def test_when_their_time_is_over_nothing_of_what_they_wrote_or_ticked_stays(
    client, platform, held, token
):
    await send(client, f"/rdv/{token}/ecrire", words="Mongolfière")
    view = await read_view(platform, held.appointment)
    await check_in.say(platform, view, Answer(answer="left", words="Mongolfière"))
    task = await platform.db.fetch_value("SELECT programme || ':x' FROM kept_programme")
    await platform.db.execute(
        "INSERT INTO roadmap_tick VALUES ($1, $2, $3)", held.appointment, task, TUESDAY
    )
    await anonymise(platform, [await platform.db.fetch_value("SELECT youth FROM appointment")])
    for table in ("follow_up", "follow_up_message", "roadmap_tick"):
        assert await platform.db.fetch_value(f"SELECT count(*) FROM {table}") == 0
    row = await platform.db.fetch_one("SELECT answer, words FROM check_in")
    assert tuple(row) == ("left", "")
    assert (await client.get(appointment_path(platform, held.appointment, 1))).status_code == 404
