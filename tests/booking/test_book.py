from datetime import date, timedelta

import asyncpg
import pytest
from msgspec import structs

from core.booking.holds import SlotTaken, read_hold, release_hold, take_hold
from core.booking.judge import RulesRefused
from core.booking.search import list_starts
from core.booking.service import AlreadyBooked, book
from core.booking.views import read_view
from core.errors import NotFound
from core.testing.factories import join, make_advisor, make_appointment, make_slot, make_structure
from tests.booking.conftest import TUESDAY, applicant, booked, held, make_desk

HOUR = timedelta(hours=1)


async def events(database):
    rows = await database.fetch("SELECT payload ->> 'type' AS kind FROM outbox_event ORDER BY id")
    return [row["kind"] for row in rows]


async def test_a_booking_writes_the_youth_the_appointment_its_history_and_one_event(
    platform, desk, database
):
    result = await booked(platform, desk, wish="Un an au Québec")
    view = await read_view(platform, result.appointment_id)
    assert (view.starts_at, view.status, view.sequence) == (TUESDAY, "booked", 0)
    assert view.site is not None
    assert view.youth.phone == "+33612345678"
    assert view.manage_url.endswith(result.path)
    assert await database.fetch_value("SELECT wish FROM appointment") == "Un an au Québec"
    change = await database.fetch_one(
        "SELECT kind, sequence, actor, before FROM appointment_change"
    )
    assert tuple(change) == ("booked", 0, "youth", None)
    assert await events(database) == ["appointmentbooked"]


async def test_b02_the_database_itself_refuses_an_overlap(platform, desk, database):
    await booked(platform, desk)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await make_appointment(
            database, desk.advisor, desk.structure, TUESDAY + timedelta(minutes=30)
        )


async def test_b03_a_hold_hides_the_slot_until_it_expires(platform, desk, clock):
    sought = desk.sought()
    window = (TUESDAY, TUESDAY + HOUR)
    hold = await held(platform, desk)
    assert await list_starts(platform, sought, *window) == []
    with pytest.raises(SlotTaken):
        await take_hold(platform, sought, TUESDAY)
    clock.advance(timedelta(minutes=10))
    assert await list_starts(platform, sought, *window) == [TUESDAY]
    assert (await book(platform, hold, applicant())).moved is False


async def test_b03_confirming_after_expiry_a_slot_taken_meanwhile_is_a_conflict_with_the_nearest(
    platform, desk, clock, database
):
    late = await held(platform, desk)
    clock.advance(timedelta(minutes=11))
    await booked(platform, desk, email="other@example.org")
    with pytest.raises(SlotTaken) as refusal:
        await book(platform, late, applicant())
    assert [choice.starts_at for choice in refusal.value.choices] == [
        TUESDAY + HOUR,
        TUESDAY + 2 * HOUR,
    ]
    assert await database.fetch_value("SELECT count(*) FROM youth") == 1


async def test_an_expired_hold_finds_another_free_advisor_of_the_same_hour(
    platform, desk, clock, database
):
    late = await held(platform, desk)
    clock.advance(timedelta(minutes=11))
    await booked(platform, desk, email="other@example.org")
    colleague = await make_advisor(database, desk.structure)
    await make_slot(database, colleague, desk.structure, TUESDAY, site=desk.site)
    result = await book(platform, late, applicant())
    assert (await read_view(platform, result.appointment_id)).advisor_id == colleague


async def test_b04_the_same_person_is_asked_and_replacing_is_one_move(
    platform, desk, database, clock
):
    first = await booked(platform, desk)
    clock.advance(HOUR)
    again = await held(platform, desk, TUESDAY + HOUR)
    same = applicant(name="ALIX ÉSSAI", email="Alix@Example.org")
    with pytest.raises(AlreadyBooked) as question:
        await book(platform, again, same)
    assert question.value.starts_at == TUESDAY
    result = await book(platform, again, same, replace=True)
    assert result.moved
    assert result.appointment_id == first.appointment_id
    view = await read_view(platform, first.appointment_id)
    assert (view.starts_at, view.sequence) == (TUESDAY + HOUR, 1)
    assert await database.fetch_value("SELECT count(*) FROM youth") == 1
    before = await database.fetch_value(
        "SELECT before ->> 'starts_at' FROM appointment_change WHERE sequence = 1"
    )
    assert before.startswith("2027-02-02T13:00:00")
    assert await events(database) == ["appointmentbooked", "appointmentchanged"]
    assert await book(platform, again, same, replace=True) == structs.replace(result, again=True)
    assert await events(database) == ["appointmentbooked", "appointmentchanged"]


async def test_b04_another_birth_date_is_another_person(platform, desk, database):
    await booked(platform, desk)
    await booked(platform, desk, TUESDAY + HOUR, birth_date=date(2004, 1, 1))
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 2


async def test_b05_a_second_confirmation_of_one_hold_finds_the_first(platform, desk, database):
    hold = await held(platform, desk)
    first = await book(platform, hold, applicant())
    second = await book(platform, hold, applicant(email="changed@example.org"))
    assert second == structs.replace(first, again=True)
    assert await events(database) == ["appointmentbooked"]


async def test_s18_two_advisors_make_one_start_and_two_appointments_then_a_refusal(
    platform, desk, database
):
    colleague = await make_advisor(database, desk.structure)
    await make_slot(database, colleague, desk.structure, TUESDAY, site=desk.site)
    starts = await list_starts(platform, desk.sought(), TUESDAY, TUESDAY + HOUR)
    assert starts == [TUESDAY]
    one = await booked(platform, desk, email="one@example.org")
    two = await booked(platform, desk, email="two@example.org")
    advisors = {
        (await read_view(platform, result.appointment_id)).advisor_id for result in (one, two)
    }
    assert advisors == {desk.advisor, colleague}
    with pytest.raises(SlotTaken):
        await booked(platform, desk, email="three@example.org")


async def test_the_advisor_with_the_least_appointments_that_week_is_chosen(
    platform, desk, database
):
    colleague = await make_advisor(database, desk.structure)
    await make_slot(database, colleague, desk.structure, TUESDAY, site=desk.site)
    busy, free = sorted((desk.advisor, colleague))
    await make_appointment(database, busy, desk.structure, TUESDAY + timedelta(days=2))
    assert (await held(platform, desk)).advisor == free


async def test_s19_an_advisor_of_two_structures_is_busy_in_both(platform, desk, database):
    other = await make_structure(database)
    account = await database.fetch_value("SELECT account FROM advisor")
    await join(database, account, other)
    await make_slot(database, desk.advisor, other, TUESDAY)
    await make_appointment(database, desk.advisor, other, TUESDAY)
    assert await list_starts(platform, desk.sought(), TUESDAY, TUESDAY + HOUR) == []


async def test_s21_a_slot_booked_by_video_is_gone_in_person_too(platform, desk):
    window = (TUESDAY, TUESDAY + HOUR)
    assert await list_starts(platform, desk.sought("video"), *window) == [TUESDAY]
    await booked(platform, desk, mode="video")
    assert await list_starts(platform, desk.sought("in_person"), *window) == []
    assert await list_starts(platform, desk.sought("video"), *window) == []


async def test_b10_thirty_five_on_the_day_passes_and_thirty_six_is_refused_kindly(platform, desk):
    await booked(platform, desk, birth_date=date(1991, 2, 3))
    with pytest.raises(RulesRefused) as refusal:
        await booked(platform, desk, TUESDAY + HOUR, birth_date=date(1991, 2, 2))
    assert refusal.value.field == "birth_date"
    assert "mon-cep.org" in refusal.value.message


async def test_b10_a_call_needs_a_number(platform, desk, database):
    with pytest.raises(RulesRefused) as refusal:
        await booked(platform, desk, mode="phone", phone="")
    assert refusal.value.field == "phone"
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 0


async def test_a_channel_switched_off_while_the_form_was_filled_is_refused(
    platform, desk, database, clock
):
    hold = await held(platform, desk, mode="video")
    await database.execute(
        "INSERT INTO plugin_switch VALUES ('visio_jitsi', $1, 'off', NULL, $2)",
        desk.structure,
        clock.now(),
    )
    with pytest.raises(SlotTaken):
        await book(platform, hold, applicant())


async def test_a_slot_withdrawn_while_the_form_was_filled_is_refused(platform, desk, database):
    hold = await held(platform, desk)
    await database.execute("DELETE FROM slot WHERE starts_at = $1", TUESDAY)
    with pytest.raises(SlotTaken):
        await book(platform, hold, applicant())


async def test_s24_a_slot_held_in_time_may_be_confirmed_some_minutes_later(platform, desk, clock):
    clock.set(TUESDAY - timedelta(hours=48))
    hold = await held(platform, desk)
    clock.advance(timedelta(minutes=9))
    assert (await book(platform, hold, applicant())).path


async def test_s24_a_hold_that_expired_is_judged_by_the_present(platform, desk, clock):
    clock.set(TUESDAY - timedelta(hours=48))
    hold = await held(platform, desk)
    clock.advance(timedelta(minutes=11))
    with pytest.raises(RulesRefused) as refusal:
        await book(platform, hold, applicant())
    assert refusal.value.refusals[0].rule == "core:lead_time"


async def test_a_browsers_next_hold_frees_its_last_one(platform, desk):
    first = await take_hold(platform, desk.sought(), TUESDAY)
    again = await take_hold(platform, desk.sought(), TUESDAY, previous=first)
    assert (await read_hold(platform, again)).starts_at == TUESDAY
    await release_hold(platform, again)
    assert await list_starts(platform, desk.sought(), TUESDAY, TUESDAY + HOUR) == [TUESDAY]


async def test_a_past_or_unknown_start_cannot_be_held(platform, desk, clock, database):
    with pytest.raises(SlotTaken):
        await take_hold(platform, desk.sought(), TUESDAY + timedelta(minutes=30))
    clock.set(TUESDAY + HOUR)
    with pytest.raises(SlotTaken):
        await take_hold(platform, desk.sought(), TUESDAY)
    await database.execute("UPDATE structure SET status = 'closed'")
    with pytest.raises(NotFound):
        await take_hold(platform, desk.sought(), TUESDAY)
    with pytest.raises(NotFound):
        await read_hold(platform, "forged")


async def test_a_rule_that_fails_refuses(platform, desk, database):
    class Broken:
        key, label = "core:broken", "Broken"

        def check(self, context, request):
            raise RuntimeError("boom")

    platform.board.add("core", "booking_rules", [Broken()])
    try:
        with pytest.raises(RulesRefused) as refusal:
            await booked(platform, desk)
    finally:
        platform.board.owned["booking_rules"] = platform.board.booking_rules[:-1]
    assert [one.rule for one in refusal.value.refusals] == ["core"]
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 0


async def test_the_nearest_of_the_same_structure_come_first_then_the_closest_sites(
    platform, desk, database
):
    near = await make_desk(database, name="Près")
    far = await make_desk(database, name="Loin")
    await database.execute("UPDATE site SET lat = 46.5 WHERE id = $1", far.site)
    with pytest.raises(SlotTaken) as refusal:
        await take_hold(platform, desk.sought(), TUESDAY + timedelta(minutes=10))
    names = [choice.structure_id for choice in refusal.value.choices]
    assert names == [desk.structure] * 3 + [near.structure] * 2
