"""Workers of other bodies book for youths, by a link: what they may do, what they learn, what the youth is asked."""

import asyncio
import re
from datetime import date, timedelta

import msgspec
import pytest

from core.accounts.access import CurrentUser
from core.booking.alikes import settle_alike
from core.booking.holds import read_hold, take_hold
from core.booking.links import appointment_path, referral_path
from core.booking.referral_links import NewLink, create_link, list_links, revoke_link
from core.booking.referrals import Worker, read_referral, refer, release_unanswered
from core.booking.service import move
from core.booking.ticket import ticket_value
from core.booking.views import read_view
from core.contracts.events import AppointmentBooked
from core.errors import Conflict, NotFound, Refused
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_appointment,
    make_referral_link,
    make_youth,
    signed_in,
)
from tests.booking.conftest import TUESDAY, applicant, booked, held, make_desk
from tests.booking.test_pages import send

HOUR = timedelta(hours=1)
WORKER = Worker(name="Sam Éduc", email="sam@mission.example", phone="06 11 22 33 44")
FORM = {
    "name": "Noé Essai",
    "birth_date": "2006-05-31",
    "commune": "33000",
    "email": "noe@example.org",
    "phone": "06 12 34 56 78",
    "consent": "true",
    "worker_name": "Sam Éduc",
    "worker_email": "sam@mission.example",
}


@pytest.fixture
async def link(platform, database):
    return await _read(platform, await make_referral_link(database))


async def _read(platform, link_id):
    everyone = await list_links(platform, await _coordinator(platform))
    return next(one for one in everyone if one.id == link_id)


async def _coordinator(platform):
    account = await make_account(platform.db, region_role="coordinator")
    return CurrentUser(account_id=account, name="Coordination", email="", region_role="coordinator")


async def referred(platform, desk, link, at=TUESDAY, mode="in_person", **values):
    return await refer(
        platform, link, WORKER, await held(platform, desk, at, mode), applicant(**values)
    )


async def test_b09_origin_and_author_are_kept_and_the_youth_is_told(platform, desk, link, database):
    made = await referred(platform, desk, link)
    row = await database.fetch_one("SELECT origin, author, out_of_lead FROM appointment")
    assert tuple(row) == ("referral", None, False)
    kept = await read_referral(platform, made.appointment_id)
    assert (kept.worker_name, kept.worker_phone, kept.agreed_at) == (
        "Sam Éduc",
        "+33611223344",
        None,
    )
    view = await read_view(platform, made.appointment_id)
    assert (view.booked_by, view.to_confirm) == ("Sam Éduc, Mission locale d’essai", True)
    assert await database.fetch_value("SELECT actor FROM appointment_change") == "referrer"
    (event,) = await database.fetch("SELECT payload FROM outbox_event")
    assert msgspec.convert(event[0], AppointmentBooked).appointment_id == made.appointment_id
    assert (await _read(platform, link.id)).bookings == 1


async def test_the_same_hold_books_once_and_a_lost_slot_writes_nothing(
    platform, desk, link, database
):
    hold = await held(platform, desk)
    first = await refer(platform, link, WORKER, hold, applicant())
    again = await refer(platform, link, WORKER, hold, applicant())
    assert (first.appointment_id, again.again) == (again.appointment_id, True)
    lost = await held(platform, desk, TUESDAY + HOUR)
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY + HOUR)
    with pytest.raises(Conflict):
        await refer(platform, link, WORKER, lost, applicant(email="b@example.org", name="Bo Essai"))
    assert await database.fetch_value("SELECT count(*) FROM referral") == 1


async def test_the_worker_never_learns_of_another_appointment(platform, desk, link, database):
    await booked(platform, desk)
    with pytest.raises(Refused) as refusal:
        await referred(platform, desk, link, TUESDAY + HOUR)
    assert "déjà un rendez-vous" in refusal.value.message
    assert "14 h" not in refusal.value.message
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 1


@pytest.mark.parametrize(
    "worker",
    [
        Worker(name="Sam Éduc"),
        Worker(name="Sam Éduc", email="nope"),
        Worker(name="Sam Éduc", email="sam@mission.example", phone="12"),
    ],
)
async def test_a_worker_who_cannot_be_reached_books_nothing(platform, desk, link, worker, database):
    with pytest.raises(Refused):
        await refer(platform, link, worker, await held(platform, desk), applicant())
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 0


async def test_a_link_ends_by_its_day_by_hand_and_at_its_structures_border(
    platform, desk, database, clock
):
    other = await make_desk(database, name="Une autre")
    mine = await _read(platform, await make_referral_link(database, desk.structure))
    with pytest.raises(NotFound):
        await referred(platform, other, mine)
    last = await _read(platform, await make_referral_link(database, expires_on=date(2027, 1, 25)))
    await referred(platform, desk, last)
    clock.advance(timedelta(days=1))
    with pytest.raises(Conflict):
        await referred(platform, desk, last, TUESDAY + HOUR, email="b@example.org")
    user = await _coordinator(platform)
    for _ in range(2):
        await revoke_link(platform, user, mine.id)
    with pytest.raises(Conflict):
        await referred(platform, desk, await _read(platform, mine.id), TUESDAY + HOUR)
    actions = await database.fetch("SELECT action FROM audit")
    assert [row[0] for row in actions] == ["referral_link.revoked"]


async def test_a_manager_makes_links_for_their_structure_only(platform, client, desk, database):
    account = await make_account(database)
    await join(database, account, desk.structure, role="manager")
    other = await make_desk(database, name="Une autre")
    theirs = await make_referral_link(database, other.structure, body="Ailleurs")
    await signed_in(platform, client, account)
    answers = {"body": "CFA d’essai", "email": "cfa@example.org", "expires_on": "2027-12-31"}
    for structure in ("", str(other.structure)):
        refused = await send(client, "/reseau/orientation", **answers, structure=structure)
        assert refused.status_code == 404
    for wrong in (
        {"expires_on": "2026-01-01"},
        {"expires_on": "2031-01-01"},
        {"email": "x"},
        {"body": ""},
    ):
        values = {**answers, "structure": str(desk.structure), **wrong}
        assert (await send(client, "/reseau/orientation", **values)).status_code == 422, wrong
    made = await send(client, "/reseau/orientation", **answers, structure=str(desk.structure))
    assert made.status_code == 303
    page = (await client.get("/reseau/orientation")).text
    link_id = await database.fetch_value("SELECT id FROM referral_link WHERE body = 'CFA d’essai'")
    assert referral_path(platform, link_id) in page
    assert "mailto:cfa@example.org" in page
    assert "Ailleurs" not in page
    assert (await send(client, f"/reseau/orientation/{theirs}/fermer")).status_code == 404
    assert (await send(client, f"/reseau/orientation/{link_id}/fermer")).status_code == 303
    closed = await client.get(referral_path(platform, link_id))
    assert closed.status_code == 409
    assert "n’est plus valable" in closed.text


async def test_the_whole_way_of_a_worker_and_of_the_youth(platform, client, desk, link, database):
    root = referral_path(platform, link.id)
    search = (await client.get(f"{root}?ou=bordeaux")).text
    assert "au nom de Mission locale d’essai" in search
    assert f'action="{root}/creneau"' in search
    assert f'href="{root}/creneaux/' in search
    assert "/demande" not in search
    slug = await database.fetch_value("SELECT slug FROM structure")
    assert f'action="{root}/creneau"' in (await client.get(f"{root}/creneaux/{slug}")).text
    ticket = ticket_value(desk.structure, "in_person", desk.site, TUESDAY)
    kept = await send(client, f"{root}/creneau", ticket=ticket)
    form = kept.headers["location"]
    assert form.startswith(f"{root}/reserver/")
    assert "Pour qui est ce rendez-vous" in (await client.get(form)).text
    for field, typed in (
        ("worker_name", ""),
        ("worker_email", "x"),
        ("commune", "Trifouilly"),
        ("consent", ""),
        ("birth_date", "1980-01-01"),
        ("email", "x"),
    ):
        faulty = await send(client, form, **{**FORM, field: typed})
        assert faulty.status_code == 422, field
        assert f'id="f-{field}-error"' in faulty.text, field
        assert "Noé Essai" in faulty.text
    for _ in range(2):
        done = await send(client, form, **FORM)
        assert done.headers["location"] == form
    said = (await client.get(form)).text
    assert "C’est réservé" in said
    appointment = await database.fetch_one("SELECT id, link_version FROM appointment")
    path = appointment_path(platform, appointment["id"], appointment["link_version"])
    assert path.rsplit("/", 1)[-1] not in said
    assert "/rdv/" not in said
    # The youth's side.
    page = (await client.get(path)).text
    assert "Sam Éduc, Mission locale d’essai a pris ce rendez-vous pour vous" in page
    assert (await client.get(f"{path}/convient")).status_code == 405
    assert (await client.get(path)).text.count("Oui, il me convient") == 1
    assert (await send(client, f"{path}/convient")).status_code == 303
    assert "Oui, il me convient" not in (await client.get(path)).text
    assert (await _read(platform, link.id)).agreed == 1


async def test_without_an_email_a_number_is_enough_but_not_for_video(platform, desk, link):
    with pytest.raises(Refused):
        await referred(platform, desk, link, mode="video", email="")
    made = await referred(platform, desk, link, TUESDAY + HOUR, email="")
    assert made.path


async def test_settling_it_otherwise_is_an_answer(platform, desk, link):
    made = await referred(platform, desk, link)
    await move(platform, made.appointment_id, TUESDAY + HOUR)
    assert not (await read_view(platform, made.appointment_id)).to_confirm


async def test_what_nobody_answers_is_shown_to_the_advisor_and_kept(
    platform, client, desk, link, database, clock
):
    await referred(platform, desk, link)
    clock.set(TUESDAY - 25 * HOUR)
    await signed_in(platform, client, await account_of(database, desk.advisor))
    assert "À confirmer" in (await client.get("/agenda")).text
    clock.set(TUESDAY - 24 * HOUR)
    page = (await client.get("/agenda")).text
    assert "Sans réponse" in page
    assert "pris par Sam Éduc" in page
    await release_unanswered(platform)
    assert await database.fetch_value("SELECT status FROM appointment") == "booked"


async def test_a_region_may_release_what_nobody_answers(platform, desk, link, database, clock):
    rules = msgspec.structs.replace(platform.settings.booking, referral_unanswered="release")
    platform.settings = msgspec.structs.replace(platform.settings, booking=rules)
    silent = await referred(platform, desk, link)
    answered = await referred(platform, desk, link, TUESDAY + HOUR, email="b@example.org")
    await move(platform, answered.appointment_id, TUESDAY + 2 * HOUR)
    clock.set(TUESDAY - 24 * HOUR - timedelta(seconds=1))
    await release_unanswered(platform)
    assert (await read_view(platform, silent.appointment_id)).status == "booked"
    clock.set(TUESDAY - 24 * HOUR)
    for _ in range(2):
        await release_unanswered(platform)
    assert (await read_view(platform, silent.appointment_id)).status == "cancelled_by_structure"
    assert (await read_view(platform, answered.appointment_id)).status == "booked"
    actors = await database.fetch("SELECT actor FROM appointment_change WHERE kind = 'cancelled'")
    assert [row[0] for row in actors] == ["platform"]


async def test_b09_nobody_is_merged_on_name_and_phone_without_a_look(
    platform, client, desk, link, database
):
    known = await make_youth(database, name="ALIX essai", email="", birth_date=None)
    await make_appointment(
        database,
        desk.advisor,
        desk.structure,
        TUESDAY - timedelta(days=60),
        youth=known,
        status="honoured",
    )
    made = await referred(platform, desk, link)
    assert await database.fetch_value("SELECT count(*) FROM youth") == 2
    await signed_in(platform, client, await account_of(database, desk.advisor))
    here = f"/rendez-vous/{made.appointment_id}"
    page = (await client.get(here)).text
    assert "Est-ce la même personne" in page
    assert "tel:+33611223344" in page
    assert (await send(client, f"{here}/personne", who="perhaps")).headers["location"] == here
    await send(client, f"{here}/personne", who="same")
    assert (
        await database.fetch_value(
            "SELECT youth FROM appointment WHERE id = $1", made.appointment_id
        )
        == known
    )
    youth = await database.fetch_one("SELECT name, email, birth_date FROM youth")
    assert tuple(youth) == ("ALIX essai", "alix@example.org", date(2006, 5, 31))
    assert "Est-ce la même personne" not in (await client.get(here)).text
    again = await send(client, f"{here}/personne", who="other")
    assert again.status_code == 303
    actions = await database.fetch("SELECT action FROM audit WHERE action <> 'appointment.opened'")
    assert [row[0] for row in actions] == ["youth.merged"]


async def test_two_people_stay_two_and_other_structures_are_never_compared(
    platform, desk, link, database
):
    other = await make_desk(database, name="Une autre")
    await make_appointment(database, other.advisor, other.structure, TUESDAY - timedelta(days=60))
    made = await referred(platform, desk, link)
    assert await database.fetch_value("SELECT alike FROM referral") is None
    user = await _coordinator(platform)
    with pytest.raises(Conflict):
        await settle_alike(platform, user, made.appointment_id, same=True)
    await database.execute(
        "UPDATE referral SET alike = (SELECT min(id::text)::uuid FROM youth), alike_state = 'open'"
    )
    await settle_alike(platform, user, made.appointment_id, same=False)
    assert await database.fetch_value("SELECT count(*) FROM youth") == 2


async def test_a_forged_or_foreign_ticket_holds_nothing(platform, client, desk, link, database):
    other = await make_desk(database, name="Une autre")
    root = referral_path(platform, await make_referral_link(database, other.structure))
    ticket = ticket_value(desk.structure, "in_person", desk.site, TUESDAY)
    assert (await send(client, f"{root}/creneau", ticket=ticket)).status_code == 404
    assert (await send(client, f"{root}/creneau", ticket="x")).status_code == 303
    token = await take_hold(platform, desk.sought(), TUESDAY)
    assert (await read_hold(platform, token)).structure == desk.structure
    assert (await send(client, f"{root}/reserver/{token}", **FORM)).status_code == 404
    slug = await database.fetch_value("SELECT slug FROM structure WHERE id = $1", desk.structure)
    assert (await client.get(f"{root}/creneaux/{slug}")).status_code == 404
    shown = (await client.get(f"{root}?canal=in_person")).text
    assert len(set(re.findall(r'value="([0-9a-f-]{36})~', shown))) == 1


async def test_a_links_dates_are_checked_where_it_is_made(platform, desk):
    user = await _coordinator(platform)
    new = NewLink(body="CFA", email="", structure_id=None, expires_on=date(2027, 1, 25))
    link_id = await create_link(platform, user, new)
    assert (await _read(platform, link_id)).is_open(date(2027, 1, 25))


async def test_a_form_that_is_sent_twice_makes_one_link(platform, database):
    user = await _coordinator(platform)
    new = NewLink(body="CFA", email="", structure_id=None, expires_on=date(2027, 5, 31))
    first, second = await asyncio.gather(*(create_link(platform, user, new) for _ in range(2)))
    assert first == second
    assert len(await list_links(platform, user)) == 1
    await revoke_link(platform, user, first)
    assert await create_link(platform, user, new) != first
