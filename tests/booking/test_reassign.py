"""Handing appointments over, on the real engine: who is free, what is kept, and races."""

import asyncio
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from core.booking.colleagues import list_free_colleagues
from core.booking.handling import read_to_handle
from core.booking.judge import RulesRefused
from core.booking.options import list_cases
from core.booking.reassign import reassign
from core.booking.resettle import Choice, read_choice, settle, settle_one
from core.booking.service import book, cancel
from core.booking.undoing import reopen
from core.booking.views import read_view
from core.errors import Conflict, NotFound, Refused
from core.notices import service as notices
from core.testing.factories import (
    account_of,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_slot,
    make_structure,
    make_youth,
)
from tests.booking.conftest import TUESDAY, applicant, booked, held
from tests.interviews.conftest import user_of_account

HOUR = timedelta(hours=1)


@pytest.fixture
async def appointment(platform, desk):
    return (await booked(platform, desk)).appointment_id


@pytest.fixture
async def sacha(database, desk):
    """A colleague of the same structure who offers the same hours at the same site."""
    colleague = await make_advisor(database, desk.structure, display_name="Sacha E.")
    for hour in (14, 15):
        at = TUESDAY.replace(hour=hour)
        await make_slot(database, colleague, desk.structure, at, site=desk.site)
    return colleague


@pytest.fixture
async def manager(platform, database, desk):
    chief = await make_advisor(database, desk.structure, role="manager", display_name="Claude R.")
    return await user_of_account(platform, await account_of(database, chief))


@pytest.fixture
async def camille(platform, database, desk):
    return await user_of_account(platform, await account_of(database, desk.advisor))


async def free(platform, user, appointment):
    view = await read_view(platform, appointment)
    return (await list_free_colleagues(platform, user, [view]))[appointment]


async def test_an_appointment_goes_to_a_free_colleague_and_only_that_changes(
    platform, database, desk, appointment, sacha, manager
):
    before = await read_view(platform, appointment)
    first = (await free(platform, manager, appointment))[0]
    assert (first.name, first.offers, first.same_way) == ("Sacha E.", True, True)
    view = await reassign(platform, appointment, manager, to=sacha)
    assert (view.advisor_id, view.sequence) == (sacha, 1)
    for field in ("starts_at", "ends_at", "channel", "site", "status", "youth"):
        assert getattr(view, field) == getattr(before, field)
    row = await database.fetch_one(
        "SELECT kind, actor, account, before ->> 'advisor' AS former FROM appointment_change WHERE sequence = 1"
    )
    assert tuple(row) == ("reassigned", "staff", manager.account_id, str(desk.advisor))
    assert await database.fetch_value("SELECT detail ->> 'to' FROM audit") == str(sacha)
    kinds = "SELECT count(*) FROM outbox_event WHERE payload ->> 'type' = 'appointmentchanged'"
    assert await database.fetch_value(kinds) == 1
    assert (await reassign(platform, appointment, manager, to=sacha)).sequence == 1
    assert (await booked(platform, desk, email="next@example.org")).path  # the former is free again


async def test_b06_the_former_advisor_the_new_one_and_the_youth_each_hear_their_own(
    platform, appointment, sacha, manager
):
    await notices.plan(platform, appointment)
    await notices.deliver_due(platform)
    await reassign(platform, appointment, manager, to=sacha)
    await notices.plan(platform, appointment)
    while await notices.deliver_due(platform):
        pass
    rows = await platform.db.fetch(
        "SELECT audience, subject, recipient FROM notifications_email_message m"
        " WHERE kind = 'change' ORDER BY audience"
    )
    said = {row["audience"]: row["subject"] for row in rows}
    assert said["former_advisor"].startswith("Ce rendez-vous n’est plus dans votre agenda")
    assert said["advisor"].startswith("Un rendez-vous vous est confié")
    assert said["youth"].startswith("Votre rendez-vous a changé")
    assert len(rows) == 3


async def test_only_who_offers_that_hour_at_that_site_and_is_free_is_a_choice(
    platform, database, desk, appointment, sacha, camille
):
    elsewhere = await make_site(database, desk.structure, name="Annexe")
    other_site = await make_advisor(database, desk.structure, display_name="Autre lieu")
    await make_slot(
        database, other_site, desk.structure, TUESDAY, site=elsewhere, channels=["in_person"]
    )
    by_video = await make_advisor(database, desk.structure, display_name="Visio seule")
    await make_slot(database, by_video, desk.structure, TUESDAY, channels=["video"])
    taken = await make_advisor(database, desk.structure, display_name="Déjà pris")
    await make_slot(database, taken, desk.structure, TUESDAY, site=desk.site)
    await make_appointment(database, taken, desk.structure, TUESDAY)
    kept = await make_advisor(database, desk.structure, display_name="En réservation")
    await make_slot(database, kept, desk.structure, TUESDAY, site=desk.site)
    await database.execute(
        "INSERT INTO hold (id, token_hash, advisor, structure, site, channel, starts_at, ends_at, created_at, expires_at)"
        " VALUES (gen_random_uuid(), '\\x00', $1, $2, $3, 'phone', $4, $5, $4, '2028-01-01')",
        kept,
        desk.structure,
        desk.site,
        TUESDAY,
        TUESDAY + HOUR,
    )
    foreign = await make_structure(database)
    stranger = await make_advisor(database, foreign, display_name="Autre structure")
    await make_slot(database, stranger, foreign, TUESDAY)
    found = await free(platform, camille, appointment)
    assert {(one.name, one.same_way, one.by_video) for one in found} == {
        ("Sacha E.", True, True),
        ("Visio seule", False, True),
    }


async def test_by_video_the_hour_stays_and_the_address_that_is_missing_is_asked(
    platform, database, desk, appointment, manager, camille
):
    by_video = await make_advisor(database, desk.structure, display_name="Visio seule")
    await make_slot(database, by_video, desk.structure, TUESDAY, channels=["video"])
    with pytest.raises(Conflict):
        await reassign(platform, appointment, camille, to=by_video)
    await database.execute("UPDATE youth SET email = ''")
    with pytest.raises(RulesRefused):
        await reassign(platform, appointment, manager, to=by_video, by_video=True)
    await database.execute("UPDATE youth SET email = 'alix@example.org'")
    view = await reassign(platform, appointment, manager, to=by_video, by_video=True)
    assert (view.advisor_id, view.channel, view.site) == (by_video, "video", None)
    assert (view.starts_at, view.sequence) == (TUESDAY, 1)


async def test_what_is_past_or_cancelled_is_not_handed_over(
    platform, appointment, sacha, manager, clock
):
    clock.set(TUESDAY + HOUR)
    with pytest.raises(Conflict):
        await reassign(platform, appointment, manager, to=sacha)
    clock.set(TUESDAY - HOUR)
    await cancel(platform, appointment, user=manager)
    with pytest.raises(Conflict):
        await reassign(platform, appointment, manager, to=sacha)


async def test_a_manager_may_also_hand_it_to_someone_who_does_not_offer_that_hour_but_is_free(
    platform, database, desk, appointment, manager, camille
):
    noa = await make_advisor(database, desk.structure, display_name="Noa E.")
    for name, values in (
        ("Absente", {}),
        ("Prise", {}),
        ("Non formée", {"trained_on": None}),
    ):
        other = await make_advisor(database, desk.structure, display_name=name, **values)
        if name == "Absente":
            await database.execute(
                "INSERT INTO absence (id, advisor, starts_on, start_time, ends_on, end_time)"
                " VALUES (gen_random_uuid(), $1, '2027-02-02', '14:30', '2027-02-02', '18:00')",
                other,
            )
            away = other
        if name == "Prise":
            await make_appointment(database, other, desk.structure, TUESDAY - HOUR / 2)
    invited = await make_advisor(database, desk.structure, display_name="Invitée")
    await database.execute(
        "UPDATE membership SET accepted_at = NULL WHERE account = $1",
        await account_of(database, invited),
    )
    found = await free(platform, manager, appointment)
    assert {(one.name, one.offers) for one in found} == {("Noa E.", False), ("Claude R.", False)}
    assert await free(platform, camille, appointment) == []
    with pytest.raises(Conflict):
        await reassign(platform, appointment, camille, to=noa)
    with pytest.raises(Conflict):
        await reassign(platform, appointment, manager, to=away)
    # With several sites, only who receives at that one.
    annexe = await make_site(database, desk.structure, name="Annexe")
    assert await free(platform, manager, appointment) == []
    await make_slot(database, noa, desk.structure, TUESDAY + 24 * HOUR, site=annexe)
    assert await free(platform, manager, appointment) == []
    await make_slot(database, noa, desk.structure, TUESDAY + 48 * HOUR, site=desk.site)
    assert [one.name for one in await free(platform, manager, appointment)] == ["Noa E."]
    view = await reassign(platform, appointment, manager, to=noa)
    assert (view.advisor_id, view.starts_at, view.sequence) == (noa, TUESDAY, 1)
    assert view.site is not None


# Races


def give(appointment, advisor, sequence=0):
    return Choice(appointment_id=appointment, sequence=sequence, deed="give", advisor_id=advisor)


async def test_two_managers_at_once_one_decides_and_the_other_is_told(
    platform, database, desk, appointment, sacha, manager
):
    account = await make_account(database)
    await join(database, account, desk.structure, role="manager")
    second = await user_of_account(platform, account)
    other = await make_advisor(database, desk.structure, display_name="Noa E.")
    await make_slot(database, other, desk.structure, TUESDAY, site=desk.site)
    ends = await asyncio.gather(
        settle_one(platform, manager, give(appointment, sacha)),
        settle_one(platform, second, give(appointment, other)),
        return_exceptions=True,
    )
    refused = [end for end in ends if isinstance(end, Conflict)]
    assert len(refused) == 1
    assert "a changé entre-temps" in refused[0].message
    view = await read_view(platform, appointment)
    assert view.sequence == 1
    assert view.advisor_id in {sacha, other}


async def test_the_same_choice_sent_twice_at_once_is_done_once(
    platform, appointment, sacha, manager
):
    ends = await asyncio.gather(
        *(settle(platform, manager, [give(appointment, sacha)]) for _ in range(4))
    )
    assert (await read_view(platform, appointment)).sequence == 1
    again = await settle(platform, manager, [give(appointment, sacha)])
    assert (again.done, again.refused) == (1, {})
    assert sum(end.done for end in ends) >= 1


async def test_two_appointments_handed_to_one_colleague_at_once_only_one_arrives(
    platform, database, desk, appointment, sacha, manager
):
    noa = await make_advisor(database, desk.structure, display_name="Noa E.")
    youth = await make_youth(database, name="Lou Essai", email="lou@example.org")
    second = await make_appointment(
        database, noa, desk.structure, TUESDAY, youth=youth, channel="in_person", site=desk.site
    )
    ends = await asyncio.gather(
        settle(platform, manager, [give(appointment, sacha)]),
        settle(platform, manager, [give(second, sacha)]),
    )
    assert sorted(end.done for end in ends) == [0, 1]
    assert (
        await database.fetch_value("SELECT count(*) FROM appointment WHERE advisor = $1", sacha)
        == 1
    )


async def test_a_colleague_who_is_booked_meanwhile_has_one_appointment_not_two(
    platform, database, desk, appointment, sacha, manager
):
    """A youth confirms with the colleague while a manager hands over to them the appointment of someone who is away."""
    await database.execute("DELETE FROM slot WHERE advisor = $1", desk.advisor)
    for round_ in range(5):
        await database.execute("UPDATE hold SET expires_at = now() - interval '1 year'")
        hold = await held(platform, desk)
        assert hold.advisor == sacha
        await database.execute("UPDATE hold SET expires_at = '2027-01-01'")
        view = await read_view(platform, appointment)
        ends = await asyncio.gather(
            book(platform, hold, applicant(email=f"{round_}@example.org", name=f"Jeune {round_}")),
            settle_one(platform, manager, give(appointment, sacha, view.sequence)),
            return_exceptions=True,
        )
        assert sum(isinstance(end, Conflict) for end in ends) == 1
        mine = "SELECT count(*) FROM appointment WHERE advisor = $1 AND status = 'booked' AND starts_at = $2"
        assert await database.fetch_value(mine, sacha, TUESDAY) == 1
        await database.execute("DELETE FROM appointment WHERE id <> $1", appointment)
        await database.execute(
            "UPDATE appointment SET advisor = $1 WHERE id = $2", desk.advisor, appointment
        )


# What may become of each


async def test_each_appointment_has_its_options_and_begins_with_who_is_free(
    platform, database, desk, appointment, sacha, manager
):
    noa = await make_advisor(database, desk.structure, display_name="Noa E.")
    youth = await make_youth(database, name="Lou Essai", email="")
    second = await make_appointment(
        database, noa, desk.structure, TUESDAY, youth=youth, channel="in_person", site=desk.site
    )
    await make_slot(database, noa, desk.structure, TUESDAY + 3 * HOUR, site=desk.site)
    views = [await read_view(platform, one) for one in (appointment, second)]
    first, other = await list_cases(platform, manager, views)
    values = [value for value, _words in first.options]
    assert values[0] == f"give:{sacha}"
    assert values[-3:] == ["invite", "cancel", "keep"]
    assert "Déplacer : mardi 2 février 2027 à 15 h" in first.words(
        "move:2027-02-02T14:00:00Z"
    ).replace("\u00a0", " ")
    # One colleague is free for two: only one of them begins with that, and no video without an address.
    assert sorted(case.first == "keep" for case in (first, other)) == [False, True]
    # Managers do not offer that hour, but one is free: not proposed, only for "whoever is free".
    assert all(case.somebody_is_free for case in (first, other))
    assert "invite" not in [value for value, _words in other.options]
    for value in values:
        assert read_choice(value, appointment, 0, "mot") is not None


async def test_whoever_leaves_is_in_no_other_start(
    platform, database, desk, appointment, sacha, manager
):
    await make_slot(database, desk.advisor, desk.structure, TUESDAY + 24 * HOUR, site=desk.site)
    view = await read_view(platform, appointment)
    (staying,) = await list_cases(platform, manager, [view])
    (leaving,) = await list_cases(platform, manager, [view], without=desk.advisor)
    moves = [[v for v, _w in case.options if v.startswith("move")] for case in (staying, leaving)]
    assert len(moves[0]) == 3
    assert moves[1] == ["move:2027-02-02T14:00:00Z"]
    choice = read_choice(moves[1][0], appointment, 0)
    moved = await settle_one(
        platform,
        manager,
        Choice(
            **{**{f: getattr(choice, f) for f in choice.__struct_fields__}, "without": desk.advisor}
        ),
    )
    assert moved.advisor_id == sacha


def test_nonsense_is_no_choice(desk):
    for value in (
        "",
        "give:",
        "give:moi",
        "move:demain",
        "move:2027-02-02T14:00:00",
        "sell",
        "video:1",
    ):
        assert read_choice(value, desk.advisor, 0) is None, value


async def test_an_invitation_cancels_and_says_where_to_choose_by_video(
    platform, database, desk, appointment, manager
):
    await settle_one(
        platform,
        manager,
        Choice(appointment_id=appointment, sequence=0, deed="invite", word="Je suis en formation."),
    )
    view = await read_view(platform, appointment)
    assert view.status == "cancelled_by_structure"
    assert view.cancel_reason == "Un autre moment est proposé, en visio · Je suis en formation."
    slug = await database.fetch_value("SELECT slug FROM structure WHERE id = $1", desk.structure)
    assert view.rebook_path == f"/creneaux/{slug}?canal=video"


# Who may


async def test_the_advisor_the_managers_and_the_coordination_handle_it_and_nobody_else(
    platform, database, desk, appointment, sacha, manager, camille
):
    coordinator = await user_of_account(
        platform, await make_account(database, region_role="coordinator")
    )
    colleague = await user_of_account(platform, await account_of(database, sacha))
    other = await make_structure(database)
    stranger = await make_advisor(database, other, role="manager")
    foreigner = await user_of_account(platform, await account_of(database, stranger))
    for user in (camille, manager, coordinator):
        assert (await read_to_handle(platform, user, appointment)).id == appointment
    for user in (colleague, foreigner):
        with pytest.raises(NotFound):
            await read_to_handle(platform, user, appointment)
        with pytest.raises(NotFound):
            await settle(platform, user, [give(appointment, sacha)])
    await database.execute(
        "UPDATE membership SET ended_at = now() WHERE account = $1", camille.account_id
    )
    left = await user_of_account(platform, camille.account_id)
    with pytest.raises(NotFound):
        await read_to_handle(platform, left, appointment)


# Taking an ending back


async def test_a_cancellation_is_taken_back_while_the_hour_is_free(
    platform, database, appointment, camille
):
    await cancel(platform, appointment, user=camille, reason="Une erreur")
    for _ in range(2):
        view = await reopen(platform, appointment, camille)
        assert (view.status, view.sequence, view.cancel_reason) == ("booked", 2, "")
    kinds = [
        row["kind"]
        for row in await database.fetch("SELECT kind FROM appointment_change ORDER BY id")
    ]
    assert kinds == ["booked", "cancelled", "reopened"]


async def test_it_is_not_once_the_hour_is_taken_withdrawn_or_past(
    platform, database, desk, appointment, camille, clock
):
    await cancel(platform, appointment)
    taken = (await booked(platform, desk, email="next@example.org")).appointment_id
    with pytest.raises(Conflict, match="plus libre"):
        await reopen(platform, appointment, camille)
    await database.execute("DELETE FROM appointment WHERE id = $1", taken)
    await database.execute("DELETE FROM slot WHERE starts_at = $1", TUESDAY)
    with pytest.raises(Conflict, match="plus libre"):
        await reopen(platform, appointment, camille)
    clock.set(TUESDAY)
    with pytest.raises(Conflict, match="passée"):
        await reopen(platform, appointment, camille)


async def test_it_is_not_when_the_youth_has_another_appointment_now(
    platform, desk, appointment, camille
):
    await cancel(platform, appointment)
    await booked(platform, desk, at=TUESDAY + HOUR)
    with pytest.raises(Refused, match="un autre rendez-vous depuis"):
        await reopen(platform, appointment, camille)


async def test_a_booking_and_a_reopening_of_one_hour_race_and_one_wins(
    platform, database, desk, appointment, camille
):
    await cancel(platform, appointment)
    hold = await held(platform, desk)
    await database.execute("UPDATE hold SET expires_at = '2027-01-01'")
    ends = await asyncio.gather(
        book(platform, hold, applicant(email="next@example.org", name="Lou")),
        reopen(platform, appointment, camille),
        return_exceptions=True,
    )
    assert sum(isinstance(end, Conflict) for end in ends) == 1
    active = "SELECT count(*) FROM appointment WHERE status = 'booked'"
    assert await database.fetch_value(active) == 1


async def test_what_was_cancelled_and_stands_again_is_told_as_such(
    platform, database, appointment, camille
):
    async def tell():
        await notices.plan(platform, appointment)
        while await notices.deliver_due(platform):
            pass

    await tell()
    await cancel(platform, appointment, user=camille)
    await tell()
    await reopen(platform, appointment, camille)
    await tell()
    content: bytes = await database.fetch_value(
        "SELECT content FROM notifications_email_message WHERE audience = 'youth' AND kind = 'change'"
    )
    message = message_from_bytes(content, policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    assert "Il avait été annulé : il tient de nouveau." in text.replace("\u00a0", " ")
    calendar = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert "SEQUENCE:2" in calendar.get_content()
    assert "METHOD:REQUEST" in calendar.get_content()
