"""The page of texts: each message of an example appointment as it would leave, with its length."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from hookspecs import (
    AppointmentView,
    Notice,
    PersonRef,
    PluginContext,
    SiteRef,
    StructureRef,
    _,
    page,
)

from .settings import SmsKind, SmsSettings
from .words import LANGUAGES, Text, write

_NOBODY = UUID(int=0)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One text of the page. `goes` is whether this kind leaves by SMS."""

    kind: str
    locale: str
    text: Text
    goes: bool


@get("/textes")
async def texts(
    request: Request[Any, Any, Any], context: NamedDependency[PluginContext]
) -> Response[str]:
    """The list."""
    settings: SmsSettings = context.settings
    values = {
        "texts": list(_shown(context)),
        "host": urlsplit(settings.url).hostname,
        "sms": settings,
    }
    return page(request, "notifications_sms/texts.html", values)


HANDLERS = (texts,)


def _shown(context: PluginContext) -> Iterator[Shown]:
    labels: dict[SmsKind, str] = {
        "confirmation": _("Confirmation"),
        "change": _("Changement"),
        "cancellation": _("Annulation par la structure"),
        "reminder_1d": _("Rappel la veille"),
        "link_1h": _("Lien de la visio"),
    }
    settings: SmsSettings = context.settings
    for kind in get_args(SmsKind):
        notice = _example(context, kind)
        for locale in LANGUAGES:
            yield Shown(
                kind=labels[kind],
                locale=locale,
                text=write(replace(context, locale=locale), notice),
                goes=kind in settings.youth_kinds,
            )


def _example(context: PluginContext, kind: SmsKind) -> Notice:
    """A notice to nobody, its link as long as a real one."""
    services = context.services
    token = (services.sign("example", "1") + services.sign("example", "2") + "ok")[:46]
    video = kind == "link_1h"
    status: Literal["booked", "cancelled_by_structure"] = (
        "cancelled_by_structure" if kind == "cancellation" else "booked"
    )
    starts_at = (context.now + timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
    view = AppointmentView(
        id=_NOBODY,
        sequence=0,
        status=status,
        channel="video" if video else "in_person",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        structure=next(iter(context.structures), StructureRef(id=_NOBODY, name="Info Jeunes")),
        advisor=PersonRef(name="Camille E."),
        advisor_id=_NOBODY,
        youth=PersonRef(name="Alix Essai"),
        site=None
        if video
        else SiteRef(id=_NOBODY, name="Info Jeunes", address="1 rue de l’Exemple", city="Bordeaux"),
        manage_url=f"{services.public_url}/rdv/{token}",
    )
    before = replace(view, starts_at=starts_at - timedelta(days=1)) if kind == "change" else None
    return Notice(key="example", kind=kind, audience="youth", appointment=view, previous=before)
