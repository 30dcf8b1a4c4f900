"""The form of a plugin's settings, for the region or for one structure: tried out, saved, or given back to what is inherited."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import coordinator, manager
from core.contracts.surfaces import Health
from core.errors import Conflict, NotFound
from core.extension.settings_forms.fields import (
    SettingField,
    duration_units,
    fields_of,
    in_words,
)
from core.extension.settings_forms.reading import as_typed, bounds_words, read
from core.network.feature_pages.common import PATH
from core.network.feature_pages.sent import Sent, read_sent
from core.network.feature_pages.structure import health_words
from core.network.switches import values as service
from core.network.switches.checking import check_settings
from core.network.switches.values import Values
from core.web.forms import Form
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_REGION = f"{PATH}/{{plugin_id:str}}/-/reglages"
_STRUCTURE = f"{PATH}/{{plugin_id:str}}/{{slug:str}}/reglages"


@get(_REGION, guards=[coordinator], include_in_schema=False)
async def region_settings_page(request: AnyRequest, plugin_id: FromPath[str]) -> Response[str]:
    """The settings that every structure inherits."""
    return await _show(request, plugin_id, "")


@get(_STRUCTURE, guards=[manager], include_in_schema=False)
async def structure_settings_page(
    request: AnyRequest, plugin_id: FromPath[str], slug: FromPath[str]
) -> Response[str]:
    """The settings of one structure beside those that it inherits."""
    return await _show(request, plugin_id, slug)


@post(_REGION, guards=[coordinator], include_in_schema=False, status_code=200)
async def change_region_settings(
    request: AnyRequest, plugin_id: FromPath[str]
) -> Response[str] | Response[None]:
    """Tries them out, takes a field back, or saves."""
    return await _change(request, plugin_id, "")


@post(_STRUCTURE, guards=[manager], include_in_schema=False, status_code=200)
async def change_structure_settings(
    request: AnyRequest, plugin_id: FromPath[str], slug: FromPath[str]
) -> Response[str] | Response[None]:
    """The same for one structure."""
    return await _change(request, plugin_id, slug)


async def _show(request: AnyRequest, plugin_id: str, slug: str) -> Response[str]:
    values = await service.read_values(platform_of(request), staff_of(request), plugin_id, slug)
    fields = fields_of(values.spec)
    form: Form[Any] = Form(_filled(fields, values.effective))
    form.errors.update(_standing_faults(values))
    return _page(request, values, fields, form)


async def _change(request: AnyRequest, plugin_id: str, slug: str) -> Response[str] | Response[None]:
    platform, user = platform_of(request), staff_of(request)
    values = await service.read_values(platform, user, plugin_id, slug)
    if not values.may_change:
        raise NotFound("not this user's settings")
    fields = fields_of(values.spec)
    sent = await read_sent(request, values, fields)
    reading = read(fields, sent.typed)
    form: Form[Any] = Form(sent.typed, reading.errors)
    own = service.settle(values, {**reading.values, **sent.secrets})
    lines: Sequence[Health] | None = None
    if sent.wish == "take_back":
        form.errors.clear()
    elif not form.errors:
        built = await service.try_build(platform, values, own)
        form.errors.update({name: _sentence(words) for name, words in built.problems.items()})
        if not form.errors and sent.wish == "test":
            lines = await _try(request, values, built.value)
        elif not form.errors:
            try:
                return await _save(request, values, own, sent.mark)
            except Conflict as conflict:
                form.refuse(conflict)
    return _page(request, values, fields, form, sent=sent, lines=lines)


async def _save(
    request: AnyRequest, values: Values, own: Mapping[str, Any], mark: str
) -> Response[None]:
    """Keeps the settings. Raises `Conflict` when they are not those that the sender had seen."""
    if mark != values.mark:
        raise service.changed_elsewhere()
    broken = await service.save_values(platform_of(request), staff_of(request), values, own)
    flash = _("Les réglages sont enregistrés et en place.")
    if broken:
        flash += " " + ngettext(
            "Ils ne conviennent pas avec ceux de %(num)d structure : %(names)s.",
            "Ils ne conviennent pas avec ceux de %(num)d structures : %(names)s.",
            len(broken),
        ) % {"num": len(broken), "names": ", ".join(ref.name for ref in broken[:5])}
    return redirect(_address(values), flash=flash, tone="info" if broken else "good")


async def _try(request: AnyRequest, values: Values, settings: Any) -> Sequence[Health]:
    """What the plugin says of the settings that were typed."""
    platform = platform_of(request)
    verdict = await check_settings(
        platform,
        await platform.plugins.fresh(),
        values.feature.id,
        values.structure.id if values.structure else None,
        settings,
    )
    return verdict.lines


def _filled(fields: Sequence[SettingField], effective: Mapping[str, Any]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for field in fields:
        filled.update(as_typed(field, effective[field.name]))
    return filled


def _standing_faults(values: Values) -> dict[str, str]:
    """What is wrong with what is in force, field by field where it has one."""
    names = values.spec.struct.__struct_fields__
    faults: dict[str, str] = {}
    for name, words in values.problems.items():
        if name in names:
            faults[name] = _("La valeur enregistrée ne peut pas être utilisée : %(why)s") % {
                "why": words
            }
        elif name:
            faults[""] = _("« %(name)s » est enregistré mais n’existe plus : enregistrez pour l’oublier.") % {"name": name}  # fmt: skip
        else:
            faults[""] = words
    return faults


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _address(values: Values) -> str:
    if values.structure is None:
        return f"{PATH}/{values.feature.id}/-/reglages"
    return f"{PATH}/{values.feature.id}/{values.structure.slug}/reglages"


def _page(
    request: AnyRequest,
    values: Values,
    fields: Sequence[SettingField],
    form: Form[Any],
    *,
    sent: Sent | None = None,
    lines: Sequence[Health] | None = None,
) -> Response[str]:
    """The form. Of secrets it only knows which are kept, which are inherited, and the sealed drafts."""
    taken_back = sent.taken_back if sent else ()
    own = {name for name in values.own if name not in taken_back}
    shown = {
        "feature": values.feature,
        "structure": values.structure,
        "fields": fields,
        "inherited_words": {
            field.name: in_words(field, values.inherited[field.name]) for field in fields
        },
        "bounds": {one.name: bounds_words(one) for one in fields if one.kind == "number"},
        "own": own,
        "taken_back": taken_back,
        "kept_secrets": {name for name in values.spec.secrets if name in own},
        "drafts": sent.drafts if sent else {},
        "may_change": values.may_change,
        "may_test": values.spec.check_settings is not None,
        "lines": lines,
        "healths": health_words(),
        "labels": {field.name: field.title for field in fields},
        "units": duration_units(),
        "mark": values.mark,
        "action": _address(values),
        "form": form,
    }
    status = 422 if sent and form.errors else 200
    return page(request, "network/feature_settings.html", shown, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    region_settings_page,
    structure_settings_page,
    change_region_settings,
    change_structure_settings,
)
