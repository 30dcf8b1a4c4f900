"""One switch in many structures at once: what it would do, structure by structure, then the turn."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, post
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import manager
from core.contracts.context import StructureRef
from core.errors import FriendlyError
from core.extension.activation import Switch
from core.network.feature_pages.common import (
    PATH,
    WordForm,
    foresight_values,
    may_insist,
    verdict_lines,
)
from core.network.switches import rules, turning
from core.network.switches.checking import Verdict
from core.network.switches.foresight import foresee
from core.network.switches.turning import Untested, to_switch
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_Slug = Annotated[str, Meta(max_length=100)]


class BulkForm(WordForm, frozen=True, kw_only=True):
    """One switch of a plugin in several structures: those that are ticked, or all that were `shown`.

    `seen` marks the effects that were shown: it is those that are confirmed.
    """

    plugin_id: Annotated[str, Meta(max_length=60)]
    switch: Switch
    structures: tuple[_Slug, ...] = ()
    shown: tuple[_Slug, ...] = ()
    everyone: bool = False
    seen: Annotated[str, Meta(max_length=64)] = ""


@post(f"{PATH}/-/lot", guards=[manager], include_in_schema=False, status_code=200)
async def turn_many(request: AnyRequest) -> Response[str] | Response[None]:
    """Shows what the turn would do; sent again as it was shown, makes it."""
    platform, user = platform_of(request), staff_of(request)
    form = parse(BulkForm, await request.form())
    if form.data is None:
        return await _nothing_to_do(form)
    snapshot = await platform.plugins.fresh()
    feature = rules.feature_of(
        rules.find_record(platform, user, snapshot, form.data.plugin_id), snapshot
    )
    slugs = form.data.shown if form.data.everyone else form.data.structures
    structures = [rules.find_structure(user, snapshot, slug) for slug in dict.fromkeys(slugs)]
    if not structures:
        return redirect(PATH, flash=_("Cochez au moins une structure."), tone="bad")
    wish = form.data.wish(form.data.switch)
    found = await foresee(platform, snapshot, feature.id, structures, to_switch(wish))
    mark = platform.keys.sign("switches", f"{feature.id} {wish.switch} {found.effects!r}")
    failed: Sequence[Verdict] = ()
    status = 200
    if form.data.seen == mark:
        try:
            await turning.turn(platform, user, feature.id, structures, wish)
            return redirect(PATH, flash=_flash(feature.name, wish.switch, structures))
        except Untested as untested:
            failed, status = untested.verdicts, 422
        except FriendlyError as refusal:
            form, status = form.refuse(refusal), 422
    names = rules.names_of(platform)
    values = {
        "feature": feature,
        "switch": wish.switch,
        "structures": structures,
        "form": form,
        "mark": mark,
        "failed": verdict_lines(failed, names),
        "may_insist": may_insist(user),
        "action": f"{PATH}/-/lot",
        **foresight_values(found, names),
    }
    return page(request, "network/feature_bulk.html", values, status=status)


async def _nothing_to_do(form: Form[BulkForm]) -> Response[None]:
    """The first thing that is missing, on the page where it is chosen."""
    if form.error("reason"):
        words = form.error("reason")
    else:
        words = _("Choisissez une fonctionnalité et ce qu’il faut en faire.")
    return redirect(PATH, flash=words, tone="bad")


def _flash(name: str, switch: Switch, structures: Sequence[StructureRef]) -> str:
    count = len(structures)
    words = {
        "on": ngettext(
            "%(name)s : activée pour %(num)d structure.",
            "%(name)s : activée pour %(num)d structures.",
            count,
        ),
        "off": ngettext(
            "%(name)s : désactivée pour %(num)d structure.",
            "%(name)s : désactivée pour %(num)d structures.",
            count,
        ),
        "unset": ngettext(
            "%(name)s : %(num)d structure suit de nouveau la règle de la région.",
            "%(name)s : %(num)d structures suivent de nouveau la règle de la région.",
            count,
        ),
    }
    return words[switch] % {"name": name, "num": count}


routes: tuple[ControllerRouterHandler, ...] = (turn_many,)
