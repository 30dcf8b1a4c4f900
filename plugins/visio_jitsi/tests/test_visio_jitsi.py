from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from msgspec.structs import replace

from core.booking.views import read_view
from core.extension.plugin_settings import resolve
from core.testing.factories import make_advisor, make_appointment, make_structure
from core.testing.plugin import MONDAY
from hookspecs import AppointmentView, PluginContext
from plugins.visio_jitsi import register_settings
from plugins.visio_jitsi.channel import JitsiChannel
from plugins.visio_jitsi.health import JitsiHealth
from plugins.visio_jitsi.settings import JitsiSettings

SECRET = "a secret of thirty-two characters"
SIGNED = JitsiSettings(server="https://jitsi.example", app_id="somobilite", app_secret=SECRET)


@pytest.fixture
async def view(platform) -> AppointmentView:
    structure = await make_structure(platform.db)
    advisor = await make_advisor(platform.db, structure)
    appointment = await make_appointment(
        platform.db, advisor, structure, MONDAY + timedelta(days=3), channel="video"
    )
    return await read_view(platform, appointment)


@pytest.fixture
def context(platform) -> PluginContext:
    return PluginContext(
        structure=None,
        settings=JitsiSettings(server="https://jitsi.example"),
        now=MONDAY,
        services=platform.services,
    )


async def test_the_channel_is_offered_where_the_plugin_is_on(platform, view):
    snapshot = await platform.plugins.current()
    assert snapshot.is_on("visio_jitsi", view.structure.id)
    assert platform.board.channels["video"].plugin_id == "visio_jitsi"


async def test_preparing_twice_and_after_a_move_gives_the_same_room(context, view):
    first = await JitsiChannel().prepare(context, view)
    moved = replace(view, sequence=1, starts_at=view.starts_at + timedelta(days=1))
    assert await JitsiChannel().prepare(context, moved) == first
    assert first.opens_minutes_before == 15


async def test_each_appointment_has_its_own_room_without_anything_personal_in_it(context, view):
    other = replace(view, id=view.advisor_id)
    rooms = {(await JitsiChannel().prepare(context, each)).url for each in (view, other)}
    assert len(rooms) == 2
    for room in rooms:
        name = urlsplit(room).path.removeprefix("/so-mobilite-")
        assert len(name) == 32
        assert name == name.lower()
        assert view.id.hex not in room
        assert "alix" not in room.lower()


async def test_another_key_of_the_platform_gives_another_room(context, view, platform):
    class OtherKey:
        def sign(self, purpose: str, text: str) -> str:
            return "x" + platform.services.sign(purpose, text)

    elsewhere = replace(context, services=OtherKey())
    assert (await JitsiChannel().prepare(elsewhere, view)).url != (
        await JitsiChannel().prepare(context, view)
    ).url


async def test_with_a_secret_the_advisor_moderates_and_the_youth_does_not(context, view):
    meeting = await JitsiChannel().prepare(replace(context, settings=SIGNED), view)
    claims = []
    for url in (meeting.url, meeting.host_url):
        token = parse_qs(urlsplit(url).query)["jwt"][0]
        claim = jwt.decode(
            token,
            SECRET,
            algorithms=["HS256"],
            audience="jitsi",
            issuer="somobilite",
            options={"verify_nbf": False, "verify_exp": False},
        )
        assert claim["room"] == urlsplit(url).path[1:]
        assert claim["nbf"] == (view.starts_at - timedelta(minutes=15)).timestamp()
        assert claim["exp"] > view.ends_at.timestamp()
        assert "Essai" not in str(claim)
        claims.append(claim)
    assert [claim["moderator"] for claim in claims] == [False, True]


async def test_giving_a_room_up_twice_does_no_harm(context, view):
    await JitsiChannel().release(context, view)
    await JitsiChannel().release(context, view)


@pytest.mark.parametrize(
    "values",
    [
        {"server": "visio"},
        {"server": "ftp://visio.example"},
        {"app_id": "alone"},
        {"app_secret": "alone"},
        {"room_prefix": "Été !"},
        {"opens_minutes_before": 500},
    ],
)
def test_settings_that_cannot_work_are_a_problem_and_not_a_crash(values):
    assert resolve(register_settings(), values).problems


async def test_the_health_line_says_what_to_mend(context, platform):
    async def state(settings: JitsiSettings) -> str:
        (line,) = await JitsiHealth().check(replace(context, settings=settings))
        return line.state

    assert await state(JitsiSettings(server="https://jitsi.example")) == "ok"
    assert await state(JitsiSettings(server="http://jitsi.example")) == "degraded"
    assert await state(replace(SIGNED, app_secret="short")) == "degraded"
    assert await state(SIGNED) == "ok"
    assert await state(JitsiSettings()) == "ok"  # a demonstration
