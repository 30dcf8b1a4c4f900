"""The facts of SCENARIOS about notices, from the booking to what is read: with the bundled carriers and a gateway of our own."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import msgspec
import pytest
from icalendar import Calendar
from msgspec.structs import replace

from core.accounts.access import CurrentUser, Membership
from core.app import build_platform
from core.booking.reassign import reassign
from core.booking.service import cancel, move, reopen
from core.extension import events
from core.notices import ledger, service
from core.testing.factories import account_of, make_advisor, make_slot, signed_in
from core.testing.web import Answer, loopback_server
from tests.booking.conftest import TUESDAY, booked, make_desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
COMMUNE = (
    "INSERT INTO commune (insee, name, name_key, postcodes, department, population, lat, lon)"
    " VALUES ('33063', 'Bordeaux', 'bordeaux', '{33000}', '33', 260000, 44.83802, -0.57964)"
)


@pytest.fixture
async def web():
    async with loopback_server() as server:
        server.answers["/sms"] = Answer(body=b"{}")
        yield server


@pytest.fixture
async def platform(settings, database, board, clock, web, _shared):
    """The bundled carriers: e-mail keeps its messages, SMS has a gateway."""
    ours = settings.plugin["notifications_sms"]
    changed = replace(
        settings,
        plugins=replace(settings.plugins, allow_private_hosts=("127.0.0.1",)),
        plugin={
            **settings.plugin,
            "notifications_sms": replace(
                ours, policy="default_on", settings={"url": web.url("/sms")}
            ),
        },
    )
    return build_platform(changed, database, clock=clock, board=board, templates=_shared.templates)


@pytest.fixture
async def desk(platform, database):
    await database.execute(COMMUNE)
    desk = await make_desk(database)
    await database.execute("UPDATE advisor SET weekly_digest = false")
    await platform.plugins.fresh()
    return desk


@pytest.fixture
async def staff(database, desk):
    account = await account_of(database, desk.advisor)
    return CurrentUser(
        account_id=account,
        name="Camille",
        email="c@example.org",
        advisor_id=desk.advisor,
        memberships=(Membership(structure_id=desk.structure, role="manager"),),
    )


async def turn(platform):
    """What the worker does, twice, as a job that is retried would."""
    for _time in range(2):
        while await events.deliver_due(platform):
            pass
        await service.plan_all(platform)
        while await service.deliver_due(platform):
            pass


async def mails(database, audience="youth"):
    rows = await database.fetch(
        "SELECT kind FROM notifications_email_message WHERE audience = $1 ORDER BY kept_at, id",
        audience,
    )
    return [row["kind"] for row in rows]


async def test_n01_booked_ten_days_ahead_a_confirmation_then_both_reminders_each_once(
    platform, database, desk, clock
):
    start = TUESDAY + 7 * DAY
    await make_slot(database, desk.advisor, desk.structure, start, site=desk.site)
    await booked(platform, desk, start)
    for _half_day in range(36):
        await turn(platform)
        clock.advance(12 * HOUR)
    assert sorted(await mails(database)) == ["confirmation", "reminder_1d", "reminder_7d"]


async def test_n02_booked_forty_nine_hours_ahead_no_reminder_minutes_later_and_the_eves_is_kept(
    platform, database, desk, clock
):
    clock.set(TUESDAY - 49 * HOUR)
    await booked(platform, desk)
    await turn(platform)
    clock.advance(timedelta(minutes=10))
    await turn(platform)
    assert await mails(database) == ["confirmation"]
    clock.set(TUESDAY - 20 * HOUR)
    await turn(platform)
    assert await mails(database) == ["confirmation", "reminder_1d"]


async def test_n03_moved_after_its_reminder_was_planned_none_at_the_old_time_one_at_the_new(
    platform, database, desk, clock
):
    later = TUESDAY + 7 * DAY
    await make_slot(database, desk.advisor, desk.structure, later, site=desk.site)
    made = await booked(platform, desk)
    await turn(platform)
    clock.set(TUESDAY - 20 * HOUR)
    await service.plan_all(platform)
    await move(platform, made.appointment_id, later)
    await turn(platform)
    assert await mails(database) == ["confirmation", "change"]
    clock.set(later - 20 * HOUR)
    await turn(platform)
    assert await mails(database) == ["confirmation", "change", "reminder_1d"]
    content = await database.fetch_value(
        "SELECT content FROM notifications_email_message WHERE kind = 'reminder_1d'"
    )
    assert message_from_bytes(content, policy=default)["Subject"].endswith("mar. 9 févr. à 14 h")


async def test_n04_cancelled_no_reminder_by_the_youth_a_mail_by_the_structure_mail_and_sms(
    platform, database, desk, staff, clock, web
):
    by_youth = await booked(platform, desk)
    by_structure = await booked(
        platform, desk, TUESDAY + HOUR, name="Sacha Essai", email="sacha@example.org"
    )
    await turn(platform)
    web.asked.clear()
    await cancel(platform, by_youth.appointment_id)
    await cancel(platform, by_structure.appointment_id, user=staff, reason="Camille est malade")
    await turn(platform)
    assert (await mails(database)).count("cancellation") == 2
    (sms,) = [msgspec.json.decode(asked.body)["text"] for asked in web.asked]
    assert "est annulé" in sms
    assert "15 h" in sms
    clock.set(TUESDAY - 20 * HOUR)
    await turn(platform)
    assert "reminder_1d" not in await mails(database)


@pytest.mark.parametrize(
    ("level", "own_deed", "ahead", "hears"),
    [
        ("all", True, 8, True),
        ("others", True, 8, False),
        ("others", False, 8, True),
        ("soon", False, 8, False),
        ("soon", False, 1, True),
        ("none", False, 1, False),
    ],
)
async def test_n07_an_advisor_hears_by_their_level_and_not_of_their_own_deeds_under_others(
    platform, database, desk, staff, clock, level, own_deed, ahead, hears
):
    made = await booked(platform, desk)
    await turn(platform)
    await database.execute("DELETE FROM notifications_email_message")
    await database.execute("UPDATE advisor SET notice_level = $1", level)
    clock.set(TUESDAY - ahead * DAY)
    await cancel(platform, made.appointment_id, user=staff if own_deed else None)
    await turn(platform)
    assert await mails(database, "advisor") == (["cancellation"] if hears else [])
    assert "cancellation" in await mails(database)


async def test_n08_a_landline_and_a_provider_that_fails_are_on_the_interview(
    platform, client, database, desk, web
):
    fixed = await booked(platform, desk, phone="05 56 00 00 00")
    await turn(platform)
    assert web.asked == []
    web.answers["/sms"] = Answer(status=500, body=b"out of order")
    mobile = await booked(
        platform, desk, TUESDAY + HOUR, name="Sacha Essai", email="sacha@example.org"
    )
    await turn(platform)
    await signed_in(platform, client, await account_of(database, desk.advisor))
    screen = (await client.get(f"/entretiens/{fixed.appointment_id}")).text
    assert "pas envoyé : numéro fixe" in screen.replace("\xa0", " ")
    assert "refusé par le destinataire" in screen
    screen = (await client.get(f"/entretiens/{mobile.appointment_id}")).text
    assert "500 out of order" in screen
    assert "nouvel essai prévu" in screen


async def calendars(database, audience="youth"):
    """(METHOD, SEQUENCE, STATUS, UID, start) of each invitation that somebody got, in order."""
    found = []
    for row in await database.fetch(
        "SELECT content FROM notifications_email_message WHERE audience = $1 ORDER BY kept_at, id",
        audience,
    ):
        message = message_from_bytes(row["content"], policy=default)
        for part in message.iter_attachments():
            calendar = Calendar.from_ical(part.get_content())
            (event,) = calendar.events
            found.append(
                (calendar["METHOD"], event["SEQUENCE"], event["STATUS"], event["UID"], event.start)
            )
    return found


async def test_n09_one_uid_a_sequence_that_rises_through_move_reassignment_cancellation_and_reopening(
    platform, database, desk, staff, clock
):
    made = await booked(platform, desk)
    appointment = made.appointment_id
    await turn(platform)
    clock.advance(HOUR)
    await move(platform, appointment, TUESDAY + HOUR)
    await turn(platform)
    clock.advance(HOUR)
    colleague = await make_advisor(
        database, desk.structure, display_name="Dominique E.", weekly_digest=False
    )
    await make_slot(database, colleague, desk.structure, TUESDAY + HOUR, site=desk.site)
    await reassign(platform, appointment, staff, to=colleague)
    await turn(platform)
    clock.advance(HOUR)
    await cancel(platform, appointment)
    await turn(platform)
    clock.advance(HOUR)
    await reopen(platform, appointment, staff)
    await turn(platform)
    uid, at = f"{appointment}@so-mobilite", TUESDAY + HOUR
    assert await calendars(database) == [
        ("REQUEST", 0, "CONFIRMED", uid, TUESDAY),
        ("REQUEST", 1, "CONFIRMED", uid, at),
        ("REQUEST", 2, "CONFIRMED", uid, at),
        ("CANCEL", 3, "CANCELLED", uid, at),
        ("REQUEST", 4, "CONFIRMED", uid, at),
    ]
    (former,) = await calendars(database, "former_advisor")
    assert former[0] == "CANCEL"
    assert former[3] == uid
    told = await database.fetch_value(
        "SELECT content FROM notifications_email_message WHERE audience = 'youth' ORDER BY kept_at DESC LIMIT 1"
    )
    message = message_from_bytes(told, policy=default)
    assert message["Subject"].startswith("Votre rendez-vous est rétabli")


async def test_what_was_still_believed_is_told_by_each_carrier_even_when_one_was_slow(
    platform, database, desk, clock, web
):
    """The SMS leaves in the morning, long after the e-mail: it still says the hour that was."""
    made = await booked(platform, desk)
    await turn(platform)
    web.asked.clear()
    clock.advance(15 * HOUR)  # 23:00
    await move(platform, made.appointment_id, TUESDAY + HOUR)
    await turn(platform)
    assert (await mails(database))[-1] == "change"
    assert web.asked == []
    waiting = [r for r in await ledger.receipts(platform, made.appointment_id) if r.state == "due"]
    assert [(r.carrier, r.detail) for r in waiting] == [
        ("notifications_sms:sms", "attend le matin")
    ]
    clock.advance(9 * HOUR)
    await turn(platform)
    (sms,) = [msgspec.json.decode(asked.body)["text"] for asked in web.asked]
    assert "du mar. 2 févr. à 14 h change : mar. 2 févr. à 15 h" in sms
