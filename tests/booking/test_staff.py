from datetime import timedelta

import pytest

from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_slot,
    make_structure,
    signed_in,
)
from tests.booking.conftest import TUESDAY, make_desk
from tests.booking.test_pages import send, stamp

PATH = "/rendez-vous/nouveau"


@pytest.fixture
async def colleague(platform, client, desk, database):
    return await signed_in(platform, client, await account_of(database, desk.advisor))


def answers(desk, **values):
    return {
        "structure": str(desk.structure),
        "canal": "in_person",
        "slot": f"{stamp(TUESDAY)}@{desk.site}",
        "name": "Alix Essai",
        "email": "alix@example.org",
        "consent": "true",
        **values,
    }


async def test_s26_staff_book_at_two_hours_notice_and_it_is_marked(
    platform, client, desk, database, clock
):
    clock.set(TUESDAY - timedelta(hours=2))
    colleague = await signed_in(platform, client, await account_of(database, desk.advisor))
    shown = await colleague.get(PATH)
    assert f'value="{stamp(TUESDAY)}@{desk.site}"' in shown.text
    done = await send(colleague, PATH, **answers(desk))
    assert done.headers["location"] == "/agenda"
    row = await database.fetch_one(
        "SELECT origin, author, out_of_lead, advisor, starts_at FROM appointment"
    )
    author = await account_of(database, desk.advisor)
    assert tuple(row) == ("advisor", author, True, desk.advisor, TUESDAY)
    assert await database.fetch_value("SELECT actor FROM appointment_change") == "staff"


async def test_b05_pressed_twice_a_form_books_once_and_another_person_is_told(
    colleague, desk, database
):
    page = (await colleague.get(PATH)).text
    once = page.partition('name="once" value="')[2].partition('"')[0]
    assert len(once) > 12
    answers_once = answers(desk, once=once)
    for _ in range(2):
        assert (await send(colleague, PATH, **answers_once)).status_code == 303
    other = await send(colleague, PATH, **{**answers_once, "name": "Bo Essai", "email": "b@x.fr"})
    assert other.status_code == 422
    assert "vient d’être pris" in other.text
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


async def test_s26_near_slots_are_marked_before_and_after(colleague, desk, database, clock):
    clock.set(TUESDAY - timedelta(hours=48))
    await database.execute("UPDATE session SET seen_at = $1", clock.now())
    assert "hors délai" not in (await colleague.get(PATH)).text
    clock.advance(timedelta(seconds=1))
    page = (await colleague.get(PATH)).text
    assert page.count("hors délai") == 1
    await send(colleague, PATH, **answers(desk))
    appointment = await database.fetch_value("SELECT id FROM appointment")
    for path in ("/agenda", f"/rendez-vous/{appointment}", f"/entretiens/{appointment}"):
        shown = (await colleague.get(path)).text
        assert "ors délai" in shown, path
        assert "Camille Essai" in shown, path


async def test_a_refusal_keeps_what_was_typed_and_leaves_the_slot_free(colleague, desk):
    faulty = await send(colleague, PATH, **answers(desk, email="nope"))
    assert faulty.status_code == 422
    assert 'id="f-email-error"' in faulty.text
    assert "Alix Essai" in faulty.text
    assert (await send(colleague, PATH, **answers(desk))).status_code == 303


async def test_a_phone_is_enough_without_an_email_except_for_video(colleague, desk):
    refused = await send(
        colleague,
        PATH,
        **answers(desk, canal="video", slot=stamp(TUESDAY), email="", phone="0612345678"),
    )
    assert 'id="f-email-error"' in refused.text
    done = await send(colleague, PATH, **answers(desk, email="", phone="0612345678"))
    assert done.status_code == 303


async def test_b04_staff_are_asked_before_they_move_someones_appointment(colleague, desk, database):
    person = {"birth_date": "2006-05-31"}
    await send(colleague, PATH, **answers(desk, **person))
    later = f"{stamp(TUESDAY + timedelta(hours=1))}@{desk.site}"
    asked = await send(colleague, PATH, **answers(desk, slot=later, **person))
    assert asked.status_code == 422
    assert "déjà un rendez-vous" in asked.text
    done = await send(colleague, PATH, **answers(desk, slot=later, existing="replace", **person))
    assert done.status_code == 303
    starts = await database.fetch("SELECT starts_at FROM appointment")
    assert [row["starts_at"] for row in starts] == [TUESDAY + timedelta(hours=1)]


async def test_another_structure_is_a_404_and_its_slots_are_not_shown(colleague, desk, database):
    other = await make_desk(database, name="Une autre")
    refused = await send(colleague, PATH, **answers(other))
    assert refused.status_code == 404
    assert "Une autre" not in (await colleague.get(f"{PATH}?structure={other.structure}")).text


async def test_the_page_is_for_staff_and_a_nonsense_slot_is_a_fault(client, desk, colleague):
    for slot in ("", "demain", "2027-02-02T14:00:00", f"{stamp(TUESDAY)}@x"):
        refused = await send(colleague, PATH, **answers(desk, slot=slot))
        assert refused.status_code == 422, slot
    client.cookies.clear()
    assert "/connexion" in (await client.get(PATH)).headers["location"]


async def test_a_colleague_of_two_structures_chooses(platform, client, database):
    account = await make_account(database)
    first, second = await make_structure(database, "Alpha"), await make_structure(database, "Beta")
    for structure in (first, second):
        await join(database, account, structure)
    await signed_in(platform, client, account)
    page = await client.get(f"{PATH}?structure={second}&canal=phone")
    assert f'value="{second}" selected' in page.text
    assert "Aucun créneau libre" in page.text


async def test_staff_receive_whom_they_book_when_they_are_free(platform, client, desk, database):
    mine = await make_advisor(database, desk.structure)
    await make_slot(database, mine, desk.structure, TUESDAY, site=desk.site)
    for advisor in (mine, desk.advisor):
        await signed_in(platform, client, await account_of(database, advisor))
        await send(client, PATH, **answers(desk, email=f"{advisor.hex}@example.org"))
        assert (
            await database.fetch_value(
                "SELECT advisor FROM appointment ORDER BY created_at DESC, author = $1 DESC LIMIT 1",
                await account_of(database, advisor),
            )
            == advisor
        )
