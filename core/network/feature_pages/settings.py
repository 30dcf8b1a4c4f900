"""The form of a plugin's settings, for the region or for one structure: tried out, saved, or given back to what is inherited.

A secret that was typed is not shown again: until it is saved it travels sealed, for this account and this form alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import coordinator, manager
from core.contracts.surfaces import Health
from core.errors import Conflict, NotFound, SealError
from core.extension.settings_forms.fields import (
    SettingField,
    duration_units,
    fields_of,
    in_words,
)
from core.extension.settings_forms.reading import UNIT, as_typed, bounds_words, read
from core.network.feature_pages.common import PATH
from core.network.feature_pages.structure import health_words
from core.network.switches import values as service
from core.network.switches.checking import check_settings
from core.network.switches.values import Values
from core.web.forms import Form
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_DRAFT = "-draft"
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
    return _page(request, values, fields, form, inherited=[])


async def _change(request: AnyRequest, plugin_id: str, slug: str) -> Response[str] | Response[None]:
    platform, user = platform_of(request), staff_of(request)
    values = await service.read_values(platform, user, plugin_id, slug)
    if not values.may_change:
        raise NotFound("not this user's settings")
    fields = fields_of(values.spec)
    sent = await request.form()
    typed = _typed(fields, sent)
    taken_back = [*dict.fromkeys([*_texts(sent, "_inherited"), *_texts(sent, "_inherit")])]
    for field in fields:
        if field.name in taken_back:
            typed.update(as_typed(field, values.inherited[field.name]))
    reading = read(fields, typed)
    secrets, drafts = _secrets(request, values, sent, taken_back)
    form: Form[Any] = Form(typed, reading.errors)
    own = service.settle(
        values,
        {**values.effective, **reading.values, **secrets}
        if reading.errors
        else {**reading.values, **secrets},
    )
    built = service.try_build(values, own)
    if not form.errors:
        form.errors.update({name: _own_words(words) for name, words in built.problems.items()})
    asked_back = bool(_texts(sent, "_inherit"))
    if asked_back or form.errors or sent.get("_do") == "test":
        lines: Sequence[Health] | None = None
        if not asked_back and not form.errors:
            lines = await _try(request, values, built.value)
        if asked_back:
            form.errors.clear()
        return _page(
            request,
            values,
            fields,
            form,
            inherited=taken_back,
            drafts=drafts,
            lines=lines,
            status=422 if form.errors else 200,
        )
    here = _address(values)
    if sent.get("_seen") != values.mark:
        words = _("Ces réglages viennent de changer ailleurs : revoyez-les avant d’enregistrer.")
        return redirect(here, flash=words, tone="bad")
    try:
        broken = await service.save_values(platform, user, values, own)
    except Conflict as conflict:
        return redirect(here, flash=conflict.message, tone="bad")
    flash = _("Les réglages sont enregistrés et en place.")
    if broken:
        flash += " " + ngettext(
            "Ils ne conviennent pas avec ceux de %(num)d structure : %(names)s.",
            "Ils ne conviennent pas avec ceux de %(num)d structures : %(names)s.",
            len(broken),
        ) % {"num": len(broken), "names": ", ".join(ref.name for ref in broken[:5])}
    return redirect(here, flash=flash, tone="info" if broken else "good")


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


def _typed(fields: Sequence[SettingField], sent: FormMultiDict) -> dict[str, Any]:
    """What was typed in each field, secrets apart."""
    typed: dict[str, Any] = {}
    for field in fields:
        if field.kind == "secret":
            typed[field.name] = ""
        elif field.kind == "choices":
            typed[field.name] = _texts(sent, field.name)
        else:
            typed[field.name] = str(sent.get(field.name) or "").strip()
        if field.kind == "duration":
            typed[field.name + UNIT] = str(sent.get(field.name + UNIT) or "minutes")
    return typed


def _texts(sent: FormMultiDict, name: str) -> list[str]:
    return [str(value) for value in sent.getall(name, [])]


def _secrets(
    request: AnyRequest, values: Values, sent: FormMultiDict, taken_back: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The secrets of this level, and the sealed drafts of those that are not saved yet.

    What is typed counts, else the draft of a moment ago, else what is kept; one that is taken back is left out.
    """
    found: dict[str, Any] = {}
    drafts: dict[str, str] = {}
    for name in values.spec.secrets:
        if name in taken_back:
            continue
        typed = str(sent.get(name) or "")
        if not typed and sent.get(name + _DRAFT):
            typed = _opened(request, values, name, str(sent[name + _DRAFT]))
        if typed:
            found[name] = typed
            drafts[name] = platform_of(request).keys.seal(_purpose(request, values, name), typed)
        elif name in values.own:
            found[name] = values.own[name]
    return found, drafts


def _opened(request: AnyRequest, values: Values, name: str, draft: str) -> str:
    try:
        return platform_of(request).keys.unseal(_purpose(request, values, name), draft)
    except SealError:
        return ""


def _purpose(request: AnyRequest, values: Values, name: str) -> str:
    where = values.structure.slug if values.structure else ""
    return f"draft:{staff_of(request).account_id}:{values.feature.id}:{where}:{name}"


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


def _own_words(words: str) -> str:
    """What the plugin says of its settings together, as a sentence."""
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
    inherited: Sequence[str],
    drafts: Mapping[str, str] | None = None,
    lines: Sequence[Health] | None = None,
    status: int = 200,
) -> Response[str]:
    """The form. Of secrets it only knows which are kept, which are inherited, and the sealed drafts."""
    own = {name for name in values.own if name not in inherited}
    shown = {
        "feature": values.feature,
        "structure": values.structure,
        "fields": fields,
        "inherited_words": {
            field.name: in_words(field, values.inherited[field.name]) for field in fields
        },
        "bounds": {one.name: bounds_words(one) for one in fields if one.kind == "number"},
        "own": own,
        "taken_back": inherited,
        "kept_secrets": {name for name in values.spec.secrets if name in own},
        "drafts": drafts or {},
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
    return page(request, "network/feature_settings.html", shown, status=status)


routes: tuple[ControllerRouterHandler, ...] = (
    region_settings_page,
    structure_settings_page,
    change_region_settings,
    change_structure_settings,
)
