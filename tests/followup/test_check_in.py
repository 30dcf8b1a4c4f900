"""A month later: asked once, answered by one press, help reaches the advisor, and the answers are counted without a name."""

from datetime import date, timedelta

import pytest

from core.booking.views import read_view
from core.errors import Refused
from core.extension import events
from core.followup import check_in, inbox
from core.followup.check_in import Answer
from core.notices import service as notices
from core.testing.factories import form_token, make_account, signed_in
from tests.interviews.conftest import TUESDAY

ASKED = TUESDAY + timedelta(days=30)  # Thursday 25 February, 10:00 in Paris


async def send(client, path, **fields):
    csrf = await form_token(client)
    return await client.post(path, data={"_csrf_token": csrf, **fields})


async def asked(platform):
    await notices.plan_all(platform)
    return await platform.db.fetch_value(
        "SELECT count(*) FROM receipt WHERE kind = 'check_in' AND state <> 'dropped'"
    )


async def test_asked_a_month_later_at_ten_answered_in_one_press_and_asked_no_more(
    client, platform, held, token, clock
):
    clock.set(ASKED - timedelta(minutes=1))
    assert await asked(platform) == 0
    clock.set(ASKED)
    assert await asked(platform) == 1
    while await notices.deliver_due(platform):
        pass
    mail = await platform.db.fetch_one(
        "SELECT content FROM notifications_email_message WHERE subject LIKE 'Un mois après%'"
    )
    here = f"/rdv/{token}/nouvelles"
    assert here.encode() in mail["content"].replace(b"=\r\n", b"")
    page = (await client.get(here)).text
    assert page.count('class="where"') == 4
    assert "<textarea" not in page
    assert await check_in.read_check_in(platform, held.appointment) is None
    assert (await send(client, here, answer="applied")).status_code == 303
    thanks = (await client.get(here)).text
    assert 'value="applied" aria-pressed="true"' in thanks
    assert "/feuille-de-route" in thanks
    await send(client, here, answer="applied", words="En Irlande !")
    given = await check_in.read_check_in(platform, held.appointment)
    assert (given.answer, given.words) == ("applied", "En Irlande !")
    await platform.db.execute("DELETE FROM receipt")
    assert await asked(platform) == 0


async def test_a_reminder_that_nobody_could_send_for_two_weeks_is_no_longer_due(
    platform, held, clock
):
    clock.set(ASKED + timedelta(days=13))
    assert await asked(platform) == 1
    clock.set(ASKED + timedelta(days=14))
    assert await asked(platform) == 0


async def test_who_needs_help_is_shown_to_the_advisor_who_is_told_and_books_again(
    client, platform, held, token, clock
):
    clock.set(ASKED)
    here = f"/rdv/{token}/nouvelles"
    await send(client, here, answer="help")
    page = (await client.get(here)).text
    assert 'href="/recherche"' in page
    assert await inbox.count_waiting(platform, held.user) == 1
    while await events.deliver_due(platform):
        pass
    assert (
        await platform.db.fetch_value(
            "SELECT count(*) FROM receipt WHERE kind = 'follow_up' AND audience = 'advisor'"
        )
        == 1
    )
    await send(client, here, answer="help", words="Le visa bloque")
    await signed_in(platform, client, held.account)
    assert "besoin d’aide" in (await client.get("/suivi")).text
    followed = (await client.get(f"/entretiens/{held.appointment}/suivi")).text
    assert "Le visa bloque" in followed
    assert "/rendez-vous/nouveau" in followed


async def test_news_are_in_the_advisors_list_for_two_months_though_nothing_waits(
    client, platform, held, token, clock
):
    clock.set(ASKED)
    await send(client, f"/rdv/{token}/nouvelles", answer="left", words="À Cork !")
    (line,) = await inbox.list_threads(platform, held.user)
    assert (line.check_in, line.said, line.waiting_since) == ("left", "À Cork !", None)
    assert await inbox.count_waiting(platform, held.user) == 0
    clock.advance(timedelta(days=61))
    assert await inbox.list_threads(platform, held.user) == []


async def test_a_get_says_nothing_and_nonsense_is_refused_kindly(client, platform, held, token):
    here = f"/rdv/{token}/nouvelles"
    assert (await client.post(here, data={"answer": "left"})).status_code == 403
    await client.get(f"{here}?answer=left")
    for fields in ({}, {"answer": "perhaps"}, {"answer": "left", "words": "a" * 1001}):
        assert (await send(client, here, **fields)).status_code == 422
    assert await check_in.read_check_in(platform, held.appointment) is None


async def test_of_an_interview_that_was_not_held_there_is_nothing_to_say(
    client, platform, world, token
):
    assert 'class="where"' not in (await client.get(f"/rdv/{token}/nouvelles")).text
    with pytest.raises(Refused):
        await check_in.say(
            platform, await read_view(platform, world.appointment), Answer(answer="left")
        )


async def test_the_coordination_reads_figures_without_names_and_nobody_else_does(
    client, platform, held, token, clock
):
    view = await read_view(platform, held.appointment)
    await check_in.say(platform, view, Answer(answer="left", words="En Irlande"))
    figures = await check_in.read_figures(platform, date(2027, 1, 1), date(2027, 2, 1))
    assert (figures.held, figures.total, figures.left, figures.moving) == (1, 1, 1, 100)
    none = await check_in.read_figures(platform, date(2027, 2, 1), date(2027, 3, 1))
    assert (none.held, none.total, none.moving) == (0, 0, 0)
    clock.set(ASKED + timedelta(days=10))
    await signed_in(platform, client, held.account)
    assert (await client.get("/reseau/nouvelles")).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    page = (await client.get("/reseau/nouvelles")).text
    assert "Je suis parti·e" in page
    assert "Irlande" not in page
    assert "Alix" not in page
    network = (await client.get("/reseau")).text.replace("\xa0", " ")
    assert "Un mois après : 100 % parti·es ou candidat·es, 1 réponse en un an" in network
