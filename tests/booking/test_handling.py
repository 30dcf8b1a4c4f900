"""One appointment on a staff member's screen, over HTTP: what is shown before a deed, what it does, who may."""

from datetime import timedelta

import pytest

from core.booking.service import cancel
from core.booking.views import read_view
from core.notices.preview import Planned, foretell
from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_slot,
    signed_in,
)
from tests.booking.conftest import TUESDAY, booked, make_desk
from tests.interviews.conftest import user_of_account

HOUR = timedelta(hours=1)


async def send(client, path, **form):
    return await client.post(path, data={**form, "_csrf_token": await form_token(client)})


def said(answer):
    return answer.text.replace("\u00a0", " ")


@pytest.fixture
async def appointment(platform, desk):
    return (await booked(platform, desk)).appointment_id


@pytest.fixture
async def here(appointment):
    return f"/rendez-vous/{appointment}"


@pytest.fixture
async def sacha(database, desk):
    colleague = await make_advisor(database, desk.structure, display_name="Sacha E.")
    await make_slot(database, colleague, desk.structure, TUESDAY, site=desk.site)
    return colleague


@pytest.fixture
async def camille(platform, client, database, desk):
    return await signed_in(platform, client, await account_of(database, desk.advisor))


async def test_the_page_tells_where_it_stands_and_every_move(
    platform, camille, here, appointment, desk, database
):
    user = await user_of_account(platform, await account_of(database, desk.advisor))
    await cancel(platform, appointment, user=user, reason="Une grève")
    page = said(await camille.get(here))
    for words in (
        "Rendez-vous avec Alix Essai",
        "Annulé par la structure",
        "Une grève",
        "Réservé : mardi 2 février 2027 à 14 h, En personne, Accueil Bordeaux, Camille E.",
        "par le ou la jeune",
        "par Camille E",
        "Rétablir le rendez-vous",
    ):
        assert words in page, words
    done = await send(camille, f"{here}/retablir")
    assert done.headers["location"] == here
    page = said(await camille.get(here))
    assert "À venir" in page
    assert "Rétabli, à la même heure" in page


async def test_what_leaves_is_shown_before_it_is_handed_over(
    camille, here, appointment, sacha, platform
):
    page = said(await camille.get(f"{here}/confier"))
    assert "Sacha E." in page
    form = {"value": f"give:{sacha}", "sequence": "0"}
    check = await send(camille, f"{here}/confier", **form)
    assert check.status_code == 200
    text = said(check)
    assert "Confier à Sacha E., à la même heure" in text
    assert "Alix Essai</strong> : changement, E-mail" in text
    assert "rendez-vous confié, E-mail" in text
    assert "rendez-vous retiré, E-mail" in text
    assert (await read_view(platform, appointment)).sequence == 0
    done = await send(camille, f"{here}/confier", **form, step="apply")
    assert done.status_code == 303
    assert (await read_view(platform, appointment)).advisor_id == sacha
    # It is no longer theirs to handle, so the page that follows is the colleague's.
    assert (await camille.get(here)).status_code == 404


async def test_a_stale_page_changes_nothing_and_says_so(
    camille, here, appointment, sacha, platform
):
    await send(camille, f"{here}/canal", channel="phone", sequence="0", step="apply")
    late = await send(camille, f"{here}/confier", value=f"give:{sacha}", sequence="0", step="apply")
    assert late.status_code == 409
    assert "a changé entre-temps" in late.text
    assert 'name="sequence" value="1"' in late.text
    assert (await read_view(platform, appointment)).channel == "phone"


async def test_a_move_chosen_from_the_list_keeps_the_advisor(
    camille, here, appointment, platform, desk, sacha
):
    page = await camille.get(f"{here}/deplacer")
    value = f"move:2027-02-02T14:00:00Z@{desk.site}"
    assert f'value="{value}"' in page.text
    assert f'value="move:2027-02-02T13:00:00Z@{desk.site}"' not in page.text
    check = said(await send(camille, f"{here}/deplacer", value=value, sequence="0"))
    assert "Déplacer : mardi 2 février 2027 à 15 h" in check
    assert "rendez-vous retiré" not in check
    await send(camille, f"{here}/deplacer", value=value, sequence="0", step="apply")
    view = await read_view(platform, appointment)
    assert (view.starts_at, view.advisor_id) == (TUESDAY + HOUR, desk.advisor)


async def test_a_cancellation_says_why_unless_the_youth_asked_for_it(
    camille, here, appointment, platform
):
    bare = await send(camille, f"{here}/annuler", value="cancel", sequence="0")
    assert bare.status_code == 422
    assert 'id="f-word-error"' in bare.text
    check = said(await send(camille, f"{here}/annuler", value="cancel:youth", sequence="0"))
    assert "Alix Essai</strong> : annulation, E-mail" in check
    await send(camille, f"{here}/annuler", value="cancel:youth", sequence="0", step="apply")
    assert (await read_view(platform, appointment)).status == "cancelled_by_youth"


async def test_nonsense_is_a_fault_beside_its_field(camille, here, sacha):
    for verb, value in (
        ("confier", "cancel"),
        ("confier", "give:moi"),
        ("deplacer", f"give:{sacha}"),
        ("annuler", ""),
        ("deplacer", "move:hier"),
    ):
        answer = await send(camille, f"{here}/{verb}", value=value, sequence="0")
        assert answer.status_code == 422, (verb, value)
        assert 'href="#f-value"' in answer.text, (verb, value)
    answer = await send(camille, f"{here}/canal", channel="pigeon", sequence="0")
    assert answer.status_code == 422


async def test_another_channel_asks_for_what_it_needs_and_is_kept(
    camille, here, appointment, platform, database
):
    await database.execute("UPDATE youth SET phone = ''")
    form = {"channel": "phone", "sequence": "0", "email": "alix@example.org"}
    refused = await send(camille, f"{here}/canal", **form, phone="", step="apply")
    assert refused.status_code == 422
    assert 'id="f-phone-error"' in refused.text
    check = await send(camille, f"{here}/canal", **form, phone="06 98 76 54 32")
    assert "À la même heure" in check.text
    await send(camille, f"{here}/canal", **form, phone="06 98 76 54 32", step="apply")
    view = await read_view(platform, appointment)
    assert (view.channel, view.youth.phone, view.sequence) == ("phone", "+33698765432", 1)


async def test_nobody_free_is_said_with_other_ways_and_a_past_one_does_not_change(
    platform, client, camille, here, clock, database, desk
):
    page = said(await camille.get(f"{here}/confier"))
    assert "Aucun·e collègue de la structure n’est libre à cette heure-là" in page
    assert f'href="{here}/deplacer"' in page
    clock.set(TUESDAY + 2 * HOUR)
    await signed_in(platform, client, await account_of(database, desk.advisor))
    assert "il ne change plus" in (await client.get(f"{here}/deplacer")).text
    page = said(await client.get(here))
    assert "À renseigner" in page
    assert "Confier" not in page


async def test_the_coordination_acts_without_knowing_who_comes(
    platform, client, database, here, appointment, sacha
):
    await signed_in(platform, client, await make_account(database, region_role="coordinator"))
    paths = [here, *(f"{here}/{verb}" for verb in ("confier", "deplacer", "annuler", "canal"))]
    pages = [(await client.get(path)).text for path in paths]
    check = await send(client, f"{here}/confier", value=f"give:{sacha}", sequence="0")
    for text in [*pages, check.text]:
        assert "Alix" not in text
        assert "alix@example.org" not in text
        assert "12345678" not in text
    await send(client, f"{here}/confier", value=f"give:{sacha}", sequence="0", step="apply")
    assert (await read_view(platform, appointment)).advisor_id == sacha
    actions = [row["action"] for row in await database.fetch("SELECT action FROM audit")]
    assert actions == ["appointment.reassigned"]


async def test_a_colleague_and_another_structure_see_nothing(
    platform, client, database, here, sacha
):
    other = await make_desk(database)
    for advisor in (sacha, other.advisor):
        await signed_in(platform, client, await account_of(database, advisor))
        assert (await client.get(here)).status_code == 404
        for verb in ("confier", "deplacer", "annuler", "canal", "retablir"):
            assert (
                await send(client, f"{here}/{verb}", value="cancel", sequence="0")
            ).status_code == 404


# What leaves


async def test_the_preview_says_what_the_notices_then_do(
    platform, database, appointment, sacha, desk
):
    user = await user_of_account(platform, await account_of(database, desk.advisor))
    told = await foretell(platform, user, {appointment: Planned(advisor_id=sacha)})
    assert [(one.audience, one.kind, one.carriers) for one in told[appointment]] == [
        ("youth", "change", ("E-mail",)),
        ("advisor", "change", ("E-mail",)),
        ("former_advisor", "change", ("E-mail",)),
    ]
    await database.execute("UPDATE advisor SET notice_level = 'none' WHERE id = $1", sacha)
    await database.execute("UPDATE youth SET email = '', phone = ''")
    told = await foretell(platform, user, {appointment: Planned(advisor_id=sacha)})
    assert [one.carriers for one in told[appointment]] == [(), (), ("E-mail",)]
    await database.execute("UPDATE advisor SET notice_level = 'others' WHERE id = $1", desk.advisor)
    own = await foretell(platform, user, {appointment: Planned(status="cancelled_by_structure")})
    assert [(one.audience, one.kind) for one in own[appointment]] == [
        ("youth", "cancellation"),
        ("advisor", None),
    ]
