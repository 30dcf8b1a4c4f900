"""Who ranks by what: the network's choices for the coordination, and the choice of one structure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from core.accounts.access import CurrentUser, coordinator, manager
from core.contracts.context import StructureRef
from core.errors import FriendlyError, NotFound
from core.extension.blocks import render_blocks
from core.matching import choice
from core.matching.choice import Choice
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_WEIGHT = "weight:"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A structure and the shares of its strategies in percent; `off` are those that it wants and are not on."""

    structure: StructureRef
    shares: Mapping[str, int]
    off: tuple[str, ...]


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that a structure may give weight to."""

    key: str
    label: str
    plugin: str
    summary: str


@get("/reseau/appariement", guards=[coordinator], include_in_schema=False)
async def overview(request: AnyRequest) -> Response[str]:
    """Which structure ranks by what, and the ways to try and to change it."""
    platform = platform_of(request)
    snapshot = await platform.plugins.current()
    structures = sorted(snapshot.structures.values(), key=lambda ref: ref.name)
    values = {
        "chosen": [await _chosen(platform, structure) for structure in structures],
        "strategies": [_option(platform, key) for key in platform.board.strategies],
        "blocks": await render_blocks(request, "network.matching", None, {}),
    }
    return page(request, "matching/overview.html", values)


@get("/reseau/{slug:str}/classement", guards=[manager], include_in_schema=False)
async def show(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """What ranks the sheets in one structure."""
    platform = platform_of(request)
    structure = await _structure(platform, staff_of(request), slug)
    chosen = await _read(platform, structure.id)
    values = {_WEIGHT + key: weight for key, weight in chosen.weights.items()}
    return await _page(request, structure, Form(values))


@post("/reseau/{slug:str}/classement", guards=[manager], include_in_schema=False)
async def submit(request: AnyRequest, slug: FromPath[str]) -> Response[str] | Redirect:
    """Keeps the weights; an empty one is none."""
    platform, user = platform_of(request), staff_of(request)
    structure = await _structure(platform, user, slug)
    typed = await request.form()
    form: Form[Any] = Form({name: str(typed[name]).strip() for name in typed if _WEIGHT in name})
    weights = _weights(form)
    if not form.errors:
        try:
            await choice.choose(platform, user, structure.id, weights)
        except FriendlyError as refusal:
            form.refuse(refusal)
    if form.errors:
        return await _page(request, structure, form, status=422)
    return redirect(
        f"/reseau/{slug}/classement",
        flash=_("C’est noté : le prochain classement se fait ainsi."),
    )


def _weights(form: Form[Any]) -> dict[str, int]:
    """The weights as typed, faults into the form."""
    weights = {}
    for name, raw in form.values.items():
        number = int(raw or "0") if raw.isascii() and (raw or "0").isdigit() else -1
        if not 0 <= number <= 100:
            form.errors[name] = _("Écrivez un nombre entre 0 et 100.")
        weights[name.removeprefix(_WEIGHT)] = number
    return weights


async def _structure(platform: Platform, user: CurrentUser, slug: str) -> StructureRef:
    snapshot = await platform.plugins.current()
    found = next((ref for ref in snapshot.structures.values() if ref.slug == slug), None)
    if found is None or not user.manages(found.id):
        raise NotFound("no such structure")
    return found


async def _read(platform: Platform, structure_id: UUID) -> Choice:
    return await choice.read_choice(platform, await platform.plugins.current(), structure_id)


async def _chosen(platform: Platform, structure: StructureRef) -> Chosen:
    weights = (await _read(platform, structure.id)).weights
    on = choice.available(platform, await platform.plugins.current(), structure.id)
    known, total = platform.board.strategies, sum(weights.values())
    return Chosen(
        structure=structure,
        shares={
            known[key].item.label: round(100 * weight / total)
            for key, weight in weights.items()
            if key in on
        },
        off=tuple(
            known[key].item.label if key in known else key for key in weights if key not in on
        ),
    )


def _option(platform: Platform, key: str) -> Option:
    owned = platform.board.strategies[key]
    manifest = platform.board.plugins[owned.plugin_id].manifest
    return Option(
        key=key,
        label=owned.item.label,
        plugin=manifest.name if manifest else owned.plugin_id,
        summary=manifest.summary if manifest and owned.plugin_id != "core" else "",
    )


async def _page(
    request: AnyRequest, structure: StructureRef, form: Form[Any], status: int = 200
) -> Response[str]:
    platform = platform_of(request)
    on = choice.available(platform, await platform.plugins.current(), structure.id)
    options = [_option(platform, key) for key in on]
    values = {
        "structure": structure,
        "form": form,
        "options": options,
        "field_of": {option.key: _WEIGHT + option.key for option in options},
        "labels": {_WEIGHT + option.key: _(option.label) for option in options},
        "chosen": await _chosen(platform, structure),
    }
    return page(request, "matching/choice.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (overview, show, submit)
