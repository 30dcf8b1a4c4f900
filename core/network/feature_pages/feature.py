"""One feature in the whole region: what it brings, the region's rule, and the structures where it is on."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import coordinator, manager
from core.extension.activation import Policy
from core.extension.surfaces import surfaces_of
from core.network.feature_pages.common import PATH, WordForm, foresight_values, verdict_lines
from core.network.switches import rules, turning, words
from core.network.switches.checking import Verdict
from core.network.switches.foresight import foresee
from core.network.switches.matrix import Filters, read_matrix
from core.network.switches.turning import Untested, to_policy
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


class PolicyForm(WordForm, frozen=True, kw_only=True):
    """The rule of the region; `seen` marks the effects that were shown."""

    policy: Policy
    delegated: bool = False
    seen: Annotated[str, Meta(max_length=64)] = ""


@get(f"{PATH}/{{plugin_id:str}}", guards=[manager], include_in_schema=False)
async def one_feature_page(
    request: AnyRequest, plugin_id: FromPath[str], etat: FromQuery[str] = ""
) -> Response[str]:
    """The feature, with its structures of one state or all."""
    return await _page(request, plugin_id, state=etat)


@post(
    f"{PATH}/{{plugin_id:str}}/-/regle",
    guards=[coordinator],
    include_in_schema=False,
    status_code=200,
)
async def change_policy(
    request: AnyRequest, plugin_id: FromPath[str]
) -> Response[str] | Response[None]:
    """Shows what another rule would do; sent again as it was shown, sets it."""
    platform, user = platform_of(request), staff_of(request)
    snapshot = await platform.plugins.fresh()
    record = rules.find_record(platform, user, snapshot, plugin_id)
    feature = rules.feature_of(record, snapshot)
    form = parse(PolicyForm, await request.form())
    if form.data is None:
        return await _page(request, plugin_id, form=form, status=422)
    structures = [*snapshot.structures.values()]
    wanted, change = form.data, to_policy(form.data.policy)
    found = await foresee(platform, snapshot, plugin_id, structures, change)
    mark = platform.keys.sign("policy", f"{plugin_id} {wanted.policy} {found.effects!r}")
    failed: Sequence[Verdict] = ()
    if wanted.seen == mark or not found.effects:
        try:
            await turning.set_policy(
                platform,
                user,
                plugin_id,
                wanted.policy,
                is_delegated=wanted.delegated,
                wish=wanted.wish("unset"),
            )
        except Untested as untested:
            failed = untested.verdicts
        else:
            words_ = _("%(name)s : la nouvelle règle est en place.") % {"name": feature.name}
            return redirect(f"{PATH}/{plugin_id}", flash=words_)
    names = rules.names_of(platform)
    values = {
        "feature": feature,
        "policy": words.policy_words()[wanted.policy],
        "policy_help": words.policy_helps()[wanted.policy],
        "form": form,
        "mark": mark,
        "failed": verdict_lines(failed, names),
        "may_insist": True,
        "action": f"{PATH}/{plugin_id}/-/regle",
        **foresight_values(found, names),
    }
    return page(request, "network/feature_policy.html", values, status=422 if failed else 200)


async def _page(
    request: AnyRequest,
    plugin_id: str,
    *,
    state: str = "",
    form: Form[PolicyForm] | None = None,
    status: int = 200,
) -> Response[str]:
    platform, user = platform_of(request), staff_of(request)
    snapshot = await platform.plugins.fresh()
    record = rules.find_record(platform, user, snapshot, plugin_id)
    names = rules.names_of(platform)
    matrix = await read_matrix(platform, user, Filters(plugin_id=plugin_id))
    states = {"on": 0, "off": 0, "wrong": 0}
    shown = []
    for row in matrix.rows:
        cell = row.cells[0]
        kind = "wrong" if cell.is_wrong else "on" if cell.activity.on else "off"
        states[kind] += 1
        if state in ("", kind):
            shown.append((row.structure, cell, kind))
    feature = matrix.features[0] if matrix.features else rules.feature_of(record, snapshot)
    manifest = record.manifest
    values = {
        "feature": feature,
        "requires": [names.get(one, one) for one in (manifest.requires if manifest else ())],
        "required_by": sorted(
            names[other.id]
            for other in platform.board.loaded
            if other.manifest is not None and plugin_id in other.manifest.requires
        ),
        "brings": words.surface_lines(surfaces_of(platform.board, plugin_id)),
        "rows": shown,
        "counts": states,
        "state": state if state in states else "",
        "states": words.state_words(),
        "why": words.why_words(),
        "policy": words.policy_words()[feature.policy],
        "policies": [
            (key, f"{label[:1].upper()}{label[1:]}{_(' : ')}{words.policy_helps()[key]}")
            for key, label in words.policy_words().items()
        ],
        "form": form or Form({"policy": feature.policy, "delegated": feature.is_delegated}),
    }
    return page(request, "network/feature_one.html", values, status=status)


routes: tuple[ControllerRouterHandler, ...] = (one_feature_page, change_policy)
