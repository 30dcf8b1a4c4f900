import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.contracts.events import AppointmentBooked
from core.contracts.notices import Delivery
from core.errors import NotFound
from core.extension import events
from core.extension.errands import at_home
from core.notices import delivery, service
from core.storage.engine import Database
from core.testing.factories import account_of, make_advisor, make_appointment, make_structure
from core.testing.plugin import MONDAY


async def move(database: Database, appointment: UUID, at: datetime, starts_at: datetime, **values):
    """What the booking room writes when an appointment moves."""
    await database.execute(
        "INSERT INTO appointment_change (appointment, kind, sequence, actor, before, at)"
        " SELECT id, 'moved', sequence + 1, 'youth', jsonb_build_object('advisor', advisor, 'site', site,"
        "  'channel', channel, 'starts_at', starts_at, 'ends_at', ends_at, 'status', status), $2"
        " FROM appointment WHERE id = $1",
        appointment,
        at,
    )
    await database.execute(
        "UPDATE appointment SET sequence = sequence + 1, starts_at = $2, ends_at = $3,"
        " advisor = coalesce($4, advisor), status = coalesce($5, status), cancelled_at = $6 WHERE id = $1",
        appointment,
        starts_at,
        starts_at + timedelta(hours=1),
        values.get("advisor"),
        values.get("status"),
        values.get("cancelled_at"),
    )


async def states(database: Database, appointment: UUID) -> dict[tuple[str, str, str], str]:
    rows = await database.fetch(
        "SELECT kind, audience, revision, state FROM receipt WHERE appointment = $1", appointment
    )
    return {(row["kind"], row["audience"], row["revision"]): row["state"] for row in rows}


async def deliver_all(platform) -> None:
    while await service.deliver_due(platform):
        pass


async def test_a_booking_is_told_once_to_each_side_however_often_it_is_planned(
    platform, database, structure, appointment, carrier
):
    event = AppointmentBooked(structure_id=structure, at=MONDAY, appointment_id=appointment)
    async with database.atomic():
        await events.emit(platform, event)
    await events.deliver_due(platform)
    await service.plan(platform, appointment)
    await service.plan_all(platform)
    await deliver_all(platform)
    await service.plan_all(platform)
    await deliver_all(platform)
    assert carrier.told() == [("confirmation", "advisor"), ("confirmation", "youth")]
    found = await service.receipts(platform, appointment)
    assert [receipt.state for receipt in found] == ["sent", "sent"]
    assert found[0].recipient == "a@b.example"


async def test_reminders_leave_in_their_time_and_once(platform, clock, appointment, carrier):
    for hour in range(11 * 24):
        clock.set(MONDAY + timedelta(hours=hour))
        await service.plan_all(platform)
        await deliver_all(platform)
    youth = [notice.kind for notice in carrier.sent if notice.audience == "youth"]
    assert youth == ["confirmation", "reminder_7d", "reminder_1d"]


async def test_a_reminder_queued_before_a_move_is_dropped_and_one_comes_at_the_new_hour(
    platform, database, clock, appointment, carrier
):
    clock.set(MONDAY + timedelta(days=9, hours=1))
    await service.plan_all(platform)
    await move(database, appointment, clock.now(), clock.now() + timedelta(days=4))
    await service.plan(platform, appointment)
    await deliver_all(platform)
    assert carrier.told() == [("change", "advisor"), ("change", "youth")]
    assert "dropped" in (await states(database, appointment)).values()
    clock.advance(timedelta(days=3, hours=2))
    await service.plan_all(platform)
    await deliver_all(platform)
    assert [notice.kind for notice in carrier.sent].count("reminder_1d") == 1


async def test_a_reminder_claimed_just_before_a_move_is_judged_again_and_not_sent(
    platform, database, clock, appointment, carrier
):
    """The plan never runs after the move: the check before sending is enough."""
    clock.set(MONDAY + timedelta(days=9, hours=1))
    await service.plan_all(platform)
    await move(database, appointment, clock.now(), clock.now() + timedelta(days=4))
    await deliver_all(platform)
    assert carrier.sent == []


async def test_moved_there_and_back_again_the_reminder_of_the_first_hour_still_leaves(
    platform, database, clock, appointment, carrier
):
    first = MONDAY + timedelta(days=10)
    clock.set(first - timedelta(hours=40))
    await move(database, appointment, clock.now(), first)
    clock.set(first - timedelta(hours=23))
    await service.plan(platform, appointment)
    for starts_at in (first + timedelta(days=5), first):
        await move(database, appointment, first - timedelta(hours=30), starts_at)
        await service.plan(platform, appointment)
    await deliver_all(platform)
    assert ("reminder_1d", "youth") in carrier.told()


async def test_a_change_tells_what_the_person_still_believed_not_what_nobody_heard_of(
    platform, database, clock, appointment, carrier
):
    await service.plan(platform, appointment)
    await deliver_all(platform)
    carrier.sent.clear()
    await move(database, appointment, MONDAY, MONDAY + timedelta(days=11))
    await move(database, appointment, MONDAY, MONDAY + timedelta(days=12))
    await service.plan(platform, appointment)
    await deliver_all(platform)
    assert carrier.told() == [("change", "advisor"), ("change", "youth")]
    for notice in carrier.sent:
        assert notice.appointment.starts_at == MONDAY + timedelta(days=12)
        assert notice.previous.starts_at == MONDAY + timedelta(days=10)
        assert notice.previous.sequence == 0


async def test_a_change_of_advisor_is_told_to_all_three(
    platform, database, structure, advisor, appointment, carrier
):
    await service.plan(platform, appointment)
    await deliver_all(platform)
    carrier.sent.clear()
    other = await make_advisor(database, structure, display_name="Dominique E.")
    start = MONDAY + timedelta(days=10)
    await move(database, appointment, MONDAY, start, advisor=other)
    await service.plan(platform, appointment)
    await deliver_all(platform)
    assert carrier.told() == [
        ("change", "advisor"),
        ("change", "former_advisor"),
        ("change", "youth"),
    ]
    for notice in carrier.sent:
        assert notice.appointment.advisor.name == "Dominique E."
        assert notice.previous.advisor_id == advisor


async def test_cancelled_before_anything_left_only_the_cancellation_leaves(
    platform, database, appointment, carrier
):
    await service.plan(platform, appointment)
    start = MONDAY + timedelta(days=10)
    await move(
        database, appointment, MONDAY, start, status="cancelled_by_youth", cancelled_at=MONDAY
    )
    await service.plan(platform, appointment)
    await deliver_all(platform)
    assert carrier.told() == [("cancellation", "advisor"), ("cancellation", "youth")]
    assert carrier.sent[0].previous.status == "booked"


async def test_a_failure_is_tried_again_later_then_given_up_in_plain_sight_and_can_be_revived(
    platform, database, clock, appointment, carrier
):
    carrier.answer = OSError("no route to host")
    await service.plan(platform, appointment)
    waits = []
    for _attempt in range(delivery.MAX_ATTEMPTS):
        await deliver_all(platform)
        pending = [r for r in await service.receipts(platform, appointment) if r.state == "due"]
        waits += [pending[0].due_at - clock.now()] if pending else []
        clock.advance(timedelta(hours=1))
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    failing = await service.failing(platform)
    assert {receipt.state for receipt in failing} == {"gave_up"}
    assert {receipt.attempts for receipt in failing} == {delivery.MAX_ATTEMPTS}
    assert "no route to host" in failing[0].detail
    tried = len(carrier.sent)
    await service.plan_all(platform)
    await deliver_all(platform)
    assert len(carrier.sent) == tried

    carrier.answer = Delivery(outcome="sent")
    for receipt in failing:
        await service.retry(platform, receipt.id)
    await deliver_all(platform)
    assert await service.failing(platform) == []
    keys = {notice.key for notice in carrier.sent}
    assert len(keys) == 2


@pytest.mark.parametrize("outcome", ["kept", "refused"])
async def test_what_the_carrier_says_is_what_the_receipt_says(
    platform, appointment, carrier, outcome
):
    carrier.answer = Delivery(outcome=outcome, detail="parce que")
    await service.plan(platform, appointment)
    await deliver_all(platform)
    found = await service.receipts(platform, appointment)
    assert {(receipt.state, receipt.detail) for receipt in found} == {(outcome, "parce que")}
    assert len(carrier.sent) == 2


async def test_a_notice_put_off_waits_without_counting_as_a_failure_and_leaves_at_its_hour(
    platform, clock, appointment, carrier
):
    until = clock.now() + timedelta(hours=9)
    carrier.answer = Delivery(outcome="later", until=until, detail="la nuit")
    await service.plan(platform, appointment)
    for _time in range(delivery.MAX_ATTEMPTS + 1):
        await service.retry(platform, (await service.receipts(platform, appointment))[0].id)
        await deliver_all(platform)
    found = await service.receipts(platform, appointment)
    assert {(r.state, r.attempts, r.due_at, r.detail) for r in found} == {
        ("due", 0, until, "la nuit")
    }
    assert await service.failing(platform) == []
    carrier.sent.clear()
    clock.set(until - timedelta(seconds=1))
    await service.plan_all(platform)
    await deliver_all(platform)
    assert carrier.sent == []
    carrier.answer = Delivery(outcome="sent")
    clock.set(until)
    await deliver_all(platform)
    assert carrier.told() == [("confirmation", "advisor"), ("confirmation", "youth")]


async def test_a_notice_put_off_past_its_time_is_dropped(
    platform, database, clock, appointment, carrier
):
    start = MONDAY + timedelta(days=10)
    carrier.answer = Delivery(outcome="later", until=start)
    clock.set(start - timedelta(hours=20))
    await service.plan(platform, appointment)
    await deliver_all(platform)
    clock.set(start)
    await deliver_all(platform)
    assert (await states(database, appointment)).popitem()[1] == "dropped"
    assert len(carrier.sent) == 1


async def test_a_carrier_whose_later_is_already_past_is_asked_again_in_a_minute_only(
    platform, clock, appointment, carrier
):
    carrier.answer = Delivery(outcome="later", until=clock.now() - timedelta(days=1))
    await service.plan(platform, appointment)
    await deliver_all(platform)
    assert len(carrier.sent) == 2
    clock.advance(delivery.LEAST_WAIT)
    await deliver_all(platform)
    assert len(carrier.sent) == 4


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "later"},
        {"outcome": "sent", "until": MONDAY},
        {"outcome": "later", "until": MONDAY.replace(tzinfo=None)},
    ],
)
def test_later_needs_an_instant_and_nothing_else_has_one(values):
    with pytest.raises(ValueError, match="until"):
        Delivery(**values)


async def test_a_carrier_that_hangs_or_talks_nonsense_is_tried_again(
    platform, appointment, carrier, monkeypatch
):
    monkeypatch.setattr(delivery, "SEND_SECONDS", 0.05)

    async def misbehave(notice):
        if notice.audience == "youth":
            await asyncio.sleep(60)
        return "well done"

    carrier.answer = misbehave
    await service.plan(platform, appointment)
    await service.deliver_due(platform)
    found = await service.receipts(platform, appointment)
    assert {receipt.state for receipt in found} == {"due"}
    assert any("no answer within" in receipt.detail for receipt in found)
    assert any("something else than expected" in receipt.detail for receipt in found)


async def test_a_worker_that_dies_while_sending_loses_its_lease_and_the_copy_bears_the_same_key(
    platform, database, appointment, carrier
):
    stuck = asyncio.Event()

    async def never(notice):
        stuck.set()
        await asyncio.sleep(60)

    carrier.answer = never
    await service.plan(platform, appointment)
    dying = asyncio.create_task(service.deliver_due(platform))
    await stuck.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    assert await service.deliver_due(platform) == 0
    await database.execute("UPDATE receipt SET lease_until = now() - interval '1 second'")
    before = {notice.key for notice in carrier.sent}
    carrier.answer = Delivery(outcome="sent")
    await deliver_all(platform)
    after = [notice.key for notice in carrier.sent]
    assert before <= set(after)
    assert len(set(after)) == 2
    assert len(after) > 2
    assert {r.state for r in await service.receipts(platform, appointment)} == {"sent"}


async def test_a_worker_that_overran_its_lease_does_not_undo_what_the_next_one_did(
    platform, database, appointment, carrier
):
    first = True

    async def the_next_one():
        await database.execute("UPDATE receipt SET lease_until = now() - interval '1 second'")
        await service.deliver_due(platform)

    async def slow_then_quick(notice):
        nonlocal first
        if notice.audience == "youth" and first:
            first = False
            await at_home(the_next_one)
            raise OSError("too late to matter")
        return Delivery(outcome="sent")

    carrier.answer = slow_then_quick
    await service.plan(platform, appointment)
    await service.deliver_due(platform)
    assert {r.state for r in await service.receipts(platform, appointment)} == {"sent"}


async def test_several_workers_bring_each_notice_once(platform, database, structure, carrier):
    advisor = await make_advisor(database, structure)
    for hour in range(12):
        await make_appointment(
            database,
            advisor,
            structure,
            MONDAY + timedelta(days=10, hours=hour),
            created_at=MONDAY,
        )
    await service.plan_all(platform)
    await asyncio.gather(*(deliver_all(platform) for _ in range(4)))
    keys = [notice.key for notice in carrier.sent]
    assert len(keys) == len(set(keys)) == 24


async def test_where_the_plugin_is_off_nothing_is_planned_and_what_waited_is_dropped(
    platform, database, structure, appointment, carrier
):
    await service.plan(platform, appointment)
    await database.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('notifications_email', $1, 'off', now())",
        structure,
    )
    await platform.plugins.fresh()
    await deliver_all(platform)
    assert carrier.sent == []
    assert set((await states(database, appointment)).values()) == {"dropped"}
    other = await make_structure(database)
    elsewhere = await make_appointment(
        database,
        await make_advisor(database, other),
        other,
        MONDAY + timedelta(days=10),
        created_at=MONDAY,
    )
    await platform.plugins.fresh()
    await service.plan_all(platform)
    await deliver_all(platform)
    assert {notice.appointment.id for notice in carrier.sent} == {elsewhere}


async def test_a_carrier_that_cannot_even_say_what_it_carries_takes_nothing_with_it(
    platform, database, appointment, carrier, monkeypatch
):
    def broken(context, notice):
        raise ValueError("broken")

    monkeypatch.setattr(carrier, "carries", broken, raising=False)
    await service.plan_all(platform)
    assert await states(database, appointment) == {}
    monkeypatch.undo()
    await service.plan_all(platform)
    assert len(await states(database, appointment)) == 2


async def test_planning_asks_the_same_number_of_queries_for_one_appointment_and_for_sixty(
    platform, database, structure, monkeypatch
):
    asked = 0
    original = Database.connection

    def counted(self):
        nonlocal asked
        asked += 1
        return original(self)

    snapshot = await platform.plugins.current()

    async def same():
        return snapshot

    monkeypatch.setattr(platform.plugins, "current", same)
    monkeypatch.setattr(Database, "connection", counted)

    async def cost(number: int) -> int:
        nonlocal asked
        for hour in range(number):
            await make_appointment(
                database,
                await make_advisor(database, structure),
                structure,
                MONDAY + timedelta(days=10, hours=hour),
                created_at=MONDAY,
            )
        asked = 0
        await service.plan_all(platform)
        return asked

    assert await cost(1) == await cost(60)


async def test_planning_goes_through_every_batch(
    platform, database, structure, advisor, monkeypatch
):
    monkeypatch.setattr(service, "_BATCH", 2)
    for hour in range(5):
        await make_appointment(
            database,
            advisor,
            structure,
            MONDAY + timedelta(days=10, hours=hour),
            created_at=MONDAY,
        )
    await service.plan_all(platform)
    assert await database.fetch_value("SELECT count(*) FROM receipt") == 10


async def test_retrying_what_is_not_there_or_has_arrived_is_not_found(
    platform, appointment, carrier
):
    with pytest.raises(NotFound):
        await service.retry(platform, uuid4())
    await service.plan(platform, appointment)
    await deliver_all(platform)
    (first, *_) = await service.receipts(platform, appointment)
    with pytest.raises(NotFound):
        await service.retry(platform, first.id)


async def test_who_did_it_decides_for_an_advisor_who_only_wants_to_hear_of_others(
    platform, database, advisor, appointment, carrier
):
    account = await account_of(database, advisor)
    await database.execute("UPDATE advisor SET notice_level = 'others'")
    await database.execute("UPDATE appointment SET author = $1", account)
    await service.plan(platform, appointment)
    assert {audience for _, audience, _ in await states(database, appointment)} == {"youth"}
    await move(database, appointment, MONDAY, MONDAY + timedelta(days=12))
    await service.plan(platform, appointment)
    planned = await states(database, appointment)
    assert planned["change", "advisor", "1"] == "due"
