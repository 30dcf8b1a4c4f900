"""A word on how it went: one tap by the link, nothing kept that leads to who said it."""

from datetime import date, timedelta

import pytest

from core.booking.links import appointment_path
from core.booking.views import read_view
from core.interviews import feedback
from core.notices import service
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    make_youth,
    signed_in,
)
from core.testing.plugin import MONDAY


@pytest.fixture
async def structure(database):
    return await make_structure(database)


@pytest.fixture
async def advisor(database, structure):
    return await make_advisor(database, structure, weekly_digest=False)


@pytest.fixture
async def held(database, structure, advisor):
    """Held yesterday."""
    return await make_appointment(
        database, advisor, structure, MONDAY - timedelta(hours=22), status="honoured"
    )


async def send(client, path, **fields):
    token = await form_token(client)
    return await client.post(path, data={"_csrf_token": token, **fields})


async def test_asked_the_day_after_answered_in_one_tap_and_a_word_and_asked_no_more(
    client, platform, database, held, clock
):
    clock.advance(timedelta(hours=2))  # 10:00
    await service.plan_all(platform)
    while await service.deliver_due(platform):
        pass
    mail = await database.fetch_one("SELECT subject, content FROM notifications_email_message")
    assert mail["subject"] == "Votre entretien : comment ça s’est passé ?"
    path = appointment_path(platform, held, 1) + "/avis"
    assert path.encode() in mail["content"].replace(b"=\r\n", b"")
    page = (await client.get(path)).text
    assert page.count('class="mood"') == 4
    assert "textarea" not in page
    assert (await send(client, path, mood="4")).status_code == 303
    thanks = (await client.get(path)).text
    assert "Merci pour votre réponse" in thanks
    assert 'value="4" aria-pressed="true"' in thanks
    assert (await send(client, path, mood="4", words="Très à l’écoute")).status_code == 303
    assert (await send(client, path, mood="3", words="Très à l’écoute")).status_code == 303
    assert await feedback.read_answer(platform, held) == feedback.Answer(
        mood=3, words="Très à l’écoute"
    )
    assert await database.fetch_value("SELECT count(*) FROM appointment_feedback") == 1
    await database.execute("DELETE FROM receipt")
    await service.plan_all(platform)
    assert await database.fetch_value("SELECT count(*) FROM receipt") == 0


async def test_the_page_of_the_appointment_leads_there_once_it_was_held(client, platform, held):
    page = appointment_path(platform, held, 1)
    assert f"{page}/avis" in (await client.get(page)).text


async def test_nothing_kept_leads_to_the_appointment_without_the_platforms_key(
    platform, database, held
):
    await feedback.say(
        platform,
        await read_view(platform, held),
        feedback.Answer(mood=2, words="bof"),
    )
    row = dict(await database.fetch_one("SELECT * FROM appointment_feedback"))
    assert row.keys() == {"id", "structure", "channel", "month", "mood", "words"}
    assert str(row["month"]) == "2027-01-01"
    known = await database.fetch("SELECT id FROM appointment UNION SELECT id FROM youth")
    assert row["id"] not in {found["id"] for found in known}


@pytest.mark.parametrize("status", ["booked", "no_show", "cancelled_by_youth"])
async def test_of_an_interview_that_was_not_held_there_is_nothing_to_say(
    client, platform, database, structure, advisor, status
):
    appointment = await make_appointment(
        database, advisor, structure, MONDAY - timedelta(days=2), status=status
    )
    path = appointment_path(platform, appointment, 1) + "/avis"
    page = await client.get(path)
    assert page.status_code == 200
    assert 'class="mood"' not in page.text
    assert (await send(client, path, mood="4")).status_code == 303
    assert await database.fetch_value("SELECT count(*) FROM appointment_feedback") == 0


async def test_a_get_says_nothing_and_nonsense_is_refused_kindly(client, platform, database, held):
    path = appointment_path(platform, held, 1) + "/avis"
    assert (await client.post(path)).status_code == 403
    for fields in ({}, {"mood": "5"}, {"mood": "content"}, {"mood": "4", "words": "a" * 1001}):
        assert (await send(client, path, **fields)).status_code == 422
    assert await database.fetch_value("SELECT count(*) FROM appointment_feedback") == 0


async def test_the_coordination_sees_figures_and_words_without_names_and_nobody_else_does(
    client, platform, database, structure, advisor
):
    for number, (mood, words) in enumerate([(4, "Merci !"), (4, ""), (3, ""), (1, "Trop court")]):
        appointment = await make_appointment(
            database,
            advisor,
            structure,
            MONDAY - timedelta(days=3 + number),
            youth=await make_youth(database, email=f"essai{number}@example.org"),
            status="honoured",
        )
        answer = feedback.Answer(mood=mood, words=words)
        await feedback.say(platform, await read_view(platform, appointment), answer)
    assert (await client.get("/reseau/avis")).status_code == 303
    await database.execute("UPDATE membership SET role = 'manager'")
    await signed_in(platform, client, await account_of(database, advisor))
    assert (await client.get("/reseau/avis")).status_code == 404
    assert "Après l’entretien" not in (await client.get("/reseau")).text
    await signed_in(platform, client, await make_account(database, region_role="coordinator"))
    network = (await client.get("/reseau")).text.replace("\xa0", " ")
    assert "75 % de jeunes contents, 4 réponses en un an" in network
    page = (await client.get("/reseau/avis")).text
    for words in ("Merci !", "Trop court", "janvier 2027"):
        assert words in page
    assert "Alix" not in page
    figures = await feedback.read_figures(platform, date(2027, 2, 14))
    assert (figures.total, figures.happy) == (0, 0)
