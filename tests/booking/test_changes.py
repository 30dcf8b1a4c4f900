from datetime import timedelta

import pytest

from core.accounts.access import CurrentUser
from core.booking.holds import SlotTaken
from core.booking.judge import RulesRefused
from core.booking.service import (
    NewChannel,
    cancel,
    change_channel,
    close_appointment,
    list_channels,
    move,
)
from core.booking.views import read_view
from core.contracts.booking import Meeting
from core.errors import Conflict, NotFound, Refused
from core.extension.events import deliver_due
from core.testing.factories import account_of, make_advisor, make_appointment, make_slot
from tests.booking.conftest import TUESDAY, booked

HOUR = timedelta(hours=1)


@pytest.fixture
async def appointment(platform, desk):
    return (await booked(platform, desk)).appointment_id


@pytest.fixture
async def user(database, desk):
    account = await account_of(database, desk.advisor)
    return CurrentUser(account_id=account, name="Camille", email="c@example.org")


async def changes(database):
    rows = await database.fetch(
        "SELECT kind, sequence, actor, before ->> 'channel' AS channel FROM appointment_change ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def count(database, kind):
    return await database.fetch_value(
        "SELECT count(*) FROM outbox_event WHERE payload ->> 'type' = $1", kind
    )


async def test_a_move_keeps_the_advisor_and_frees_the_old_hour(
    platform, desk, appointment, database
):
    colleague = await make_advisor(database, desk.structure)
    await make_slot(database, colleague, desk.structure, TUESDAY + HOUR, site=desk.site)
    view = await move(platform, appointment, TUESDAY + HOUR)
    assert (view.starts_at, view.sequence, view.advisor_id) == (
        TUESDAY + HOUR,
        1,
        desk.advisor,
    )
    assert await changes(database) == [
        ("booked", 0, "youth", None),
        ("moved", 1, "youth", "in_person"),
    ]
    assert (await booked(platform, desk, email="next@example.org")).path


async def test_a_move_to_a_colleague_tells_who_had_it(platform, desk, appointment, database):
    colleague = await make_advisor(database, desk.structure)
    later = TUESDAY + 4 * HOUR
    await make_slot(database, colleague, desk.structure, later, site=desk.site)
    assert (await move(platform, appointment, later)).advisor_id == colleague
    before = await database.fetch_value(
        "SELECT before ->> 'advisor' FROM appointment_change WHERE sequence = 1"
    )
    assert before == str(desk.advisor)


async def test_moving_to_where_it_is_changes_nothing(platform, appointment, database):
    for _ in range(2):
        assert (await move(platform, appointment, TUESDAY)).sequence == 0
    assert await count(database, "appointmentchanged") == 0


async def test_b06_a_lost_slot_leaves_the_appointment_where_it_was(
    platform, desk, appointment, database
):
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY + HOUR)
    with pytest.raises(SlotTaken) as refusal:
        await move(platform, appointment, TUESDAY + HOUR)
    assert refusal.value.choices[0].starts_at == TUESDAY + 2 * HOUR
    view = await read_view(platform, appointment)
    assert (view.starts_at, view.sequence) == (TUESDAY, 0)


async def test_a_move_overlapping_its_own_hour_is_possible(platform, desk, appointment, database):
    half = TUESDAY + timedelta(minutes=30)
    await make_slot(database, desk.advisor, desk.structure, half, site=desk.site)
    assert (await move(platform, appointment, half)).starts_at == half


async def test_a_move_obeys_the_lead_time_but_not_for_staff(
    platform, desk, appointment, clock, user
):
    clock.set(TUESDAY - timedelta(hours=24))
    with pytest.raises(RulesRefused):
        await move(platform, appointment, TUESDAY + HOUR)
    assert (await move(platform, appointment, TUESDAY + HOUR, user=user)).sequence == 1


async def test_b13_another_channel_keeps_the_slot_and_asks_for_what_it_needs(
    platform, appointment, database, desk
):
    view = await read_view(platform, appointment)
    assert [key for key, _label in await list_channels(platform, view)] == ["phone", "video"]
    await database.execute("UPDATE youth SET phone = ''")
    with pytest.raises(RulesRefused):
        await change_channel(platform, appointment, NewChannel(channel="phone"))
    new = NewChannel(channel="phone", phone="06 98 76 54 32")
    view = await change_channel(platform, appointment, new)
    assert (view.channel, view.starts_at, view.site, view.sequence) == ("phone", TUESDAY, None, 1)
    assert view.youth.phone == "+33698765432"
    back = await change_channel(platform, appointment, NewChannel(channel="in_person"))
    assert back.site is not None
    assert back.site.id == desk.site
    again = await change_channel(platform, appointment, NewChannel(channel="in_person"))
    assert again.sequence == 2


async def test_a_channel_may_change_after_the_lead_time_has_begun(platform, appointment, clock):
    clock.set(TUESDAY - timedelta(hours=5))
    view = await change_channel(platform, appointment, NewChannel(channel="video"))
    assert view.channel == "video"


async def test_a_channel_that_the_hour_does_not_have_is_refused(platform, appointment, database):
    await database.execute("UPDATE slot SET channels = '{in_person}'")
    with pytest.raises(Refused) as refusal:
        await change_channel(platform, appointment, NewChannel(channel="video"))
    assert refusal.value.field == "channel"


async def test_the_video_room_is_prepared_then_released_when_the_channel_changes(
    platform, appointment, database, monkeypatch
):
    calls = []

    class Video:
        key, label, mode, needs_site = "video", "En visio", "video", False

        async def prepare(self, context, view):
            calls.append(("prepare", view.sequence))
            return Meeting(url=f"https://visio.example/{view.id}", opens_minutes_before=10)

        async def release(self, context, view):
            calls.append(("release", view.meeting.url if view.meeting else None))

    owned = platform.board.channels["video"]
    fake = type(owned)(plugin_id=owned.plugin_id, item=Video())
    kinds = platform.board.owned["interview_channels"]
    monkeypatch.setitem(
        platform.board.owned,
        "interview_channels",
        tuple(fake if one is owned else one for one in kinds),
    )
    await change_channel(platform, appointment, NewChannel(channel="video"))
    assert (await read_view(platform, appointment)).meeting is None
    await deliver_due(platform)
    url = f"https://visio.example/{appointment}"
    view = await read_view(platform, appointment)
    assert view.meeting is not None
    assert view.meeting.url == url
    await database.execute(
        "INSERT INTO plugin_switch SELECT 'visio_jitsi', structure, 'off', NULL, now() FROM appointment"
    )
    await move(platform, appointment, TUESDAY + HOUR)
    await deliver_due(platform)
    assert ("prepare", 2) in calls
    await change_channel(platform, appointment, NewChannel(channel="phone"))
    await deliver_due(platform)
    assert calls[-1] == ("release", url)
    assert (await read_view(platform, appointment)).meeting == Meeting()


async def test_a_channel_that_fails_leaves_the_booking_and_is_tried_again(
    platform, desk, database, monkeypatch
):
    done = await booked(platform, desk, mode="video")
    owned = platform.board.channels["video"]

    async def fail(context, view):
        raise RuntimeError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(owned.item, "prepare", fail, raising=True)
        await deliver_due(platform)
    due = "SELECT state FROM outbox_delivery WHERE handler = 'core:prepare_meeting'"
    assert await database.fetch_value(due) == "due"
    view = await read_view(platform, done.appointment_id)
    assert (view.status, view.meeting) == ("booked", None)
    await database.execute("UPDATE outbox_delivery SET due_at = now()")
    await deliver_due(platform)
    assert (await read_view(platform, done.appointment_id)).meeting is not None


async def test_b07_five_hours_before_is_accepted_and_four_is_not(platform, appointment, clock):
    clock.set(TUESDAY - timedelta(hours=4))
    for change in (
        cancel(platform, appointment),
        move(platform, appointment, TUESDAY + HOUR),
        change_channel(platform, appointment, NewChannel(channel="video")),
    ):
        with pytest.raises(Refused) as refusal:
            await change
        assert "05 00 00 00 00" in refusal.value.message
    clock.set(TUESDAY - timedelta(hours=5))
    assert (await cancel(platform, appointment)).status == "cancelled_by_youth"


async def test_a_cancellation_is_one_event_and_the_slot_is_offered_again(
    platform, desk, appointment, database
):
    for _ in range(2):
        view = await cancel(platform, appointment, reason="Un examen ce jour-là")
        assert (view.status, view.sequence) == ("cancelled_by_youth", 1)
        assert view.cancel_reason == "Un examen ce jour-là"
    assert await count(database, "appointmentcancelled") == 1
    for change in (
        move(platform, appointment, TUESDAY + HOUR),
        change_channel(platform, appointment, NewChannel(channel="video")),
    ):
        with pytest.raises(Conflict):
            await change
    assert (await booked(platform, desk, email="next@example.org")).path


async def test_staff_cancel_at_any_time_before_and_it_is_the_structures(
    platform, appointment, clock, user
):
    clock.set(TUESDAY - timedelta(minutes=5))
    view = await cancel(platform, appointment, user=user)
    assert view.status == "cancelled_by_structure"
    with pytest.raises(NotFound):
        await cancel(platform, user.account_id)


async def test_closing_says_what_came_of_it_and_may_be_corrected(
    platform, appointment, clock, database, user
):
    with pytest.raises(Refused):
        await close_appointment(platform, appointment, "no_show", user)
    clock.set(TUESDAY + HOUR)
    for _ in range(2):
        await close_appointment(platform, appointment, "no_show", user)
    assert await count(database, "interviewclosed") == 1
    await close_appointment(platform, appointment, "honoured", user)
    assert (await read_view(platform, appointment)).status == "honoured"
    assert await count(database, "interviewclosed") == 2
    with pytest.raises(Conflict):
        await cancel(platform, appointment, user=user)


async def test_a_cancelled_appointment_is_not_closed(platform, appointment, user):
    await cancel(platform, appointment)
    with pytest.raises(Conflict):
        await close_appointment(platform, appointment, "honoured", user)
