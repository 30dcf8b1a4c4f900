"""The video channel: one Jitsi room per appointment."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import jwt

from hookspecs import AppointmentView, ChannelMode, Meeting, PluginContext

from .settings import JitsiSettings

_STAYS_OPEN = timedelta(hours=3)


class JitsiChannel:
    """Rooms need no preparation at the server: an address nobody can guess is enough.

    Only the platform's key leads from an appointment to its room, so that the room is the same however often it is asked
    for, and nothing of a person is in the address.
    """

    key = "video"
    label = "En visio"
    mode: ChannelMode = "video"
    needs_site = False

    async def prepare(self, context: PluginContext, appointment: AppointmentView) -> Meeting:
        """The room, with an entrance for the youth and one for the advisor."""
        settings: JitsiSettings = context.settings
        room = room_name(context, appointment, settings)
        address = f"{settings.server.rstrip('/')}/{room}"
        return Meeting(
            url=address + _entrance(settings, appointment, room, moderator=False),
            host_url=address + _entrance(settings, appointment, room, moderator=True),
            opens_minutes_before=settings.opens_minutes_before,
        )

    async def release(self, context: PluginContext, appointment: AppointmentView) -> None:
        """Nothing stays at the server: an empty room does not exist."""


def room_name(context: PluginContext, appointment: AppointmentView, settings: JitsiSettings) -> str:
    """128 bits in lower case, since Jitsi does not tell cases apart in names of rooms."""
    signature = context.services.sign("visio_jitsi.room", str(appointment.id))
    secret = hashlib.sha256(signature.encode()).hexdigest()[:32]
    return f"{settings.room_prefix}-{secret}" if settings.room_prefix else secret


def _entrance(
    settings: JitsiSettings, appointment: AppointmentView, room: str, *, moderator: bool
) -> str:
    """`?jwt=…` when a secret is shared with the server: for this room, around this hour. Else nothing."""
    if not settings.app_secret:
        return ""
    token = jwt.encode(
        {
            "iss": settings.app_id,
            "aud": "jitsi",
            "sub": urlsplit(settings.server).hostname,
            "room": room,
            "nbf": appointment.starts_at - timedelta(minutes=settings.opens_minutes_before),
            "exp": appointment.ends_at + _STAYS_OPEN,
            "moderator": moderator,
            "context": {"user": {"affiliation": "owner" if moderator else "member"}},
        },
        settings.app_secret,
        algorithm="HS256",
    )
    return f"?jwt={token}"
