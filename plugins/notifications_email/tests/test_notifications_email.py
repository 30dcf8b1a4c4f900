import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar
from msgspec.structs import replace

from core.booking.views import read_view
from core.extension.plugin_settings import resolve
from core.notices import service
from core.testing.factories import (
    account_of,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    signed_in,
)
from core.testing.plugin import MONDAY
from hookspecs import (
    VIDEO_INSTEAD,
    AppointmentView,
    Digest,
    Notice,
    PersonRef,
    PluginContext,
    SlotOffer,
    StructureRef,
    WeekSupply,
    use_locale,
    vocabulary,
)
from plugins.notifications_email import compose as composing
from plugins.notifications_email import register_settings
from plugins.notifications_email.carrier import EmailCarrier
from plugins.notifications_email.health import EmailHealth
from plugins.notifications_email.settings import EmailSettings
from plugins.notifications_email.texts import key_of

NOTICES = [
    (kind, audience)
    for kind, audiences in vocabulary.AUDIENCES.items()
    if not kind.endswith("_offer") and "staff" not in audiences
    for audience in audiences
]
TUESDAY = datetime(2027, 2, 9, 13, 0, tzinfo=UTC)


class Post:
    """A mail server that answers as told and keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.at_rcpt = "250 OK"
        self.at_data = "250 OK"
        self.delay = 0.0
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(self.delay)
        if self.at_data.startswith("250"):
            self.taken.append(envelope.content)
        return self.at_data


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        post.port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    yield post
    controller.stop()


@pytest.fixture
async def view(platform) -> AppointmentView:
    structure = await make_structure(platform.db, phone="05 56 00 00 00")
    site = await make_site(platform.db, structure)
    advisor = await make_advisor(platform.db, structure)
    appointment = await make_appointment(
        platform.db,
        advisor,
        structure,
        TUESDAY,
        channel="in_person",
        site=site,
        created_at=MONDAY,
    )
    return await read_view(platform, appointment)


@pytest.fixture
def context(platform) -> PluginContext:
    return PluginContext(
        structure=None, settings=EmailSettings(), now=MONDAY, services=platform.services
    )


def to_server(context: PluginContext, post: Post, **values) -> PluginContext:
    settings = EmailSettings(host="127.0.0.1", port=post.port, security="none", **values)
    return replace(context, settings=settings)


def notice(view: AppointmentView, kind="confirmation", audience="youth", **values) -> Notice:
    return Notice(
        key=f"{view.id}.{kind}.{audience}.{view.sequence}",
        kind=kind,
        audience=audience,
        appointment=view,
        **values,
    )


async def compose(context: PluginContext, message: vocabulary.Message) -> EmailMessage:
    """What the carrier would send."""
    locale = composing.locale_of(context)
    with use_locale(locale):
        values = vocabulary.values(message, context.services.public_url)
    key = key_of(message.kind, message.audience)
    written = await context.services.write_message(key, values, locale=locale)
    return composing.compose(context, message, written)


def read(message: EmailMessage) -> EmailMessage:
    """As the other side reads it."""
    return message_from_bytes(message.as_bytes(), policy=default)


def text_of(message: EmailMessage) -> str:
    return " ".join(read(message).get_body(("plain",)).get_content().split())


def html_of(message: EmailMessage) -> str:
    return read(message).get_body(("html",)).get_content()


def invitation_of(message: EmailMessage) -> tuple[str, Calendar]:
    (part,) = [p for p in read(message).walk() if p.get_content_type() == "text/calendar"]
    return part.get_param("method"), Calendar.from_ical(part.get_payload(decode=True))


# Words


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("kind", "audience"), NOTICES)
async def test_every_kind_reads_whole_for_everyone_in_both_languages(
    context, view, kind, audience, locale
):
    before = replace(view, starts_at=view.starts_at - timedelta(days=1))
    for previous in (None, before):
        told = replace(view, status="cancelled_by_youth") if kind == "cancellation" else view
        message = await compose(
            replace(context, locale=locale), notice(told, kind, audience, previous=previous)
        )
        text, html = text_of(message), html_of(message)
        assert message["Subject"]
        assert len(message["Subject"]) < 90
        assert "Alix Essai" in text
        assert "{" not in text
        assert "None" not in text
        assert 'lang="' + locale in html
        assert "src=" not in html
        if audience == "youth":
            assert view.manage_url in text
            assert view.manage_url in html


async def test_a_confirmation_says_what_when_where_with_whom_and_the_stable_link(context, view):
    message = await compose(context, notice(view))
    assert message["Subject"] == "C’est noté : rendez-vous mar. 9 févr. à 14 h"
    text = text_of(message)
    for words in (
        "Quand : mardi 9 février 2027 à 14 h",
        "Comment : En personne",
        "1 rue de l’Essai, 33000 Bordeaux",
        "Camille E., Info Jeunes Essai",
        "05 56 00 00 00",
        view.manage_url,
    ):
        assert words in text
        assert words.split(" : ")[-1] in html_of(message)
    assert message["Reply-To"] == "Info Jeunes Essai <accueil@structure.example>"
    assert message["To"] == "Alix Essai <alix@example.org>"
    assert message["Message-ID"].startswith(f"<{view.id}.confirmation.youth.0@")


async def test_the_language_is_the_readers_and_falls_back_to_french(context, view):
    english = await compose(replace(context, locale="en"), notice(view))
    german = await compose(replace(context, locale="de"), notice(view))
    assert "You are booked" in english["Subject"]
    assert "C’est noté" in german["Subject"]


async def test_a_change_says_what_it_was_and_to_whom_it_went(context, view):
    other = replace(view.advisor, name="Dominique E.", email="dominique@example.org")
    before = replace(
        view, starts_at=TUESDAY - timedelta(days=1), channel="phone", channel_label="Par téléphone"
    )
    text = text_of(await compose(context, notice(view, "change", previous=before)))
    assert "prévu lundi 8 février 2027 à 14 h" in text
    assert "par téléphone" in text
    theirs = replace(before, advisor=other, advisor_id=view.id)
    message = await compose(context, notice(view, "change", "former_advisor", previous=theirs))
    assert message["To"] == '"Dominique E." <dominique@example.org>'
    assert "lun. 8 févr." in message["Subject"]
    assert "Camille E. reprend l’entretien avec Alix Essai" in text_of(message)
    message = await compose(context, notice(view, "change", "advisor", previous=theirs))
    assert "vous est confié" in message["Subject"]


async def test_a_cancellation_names_the_hour_that_the_person_knew_and_the_reason(context, view):
    gone = replace(view, status="cancelled_by_structure", cancel_reason="Camille est malade")
    before = replace(view, starts_at=TUESDAY - timedelta(days=1))
    text = text_of(await compose(context, notice(gone, "cancellation", previous=before)))
    assert "lundi 8 février 2027 à 14 h" in text
    assert "Camille est malade" in text
    assert "/recherche" in text
    elsewhere = replace(gone, cancel_kind=VIDEO_INSTEAD)
    text = text_of(await compose(context, notice(elsewhere, "cancellation", previous=before)))
    assert f"/creneaux/{view.structure.slug}?canal=video" in text


async def test_names_cannot_add_headers_lines_or_markup(context, view):
    evil = replace(view.youth, name="Eve\r\nBcc: all@example.org\n\n<script>alert(1)</script> & Co")
    message = await compose(context, notice(replace(view, youth=evil)))
    assert read(message)["Bcc"] is None
    assert "<script>" not in html_of(message)
    assert "&lt;script&gt;" in html_of(message)
    assert "<script>alert(1)</script> & Co" in text_of(message)


# Invitations


async def test_the_invitation_keeps_its_uid_while_its_sequence_rises_until_it_is_cancelled(
    context, view
):
    steps = [
        ("confirmation", view, "REQUEST", 0, "CONFIRMED"),
        (
            "change",
            replace(view, sequence=1, starts_at=TUESDAY + timedelta(days=1)),
            "REQUEST",
            1,
            "CONFIRMED",
        ),
        (
            "cancellation",
            replace(view, sequence=2, status="cancelled_by_youth"),
            "CANCEL",
            2,
            "CANCELLED",
        ),
    ]
    for kind, now, method, sequence, status in steps:
        asked, calendar = invitation_of(await compose(context, notice(now, kind)))
        (event,) = calendar.events
        assert asked == calendar["METHOD"] == method
        assert event["UID"] == f"{view.id}@so-mobilite"
        assert event["SEQUENCE"] == sequence
        assert event["STATUS"] == status
        assert event.start == now.starts_at
        assert event["ATTENDEE"] == "mailto:alix@example.org"
        assert "ORGANIZER" in event
    assert "Bordeaux" in event["LOCATION"]


async def test_the_invitation_is_both_an_alternative_and_a_file(context, view):
    message = read(await compose(context, notice(view)))
    assert message.get_content_type() == "multipart/mixed"
    alternative, attached = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert attached.get_filename() == "rendez-vous.ics"
    assert bytes(message).count(b"MIME-Version") == 1


async def test_a_former_advisors_calendar_forgets_and_a_reminder_touches_no_calendar(context, view):
    method, _ = invitation_of(
        await compose(context, notice(view, "change", "former_advisor", previous=view))
    )
    assert method == "CANCEL"
    message = await compose(context, notice(view, "reminder_1d"))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


# Sending


async def test_a_message_reaches_the_server_whole(context, view, post):
    answer = await EmailCarrier().send(to_server(context, post), notice(view))
    assert (answer.outcome, answer.recipient) == ("sent", "alix@example.org")
    (raw,) = post.taken
    assert message_from_bytes(raw, policy=default)["Subject"].startswith("C’est noté")


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
async def test_a_refusal_for_good_ends_it_and_keeps_the_servers_words(context, view, post, where):
    setattr(post, where, "550 no such person")
    answer = await EmailCarrier().send(to_server(context, post), notice(view))
    assert answer.outcome == "refused"
    assert "550 no such person" in answer.detail


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
async def test_a_refusal_for_now_is_for_another_time(context, view, post, where):
    setattr(post, where, "451 come back later")
    with pytest.raises(Exception, match="451"):
        await EmailCarrier().send(to_server(context, post), notice(view))


async def test_a_server_that_is_down_or_does_not_speak_tls_is_for_another_time(context, view, post):
    down = replace(context, settings=EmailSettings(host="127.0.0.1", port=1, security="none"))
    with pytest.raises(OSError, match="refused"):
        await EmailCarrier().send(down, notice(view))
    plain = replace(context, settings=EmailSettings(host="127.0.0.1", port=post.port))
    with pytest.raises(Exception, match="STARTTLS"):
        await EmailCarrier().send(plain, notice(view))
    assert post.taken == []


async def test_a_slow_server_is_left_in_time(context, view, post):
    post.delay = 1.0
    started = time.perf_counter()
    with pytest.raises(OSError, match="timed out"):
        await EmailCarrier().send(to_server(context, post, timeout_seconds=0.2), notice(view))
    assert time.perf_counter() - started < 0.9


async def test_the_carrier_leaves_alone_who_gave_no_address_and_who_need_not_know(context, view):
    silent = replace(view, youth=replace(view.youth, email=""))
    assert EmailCarrier().carries(context, notice(view))
    assert not EmailCarrier().carries(context, notice(view, "reminder_1d", "advisor"))
    assert not EmailCarrier().carries(context, notice(silent))
    answer = await EmailCarrier().send(context, notice(silent))
    assert answer.outcome == "refused"


# Keeping


async def test_without_a_server_a_message_is_kept_once_however_often_it_is_sent(
    platform, context, view
):
    for _ in range(2):
        answer = await EmailCarrier().send(context, notice(view))
        assert answer.outcome == "kept"
    count = await platform.db.fetch_value("SELECT count(*) FROM notifications_email_message")
    assert count == 1


async def test_the_whole_way_from_a_booking_to_the_page_of_kept_messages(platform, client, view):
    await service.plan(platform, view.id)
    while await service.deliver_due(platform):
        pass
    listing = await client.get("/p/notifications_email/messages")
    assert listing.status_code == 200
    assert listing.text.count("C’est noté") == 1
    assert "alix@example.org" in listing.text
    found = await client.get("/p/notifications_email/messages?q=ALIX@")
    assert "Nouveau rendez-vous" not in found.text
    path = next(
        part
        for part in listing.text.split('"')
        if part.startswith("/p/notifications_email/messages/")
    )
    opened = await client.get(path)
    assert opened.status_code == 200
    laid_out = await client.get(f"{path}/html")
    assert "sandbox" in laid_out.headers["content-security-policy"]
    assert "script-src" not in laid_out.headers["content-security-policy"]
    calendar = await client.get(f"{path}/rendez-vous.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text.startswith("BEGIN:VCALENDAR")


async def test_the_links_of_a_kept_message_can_be_followed(platform, client, context, view):
    await EmailCarrier().send(context, notice(view))
    message_id = await platform.db.fetch_value("SELECT id FROM notifications_email_message")
    page = await client.get(f"/p/notifications_email/messages/{message_id}")
    assert f'href="{view.manage_url}"' in page.text


async def test_outside_a_demonstration_only_the_coordination_reads_kept_messages(
    platform, client, context, view
):
    await EmailCarrier().send(context, notice(view))
    message_id = await platform.db.fetch_value("SELECT id FROM notifications_email_message")
    platform.settings = replace(platform.settings, demo=False)
    paths = [
        "/p/notifications_email/messages",
        *(
            f"/p/notifications_email/messages/{message_id}{end}"
            for end in ("", "/html", "/rendez-vous.ics")
        ),
    ]
    for path in paths:
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/connexion")
    await signed_in(platform, client, await account_of(platform.db, view.advisor_id))
    for path in paths:
        assert (await client.get(path)).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    for path in paths:
        assert (await client.get(path)).status_code == 200


async def test_an_unknown_message_is_not_found_and_one_without_invitation_has_none(
    platform, client, context, view
):
    root = "/p/notifications_email/messages"
    assert (await client.get(f"{root}/{view.id}")).status_code == 404
    await EmailCarrier().send(context, notice(view, "reminder_1d"))
    message_id = await platform.db.fetch_value("SELECT id FROM notifications_email_message")
    assert (await client.get(f"{root}/{message_id}/rendez-vous.ics")).status_code == 404


async def test_old_messages_are_forgotten(platform, context, view):
    await EmailCarrier().send(context, notice(view))
    (job,) = [o.item for o in platform.board.jobs if o.plugin_id == "notifications_email"]
    for later, left in ((timedelta(days=59), 1), (timedelta(days=61), 0)):
        await job.run(replace(context, now=MONDAY + later))
        count = await platform.db.fetch_value("SELECT count(*) FROM notifications_email_message")
        assert count == left


# Health and settings


async def test_the_health_line_says_kept_reached_or_unreachable(platform, context, post):
    async def line(context: PluginContext):
        (line,) = await EmailHealth().check(context)
        return line

    assert (await line(context)).state == "ok"  # a demonstration
    platform.settings = replace(platform.settings, demo=False)
    kept = await line(context)
    assert kept.state == "degraded"
    assert kept.hint
    assert (await line(to_server(context, post))).state == "ok"
    down = EmailSettings(host="127.0.0.1", port=1, security="none")
    failing = await line(replace(context, settings=down))
    assert failing.state == "failing"
    assert "127.0.0.1:1" in failing.detail


@pytest.mark.parametrize(
    "values",
    [
        {"sender": "nobody"},
        {"sender": "A <a b@c>"},
        {"sender": ""},
        {"port": 0},
        {"security": "ssl"},
        {"security": "none", "username": "u", "password": "p"},
        {"timeout_seconds": 0},
    ],
)
def test_settings_that_cannot_work_are_a_problem_and_not_a_crash(values):
    assert resolve(register_settings(), values).problems


def test_the_deployments_settings_are_valid(platform):
    assert not resolve(
        register_settings(), platform.settings.plugin["notifications_email"].settings
    ).problems


# Offers


def offer(**values) -> SlotOffer:
    fresh = {
        "key": "1234.demand_offer",
        "youth": PersonRef(name="Alix\nBcc: tous", email="alix@example.org"),
        "structure": StructureRef(
            id=UUID(int=1), name="Info Jeunes Essai", email="a@structure.example"
        ),
        "mode": "video",
        "channel_label": "En visio",
        "starts_at": TUESDAY,
        "expires_at": MONDAY + timedelta(minutes=30),
        "book_url": "http://test/reserver/jeton",
        "manage_url": "http://test/demande/jeton",
    }
    return SlotOffer(**{**fresh, **values})


@pytest.mark.parametrize(
    ("locale", "subject", "kept"),
    [
        ("fr", "Une place pour vous : mar. 9 févr. à 14 h", "Gardé pour vous jusqu’à : 8 h 30"),
        ("en", "A time for you", "Kept for you until : 08:30"),
    ],
)
async def test_an_offer_says_when_until_when_and_how_to_take_it(context, locale, subject, kept):
    message = await compose(replace(context, locale=locale), offer())
    assert read(message)["Subject"].startswith(subject)
    assert read(message)["Message-ID"].startswith("<1234.demand_offer@")
    assert "Bcc" not in read(message)
    for said in (kept, "http://test/reserver/jeton", "http://test/demande/jeton"):
        assert said in text_of(message)
    assert 'href="http://test/reserver/jeton"' in html_of(message)
    assert [p for p in read(message).walk() if p.get_content_type() == "text/calendar"] == []


async def test_an_earlier_slot_is_told_beside_the_appointment_that_stays(context, view):
    earlier = offer(kind="earlier_offer", current=view, starts_at=TUESDAY - timedelta(days=5))
    message = await compose(context, earlier)
    assert read(message)["Subject"] == "Une place plus tôt : jeu. 4 févr. à 14 h"
    text = text_of(message)
    assert "Votre rendez-vous est prévu mardi 9 février 2027 à 14 h" in text
    assert "Au lieu de : mardi 9 février 2027 à 14 h" in text
    assert "jusqu’à 8 h 30" in text
    assert "Voir cette place" in text


async def test_an_offer_is_sent_or_kept_once(context, post, platform):
    carrier = EmailCarrier()
    assert carrier.carries_offer(context, offer())
    assert not carrier.carries_offer(context, offer(youth=PersonRef(name="Alix")))
    for _ in range(2):
        assert (await carrier.send_offer(context, offer())).outcome == "kept"
    assert await platform.db.fetch_value("SELECT count(*) FROM notifications_email_message") == 1
    assert (await carrier.send_offer(to_server(context, post), offer())).outcome == "sent"
    post.at_rcpt = "550 nobody here"
    refused = await carrier.send_offer(to_server(context, post), offer())
    assert (refused.outcome, refused.recipient) == ("refused", "alix@example.org")


# Digests


async def test_a_week_is_told_with_its_appointments_its_supply_and_what_is_to_fill_in(
    context, view, post
):
    structure = view.structure
    week = Digest(
        key="1.week.2027-W06",
        kind="week",
        person=PersonRef(name="Camille Essai", email="camille@example.org"),
        monday=TUESDAY.date() - timedelta(days=1),
        url="http://test/agenda",
        appointments=(view,),
        to_fill_in=2,
        supply=tuple(
            WeekSupply(structure=structure, monday=monday, offered=offered, minimum=3)
            for monday, offered in (
                (TUESDAY.date() - timedelta(days=1), 4),
                (TUESDAY.date() + timedelta(days=6), 1),
            )
        ),
    )
    message = await compose(context, week)
    assert message["Subject"] == "Votre semaine du lundi 8 février 2027"
    text = text_of(message)
    for said in (
        "Bonjour Camille Essai",
        "1 rendez-vous cette semaine",
        "2 entretiens à renseigner",
        "mar. 9 févr., 14 h : Alix Essai, en personne",
        "Info Jeunes Essai : 4 (au moins 3)",
        "Info Jeunes Essai : 1 (au moins 3)",
        "Il manque des créneaux (3 par semaine au moins) : Info Jeunes Essai",
        "http://test/agenda",
    ):
        assert said in text
    carrier = EmailCarrier()
    assert carrier.carries_digest(context, week)
    assert (await carrier.send_digest(to_server(context, post), week)).outcome == "sent"
    assert (await carrier.send_digest(context, week)).outcome == "kept"
