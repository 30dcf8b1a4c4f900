"""One feature in one structure: why it is as it is, what a turn would do, the turn itself, and the past ones."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import coordinator, manager
from core.errors import FriendlyError, NotFound
from core.extension.activation import Switch
from core.extension.reactions import Told, list_told
from core.network.feature_pages.common import (
    PATH,
    WordForm,
    foresight_values,
    in_vain,
    may_insist,
    verdict_lines,
)
from core.network.switches import rules, turning, words
from core.network.switches.checking import Verdict
from core.network.switches.foresight import foresee
from core.network.switches.history import list_deeds
from core.network.switches.matrix import read_structure_features
from core.network.switches.turning import Turn, Untested, to_switch
from core.platform import Platform
from core.privacy import audit
from core.storage import outbox
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class TurnForm(WordForm, frozen=True, kw_only=True):
    """A turn of a switch: `turn` is `<plugin>:<structure slug>:<on|off|unset>`; `confirmed`: what it does was shown."""

    turn: Annotated[str, Meta(pattern=r"^[a-z0-9_]+:[a-z0-9-]+:(on|off|unset)$", max_length=200)]
    confirmed: bool = False


@get(f"{PATH}/{{plugin_id:str}}/{{slug:str}}", guards=[manager], include_in_schema=False)
async def feature_page(
    request: AnyRequest, plugin_id: FromPath[str], slug: FromPath[str]
) -> Response[str]:
    """One feature in one structure."""
    return await _page(request, plugin_id, slug)


@post(PATH, guards=[manager], include_in_schema=False)
async def turn_switch(request: AnyRequest) -> Response[str] | Response[None]:
    """Turns a switch, or shows first what that would do to people."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(TurnForm, await request.form())
    if form.error("turn"):
        raise NotFound("not a switch")
    plugin_id, slug, wanted = str(form.value("turn")).split(":")
    switch: Switch = msgspec.convert(wanted, Literal["on", "off", "unset"])
    if form.data is None:
        return await _page(request, plugin_id, slug, asked=switch, form=form, status=422)
    snapshot = await platform.plugins.fresh()
    rules.find_record(platform, user, snapshot, plugin_id)
    structure = rules.find_structure(user, snapshot, slug)
    wish = form.data.wish(switch)
    found = await foresee(platform, snapshot, plugin_id, [structure], to_switch(wish))
    if not form.data.confirmed and (not found.is_harmless or len(found.followers) > 1):
        return await _page(request, plugin_id, slug, asked=switch, form=form)
    try:
        after = await turning.turn(platform, user, plugin_id, [structure], wish)
    except Untested as untested:
        failed = untested.verdicts
        return await _page(
            request, plugin_id, slug, asked=switch, form=form, failed=failed, status=422
        )
    except FriendlyError as refusal:
        return await _page(request, plugin_id, slug, form=form.refuse(refusal), status=422)
    is_on = after[structure.id].on
    sentence = (
        _("%(feature)s : activée pour %(structure)s.")
        if is_on
        else _("%(feature)s : désactivée pour %(structure)s.")
    )
    name = rules.names_of(platform)[plugin_id]
    flash = sentence % {"feature": name, "structure": structure.name}
    kept = found.total("appointments")
    if kept:
        flash += " " + ngettext(
            "%(num)d rendez-vous garde son canal.", "%(num)d rendez-vous gardent leur canal.", kept
        ) % {"num": kept}
    back = f"{PATH}#{slug}" if user.is_coordination else f"/reseau/{slug}/fonctionnalites"
    return redirect(back, flash=flash)


@post(
    f"{PATH}/{{plugin_id:str}}/{{slug:str}}/reagir", guards=[coordinator], include_in_schema=False
)
async def react_again(
    request: AnyRequest, plugin_id: FromPath[str], slug: FromPath[str]
) -> Response[None]:
    """Has a plugin told again of its switch, after it was given up."""
    platform, user = platform_of(request), staff_of(request)
    snapshot = await platform.plugins.fresh()
    rules.find_record(platform, user, snapshot, plugin_id)
    structure = rules.find_structure(user, snapshot, slug)
    told = await _told(platform, structure.id, plugin_id)
    if told is None or told.event is None:
        raise NotFound("nothing was told")
    async with platform.db.atomic():
        await outbox.revive(platform.db, told.event, told.handler)
        await audit.record(
            platform,
            user,
            "event.revived",
            structure_id=structure.id,
            target=f"{told.event} {told.handler}",
        )
    return redirect(f"{PATH}/{plugin_id}/{slug}", flash=_("Un nouvel essai part maintenant."))


async def _told(platform: Platform, structure_id: UUID, plugin_id: str) -> Told | None:
    told = await list_told(platform, structure_id)
    return next((one for one in told if one.plugin_id == plugin_id), None)


async def _page(
    request: AnyRequest,
    plugin_id: str,
    slug: str,
    *,
    asked: Switch | None = None,
    form: Form[TurnForm] | None = None,
    failed: Sequence[Verdict] = (),
    status: int = 200,
) -> Response[str]:
    """The cell; `asked` is the turn that waits for a confirmation, `failed` the checks that stand in its way."""
    platform, user = platform_of(request), staff_of(request)
    structure, standings = await read_structure_features(platform, user, slug)
    standing = next((one for one in standings if one.feature.id == plugin_id), None)
    if standing is None:
        raise NotFound("no such switch")
    snapshot = await platform.plugins.fresh()
    names = rules.names_of(platform)
    wanted: Switch = asked or turning.opposite(standing.cell)
    found = await foresee(
        platform, snapshot, plugin_id, [structure], to_switch(Turn(switch=wanted))
    )
    deeds = await list_deeds(
        platform, user, plugin_id=plugin_id, structure_id=structure.id, plugins=(), most=20
    )
    told = await _told(platform, structure.id, plugin_id)
    values = {
        "structure": structure,
        "told": told,
        "told_words": words.told_words(told) if told else "",
        "standing": standing,
        "feature": standing.feature,
        "why": words.why_sentence(standing.cell.activity, names),
        "since": words.since_words(standing),
        "wanted": wanted,
        "asked": asked or "",
        "in_vain": in_vain(snapshot, structure.id, plugin_id, wanted, names),
        "form": form or Form(),
        "failed": verdict_lines(failed, names),
        "may_insist": may_insist(user),
        "deeds": [(deed, words.deed_words(deed, names)) for deed in deeds],
        "policy": words.policy_words()[standing.feature.policy],
        **foresight_values(found, names),
    }
    return page(request, "network/feature.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (turn_switch, feature_page, react_again)
