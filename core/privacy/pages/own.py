"""« Vos données », by the youth's link: what is kept and until when, the file to take away, and erasing it all."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import by_link
from core.booking import consent
from core.booking.links import read_token
from core.booking.views import read_view
from core.errors import FriendlyError
from core.platform import Platform
from core.privacy import erasure, holdings
from core.web import throttle
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect


class Sure(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked before what cannot be undone."""

    sure: bool = False


@get("/rdv/{token:str}/donnees", guards=[by_link], include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Everything that is kept of them, in words."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    await _count_reading(platform, token)
    owner = await holdings.read_owner(platform, appointment_id)
    values = {
        "token": token,
        "owner": owner,
        "agreed": consent.text(owner.consent_version),
        "held": await holdings.list_holdings(platform, owner),
        "openings": await holdings.list_openings(platform, owner),
    }
    return page(request, "privacy/own.html", values)


@get("/rdv/{token:str}/donnees/fichier.json", guards=[by_link], include_in_schema=False)
async def take_away(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """All of it as a file that other programs read."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    await _count_reading(platform, token)
    owner = await holdings.read_owner(platform, appointment_id)
    return Response(
        await holdings.write_file(platform, owner),
        media_type="application/json; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="mes-donnees-so-mobilite.json"'},
    )


@get("/rdv/{token:str}/donnees/effacer", guards=[by_link], include_in_schema=False)
async def ask(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """What would go, what would stay, and what becomes of an appointment to come. Nothing happens here."""
    return await _ask_page(request, token, Form())


@post(
    "/rdv/{token:str}/donnees/effacer", guards=[by_link], include_in_schema=False, status_code=303
)
async def erase(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """It all goes, at once. The link dies with it."""
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    await throttle.check(platform, f"erasure:{throttle.address_of(request)}", 100, 600)
    await throttle.check(platform, f"erasure:{token}", 10, 600)
    form = parse(Sure, await request.form())
    if not form.value("sure"):
        form.errors["sure"] = _("Cochez la case : ce qui est effacé ne revient pas.")
        return await _ask_page(request, token, form)
    try:
        await erasure.erase_by_link(platform, appointment_id)
    except FriendlyError as refusal:
        return await _ask_page(request, token, form.refuse(refusal))
    return redirect(
        "/donnees-personnelles",
        flash=_(
            "C’est fait : plus rien chez nous ne dit qui vous êtes. Votre lien ne marche plus."
        ),
    )


async def _ask_page(request: AnyRequest, token: str, form: Form[Any]) -> Response[str]:
    platform = platform_of(request)
    appointment_id = await read_token(platform, token)
    owner = await holdings.read_owner(platform, appointment_id)
    coming = await erasure.coming(platform, owner)
    values = {
        "token": token,
        "form": form,
        "view": await read_view(platform, appointment_id),
        "coming": coming,
        "too_late": erasure.too_late(platform, coming),
        "limit": platform.settings.booking.cancel_limit_hours,
    }
    return page(request, "privacy/erase.html", values, status=422 if form.errors else 200)


async def _count_reading(platform: Platform, token: str) -> None:
    """A file is dear to write: so many an hour by one link."""
    await throttle.check(platform, f"own-data:{token}", 60, 3600)


routes: tuple[ControllerRouterHandler, ...] = (show, take_away, ask, erase)
