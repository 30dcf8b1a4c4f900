from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from core.app import build_platform
from core.booking.views import read_view
from core.extension.plugin_settings import resolve
from core.notices import service
from core.testing.factories import (
    form_token,
    make_account,
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    make_youth,
    signed_in,
)
from core.testing.plugin import MONDAY
from core.testing.web import Answer, loopback_server
from hookspecs import (
    AppointmentView,
    Notice,
    OutboundError,
    PersonRef,
    PluginContext,
    SlotOffer,
    StructureRef,
)
from plugins.notifications_sms import register_settings
from plugins.notifications_sms.carrier import SmsCarrier
from plugins.notifications_sms.gateway import GatewayBusy
from plugins.notifications_sms.health import SmsHealth
from plugins.notifications_sms.numbers import Unreachable, mobile
from plugins.notifications_sms.settings import SmsSettings
from plugins.notifications_sms.words import write

KINDS = ["confirmation", "change", "cancellation", "reminder_1d", "link_1h"]
TUESDAY = datetime(2027, 2, 9, 13, 0, tzinfo=UTC)
MOBILE = "+33612345678"
LANDLINE = "+33556000000"


@pytest.fixture
async def web():
    async with loopback_server() as server:
        server.answers["/sms"] = Answer(body=b'{"messages": [{"id": "m-1"}]}')
        yield server


@pytest.fixture
async def platform(settings, database, board, clock, web):
    """The platform with the local gateway, as a deployer sets it."""
    ours = settings.plugin["notifications_sms"]
    values = {"url": web.url("/sms"), "secret": "Bearer s3cret", "answer_id": "messages.0.id"}
    settings = replace(
        settings,
        plugins=replace(settings.plugins, allow_private_hosts=("127.0.0.1",)),
        plugin={**settings.plugin, "notifications_sms": replace(ours, settings=values)},
    )
    return build_platform(settings, database, clock=clock, board=board)


@pytest.fixture
async def structure(platform) -> UUID:
    structure = await make_structure(platform.db, phone="05 56 00 00 00")
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at)"
        " VALUES ('notifications_sms', $1, 'on', now()), ('notifications_email', $1, 'off', now())",
        structure,
    )
    await platform.plugins.fresh()
    return structure


@pytest.fixture
async def view(platform, structure) -> AppointmentView:
    advisor = await make_advisor(platform.db, structure)
    appointment = await make_appointment(
        platform.db,
        advisor,
        structure,
        TUESDAY,
        channel="in_person",
        site=await make_site(platform.db, structure),
        created_at=MONDAY,
    )
    return await read_view(platform, appointment)


@pytest.fixture
async def context(platform, structure) -> PluginContext:
    return platform.context("notifications_sms", await platform.plugins.fresh(), structure)


def set_to(context: PluginContext, **values) -> PluginContext:
    return replace(context, settings=replace(context.settings, **values))


def notice(view: AppointmentView, kind="confirmation", audience="youth", **values) -> Notice:
    return Notice(
        key=f"{view.id}.{kind}.{audience}.{view.sequence}",
        kind=kind,
        audience=audience,
        appointment=view,
        **values,
    )


async def send(context: PluginContext, view: AppointmentView, kind="confirmation", **values):
    return await SmsCarrier().send(context, notice(view, kind, **values))


async def deliver_all(platform) -> None:
    while await service.deliver_due(platform):
        pass


# What goes by SMS


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_goes_to_a_youth_and_none_to_an_advisor_unless_asked(context, view, kind):
    view = replace(view, advisor=replace(view.advisor, phone=MOBILE))
    carrier = SmsCarrier()
    assert carrier.carries(context, notice(view, kind))
    assert not carrier.carries(context, notice(view, kind, "advisor"))
    asked = carrier.carries(set_to(context, advisor_kinds=(kind,)), notice(view, kind, "advisor"))
    assert asked == (kind in {"confirmation", "change", "cancellation"})
    assert not carrier.carries(set_to(context, youth_kinds=()), notice(view, kind))


@pytest.mark.parametrize("kind", ["reminder_7d", "roadmap", "feedback"])
async def test_what_can_wait_for_an_e_mail_does_not_ring(context, view, kind):
    assert not SmsCarrier().carries(context, notice(view, kind))


@pytest.mark.parametrize("kind", ["follow_up", "check_in"])
async def test_what_comes_after_the_interview_rings_only_where_it_was_asked_for(
    context, view, kind
):
    view = replace(view, advisor=replace(view.advisor, phone=MOBILE))
    carrier, asked = SmsCarrier(), set_to(context, youth_kinds=(kind,), advisor_kinds=(kind,))
    assert not carrier.carries(context, notice(view, kind))
    assert carrier.carries(asked, notice(view, kind))
    assert carrier.carries(asked, notice(view, kind, "advisor")) == (kind == "follow_up")


async def test_who_cancels_their_own_interview_gets_no_sms_and_the_advisor_may(context, view):
    carrier, own = SmsCarrier(), replace(view, status="cancelled_by_youth")
    theirs = replace(view, status="cancelled_by_structure")
    assert not carrier.carries(context, notice(own, "cancellation"))
    assert carrier.carries(context, notice(theirs, "cancellation"))
    own = replace(own, advisor=replace(own.advisor, phone=MOBILE))
    asked = set_to(context, advisor_kinds=("cancellation",))
    assert carrier.carries(asked, notice(own, "cancellation", "advisor"))


async def test_without_a_number_or_without_a_gateway_there_is_nothing_to_do(context, view, web):
    silent = replace(view, youth=replace(view.youth, phone=" "))
    assert not SmsCarrier().carries(context, notice(silent))
    unset = set_to(context, url="")
    assert not SmsCarrier().carries(unset, notice(view))
    assert (await send(unset, view)).outcome == "refused"
    assert web.asked == []


# Words


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
async def test_every_text_is_short_fits_the_alphabet_and_says_hour_and_link_but_no_name(
    context, view, kind, locale
):
    """An address of ours takes 93 septets: two messages hold what there is to say, never three."""
    view = replace(
        view,
        manage_url="https://entretiens.so-mobilite.example/rdv/" + "a" * 46,
        site=replace(view.site, name="Espace Jeunes Cœur d’Île"),
    )
    before = replace(view, starts_at=view.starts_at - timedelta(days=1))
    text = await write(replace(context, locale=locale), notice(view, kind, previous=before))
    assert text.parts <= 2
    assert ("14 h" if locale == "fr" else "14:00") in text.body
    assert "05 56 00 00 00" in text.body
    assert "Alix" not in text.body
    assert "None" not in text.body
    assert ("/recherche" if kind == "cancellation" else view.manage_url) in text.body
    if kind in {"confirmation", "change", "reminder_1d"}:
        assert "Espace Jeunes Coeur d'Ile" in text.body
    if kind == "cancellation":
        assert text.parts == 1


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(
    ("kind", "audience"),
    [
        ("confirmation", "advisor"),
        ("change", "advisor"),
        ("change", "former_advisor"),
        ("cancellation", "advisor"),
    ],
)
async def test_an_advisor_reads_the_hour_and_never_the_youths_name(
    context, view, kind, audience, locale
):
    before = replace(view, advisor_id=view.id)
    for previous in (None, view, before):
        text = await write(
            replace(context, locale=locale), notice(view, kind, audience, previous=previous)
        )
        assert ("14 h" if locale == "fr" else "14:00") in text.body
        assert "Alix" not in text.body
        assert text.parts <= 2


async def test_a_confirmation_reads_like_this(context, view):
    view = replace(view, manage_url="https://x.example/rdv/abc")
    assert (await write(context, notice(view))).body == (
        f"So Mobilité : RDV mar. 9 févr. à 14 h, {view.site.name}, 1 rue de l'Essai, Bordeaux."
        " Un imprévu ? https://x.example/rdv/abc ou 05 56 00 00 00"
    )
    called = replace(view, site=None, channel="phone")
    assert "on vous appelle." in (await write(context, notice(called))).body
    assert "en visio." in (await write(context, notice(replace(called, channel="video")))).body


async def test_a_change_says_what_it_was(context, view):
    before = replace(view, starts_at=TUESDAY - timedelta(days=1))
    assert "du lun. 8 févr. à 14 h change : mar. 9 févr." in (
        (await write(context, notice(view, "change", previous=before))).body
    )


# Numbers


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("06 12 34 56 78", MOBILE),
        ("07.66.12.34.56", "+33766123456"),
        ("+33 6 12 34 56 78", MOBILE),
        ("0049 151 23456789", "+4915123456789"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_a_mobile_number_however_written_becomes_an_international_one(given, number):
    assert mobile(given, "FR") == number


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("05 56 00 00 00", "numéro fixe"),
        ("+49 30 901820", "numéro fixe"),
        ("0612", "incorrect"),
        ("bonjour", "incorrect"),
        ("", "incorrect"),
        ("0800 12 34 56", "pas un numéro de portable"),
        ("09 72 12 34 56", "pas un numéro de portable"),
    ],
)
def test_what_cannot_receive_a_text_message_says_why(given, why):
    with pytest.raises(Unreachable, match=why):
        mobile(given, "FR")


async def test_a_landline_is_refused_and_the_gateway_never_asked(context, view, web):
    fixed = replace(view, youth=replace(view.youth, phone=LANDLINE))
    answer = await send(context, fixed)
    assert answer.outcome == "refused"
    assert " ".join(answer.detail.split()) == "pas envoyé : numéro fixe"
    assert web.asked == []


# The gateway


async def test_a_message_reaches_the_gateway_and_the_receipt_holds_its_length_and_id(
    context, view, web
):
    answer = await send(context, view)
    assert (answer.outcome, answer.recipient) == ("sent", MOBILE)
    (asked,) = web.asked
    assert asked.method == "POST"
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["content-type"] == "application/json"
    text = await write(context, notice(view))
    assert msgspec.json.decode(asked.body) == {
        "to": MOBILE,
        "from": "SoMobilite",
        "text": text.body,
    }
    assert answer.detail == f"{text.parts} SMS, {text.septets} caractères, m-1"


async def test_the_settings_describe_any_shape_of_request(context, view, web):
    nested = '{"receivers": ["{number}"], "message": "{text}", "key": "{secret}", "ref": "{reference}", "flash": false}'
    await send(set_to(context, method="PUT", body=nested, headers={"X-Account": "7"}), view)
    form = '{"To": "{number}", "Body": "{text}"}'
    await send(set_to(context, body=form, format="form", header="X-Key"), view)
    query = set_to(context, body=form, format="query", method="GET", url=web.url("/sms?v=2"))
    answer = await send(query, view)
    assert (answer.outcome, "404" in answer.detail) == ("refused", True)
    first, second, third = web.asked
    assert first.method == "PUT"
    assert first.headers["x-account"] == "7"
    assert "authorization" not in first.headers
    body = msgspec.json.decode(first.body)
    assert (body["receivers"], body["key"], body["flash"]) == ([MOBILE], "Bearer s3cret", False)
    assert body["ref"] == notice(view).key
    assert second.headers["x-key"] == "Bearer s3cret"
    assert second.headers["content-type"] == "application/x-www-form-urlencoded"
    words = (await write(context, notice(view))).body
    assert parse_qs(second.body.decode()) == {"To": [MOBILE], "Body": [words]}
    assert parse_qs(urlsplit(third.path).query) == {"v": ["2"], "To": [MOBILE], "Body": [words]}
    assert third.body == b""


async def test_a_name_that_looks_like_a_mark_or_like_json_is_only_text(context, view, web):
    evil = replace(view, site=replace(view.site, name='{secret}", "to": "+33700000000'))
    await send(context, evil)
    body = msgspec.json.decode(web.asked[0].body)
    assert body["to"] == MOBILE
    assert "{secret}" in body["text"]
    assert "s3cret" not in body["text"]


@pytest.mark.parametrize("status", [400, 401, 404, 422, 302, 204])
async def test_a_refusal_ends_it_with_the_gateways_words_and_without_the_secret(
    context, view, web, status
):
    web.answers["/sms"] = Answer(status=status, body=b"bad key Bearer s3cret" * (status != 204))
    answer = await send(context, view)
    assert (answer.outcome, answer.recipient) == ("refused", MOBILE)
    assert str(status) in answer.detail
    assert "s3cret" not in answer.detail


@pytest.mark.parametrize("body", [b"not json", b"{}", b'{"messages": []}', b'{"messages": 7}'])
async def test_an_answer_without_the_promised_id_is_a_refusal_and_not_a_second_message(
    context, view, web, body
):
    web.answers["/sms"] = Answer(body=body)
    answer = await send(context, view)
    assert answer.outcome == "refused"
    assert "numéro de message" in answer.detail
    assert (await send(set_to(context, answer_id=""), view)).outcome == "sent"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_a_gateway_that_is_busy_or_broken_is_asked_again(context, view, web, status):
    web.answers["/sms"] = Answer(status=status, body=b"later")
    with pytest.raises(GatewayBusy, match=f"{status} later"):
        await send(context, view)


async def test_a_gateway_that_is_slow_gone_or_private_is_asked_again(platform, context, view, web):
    web.answers["/sms"] = Answer(delay=30)
    with pytest.raises(OutboundError, match="trop de temps"):
        await send(set_to(context, timeout_seconds=0.2), view)
    with pytest.raises(OutboundError, match="ne répond pas"):
        await send(set_to(context, url="http://127.0.0.1:1/"), view)
    platform.settings = replace(
        platform.settings, plugins=replace(platform.settings.plugins, allow_private_hosts=())
    )
    with pytest.raises(OutboundError, match="réseau privé"):
        await send(context, view)
    assert len(web.asked) == 1


# At a decent hour

NIGHT = datetime(2027, 1, 25, 22, 0, tzinfo=UTC)
MORNING = datetime(2027, 1, 26, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["confirmation", "change", "cancellation"])
async def test_at_night_a_message_waits_for_the_morning(context, view, web, kind):
    answer = await send(replace(context, now=NIGHT), view, kind)
    assert (answer.outcome, answer.until) == ("later", MORNING)
    assert web.asked == []
    assert (await send(replace(context, now=MORNING), view, kind)).outcome == "sent"


async def test_news_that_the_morning_would_bring_too_late_leave_at_night(context, view, web):
    late = replace(context, now=NIGHT)
    early = replace(view, starts_at=MORNING + timedelta(minutes=90))
    assert (await send(late, early, "cancellation")).outcome == "sent"
    assert (await send(late, view, "change", previous=early)).outcome == "sent"
    link = replace(view, starts_at=MORNING)
    assert (
        await send(replace(context, now=MORNING - timedelta(hours=1)), link, "link_1h")
    ).outcome == "sent"


async def test_the_night_is_the_regions(platform, context, view):
    never = replace(platform.settings.notices, quiet_from=0, quiet_until=0)
    platform.settings = replace(platform.settings, notices=never)
    assert (await send(replace(context, now=NIGHT), view)).outcome == "sent"


# Slots that are kept


def offer(**values) -> SlotOffer:
    fresh = {
        "key": "1234.demand_offer",
        "youth": PersonRef(name="Alix Essai", phone="06 12 34 56 78"),
        "structure": StructureRef(id=UUID(int=1), name="Info Jeunes Essai"),
        "mode": "video",
        "channel_label": "En visio",
        "starts_at": TUESDAY,
        "expires_at": MONDAY + timedelta(minutes=30),
        "book_url": "https://entretiens.so-mobilite.example/reserver/" + "a" * 44,
        "manage_url": "https://entretiens.so-mobilite.example/demande/" + "a" * 44,
    }
    return SlotOffer(**{**fresh, **values})


@pytest.mark.parametrize(("locale", "until"), [("fr", "jusqu'à 8 h 30"), ("en", "until 08:30")])
@pytest.mark.parametrize("kind", ["demand_offer", "earlier_offer"])
async def test_a_slot_that_is_kept_is_told_in_two_messages_at_most_with_its_limit_and_its_link(
    context, view, kind, locale, until
):
    kept = offer(kind=kind, current=view if kind == "earlier_offer" else None)
    text = await write(replace(context, locale=locale), kept)
    assert text.parts <= 2
    assert until in text.body
    assert kept.book_url in text.body
    assert "Alix" not in text.body


async def test_an_offer_goes_to_a_mobile_number_by_day_and_to_no_other(context, web):
    carrier = SmsCarrier()
    assert carrier.carries_offer(context, offer())
    assert not carrier.carries_offer(context, offer(youth=PersonRef(name="Alix")))
    assert not carrier.carries_offer(set_to(context, youth_kinds=()), offer())
    assert (await carrier.send_offer(context, offer())).outcome == "sent"
    fixed = offer(youth=PersonRef(name="Alix", phone=LANDLINE))
    refused = await carrier.send_offer(context, fixed)
    assert (refused.outcome, refused.detail) == ("refused", "pas envoyé\xa0: numéro fixe")
    waits = await carrier.send_offer(replace(context, now=NIGHT), offer())
    assert (waits.outcome, waits.until) == ("later", MORNING)
    assert len(web.asked) == 1


# The whole way


async def test_booked_at_night_told_once_in_the_morning(platform, clock, structure, view, web):
    clock.set(NIGHT)
    await service.plan(platform, view.id)
    await deliver_all(platform)
    (receipt,) = await service.receipts(platform, view.id)
    assert (receipt.state, receipt.attempts, receipt.due_at) == ("due", 0, MORNING)
    assert await service.failing(platform) == []
    clock.set(MORNING)
    for _time in range(2):
        await service.plan_all(platform)
        await deliver_all(platform)
    (receipt,) = await service.receipts(platform, view.id)
    assert (receipt.state, receipt.carrier) == ("sent", "notifications_sms:sms")
    assert receipt.detail.endswith("m-1")
    assert len(web.asked) == 1


async def test_a_landline_and_a_broken_gateway_are_on_the_page_of_messages(
    platform, client, structure, view, web
):
    web.answers["/sms"] = Answer(status=500, body=b"out of order")
    fixed = await make_appointment(
        platform.db,
        await make_advisor(platform.db, structure),
        structure,
        TUESDAY,
        youth=await make_youth(platform.db, phone=LANDLINE),
        created_at=MONDAY,
    )
    for appointment in (view.id, fixed):
        await service.plan(platform, appointment)
    await deliver_all(platform)
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    shown = (await client.get("/reseau/messages")).text.replace("\u00a0", " ")
    assert "pas envoyé : numéro fixe" in shown
    assert "500 out of order" in shown
    assert "SMS, " in shown


async def test_the_text_in_force_is_the_coordinations_and_keeps_its_length_in_sight(
    platform, client, context, view
):
    """A rewritten text leaves; the page shows how long it is, and refuses one that lost its link."""
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    path = "/reseau/messages/modeles/notifications_sms:reminder_1d.youth/fr"
    shown = (await client.get(path)).text.replace("\xa0", " ")
    assert "Longueur (alphabet GSM) : 2 SMS" in shown
    token = await form_token(client)

    async def write_text(body: str):
        return await client.post(path, data={"_csrf_token": token, "version": "0", "body": body})

    lost = await write_text("RDV {{ jour }}")
    assert lost.status_code == 422
    assert "Il manque {{ lien }}" in lost.text.replace("\xa0", " ")
    long = await write_text("Œuvrons ! " * 60 + "{{ lien }}")
    assert long.status_code == 303
    assert "C’est long : 5 SMS" in (await client.get(path)).text.replace("\xa0", " ")
    text = await write(context, notice(view, "reminder_1d"))
    assert text.body.startswith("OEuvrons ! OEuvrons !")


# Health and settings


async def test_the_health_line_says_unset_reached_or_unreachable(context, web):
    async def line(context: PluginContext):
        (line,) = await SmsHealth().check(context)
        return line

    unset = await line(set_to(context, url=""))
    assert unset.state == "degraded"
    assert unset.hint
    assert (await line(context)).state == "ok"
    assert web.asked[0].method == "HEAD"
    assert web.asked[0].body == b""
    assert "authorization" not in web.asked[0].headers
    failing = await line(set_to(context, url="http://127.0.0.1:1/"))
    assert failing.state == "failing"
    assert "127.0.0.1" in failing.detail


@pytest.mark.parametrize(
    "values",
    [
        {"url": "sms.example"},
        {"url": "ftp://sms.example/"},
        {"url": "http://sms.example/"},
        {"body": "{number} {text}"},
        {"body": '["{number}", "{text}"]'},
        {"body": '{"to": "{number}"}'},
        {"body": '{"to": ["{number}"], "text": "{text}"}', "format": "form"},
        {"method": "GET"},
        {"method": "DELETE"},
        {"headers": {"X-Key": "a\r\nX-Other: b"}},
        {"headers": {"X Key": "a"}},
        {"secret": "clé"},
        {"header": ""},
        {"sender": "So Mobilité"},
        {"sender": "So"},
        {"accepted": [400]},
        {"youth_kinds": ["roadmap"]},
        {"quiet_from": 22},
        {"timeout_seconds": 0},
        {"country": "France"},
    ],
)
def test_settings_that_cannot_work_are_a_problem_and_not_a_crash(values):
    assert resolve(register_settings(), values).problems


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"url": "https://sms.example/v1", "sender": "36180"},
        {"url": "http://127.0.0.1:8220/", "format": "query", "method": "GET"},
        {"youth_kinds": ["earlier_offer"], "advisor_kinds": ["cancellation"]},
    ],
)
def test_settings_that_can_work_are_taken(values):
    assert not resolve(register_settings(), values).problems


def test_the_secret_is_one_and_the_plugin_is_off_until_switched_on(settings):
    assert register_settings().secrets == ("secret",)
    assert settings.plugin["notifications_sms"].policy == "available"
    assert SmsSettings().url == ""
