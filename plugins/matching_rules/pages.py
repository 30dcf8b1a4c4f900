"""The coordination edits the rules: a draft, what it would have changed, then a version."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hookspecs import (
    Form,
    PluginContext,
    Refused,
    _,
    page,
    parse,
    read_examples,
    redirect,
    staff_of,
)
from plugins.matching_rules import versions
from plugins.matching_rules.effects import effects
from plugins.matching_rules.fields import RulesForm, hard_options, labels, rules_of, values_of
from plugins.matching_rules.versions import Draft
from plugins.matching_rules.wording import differences, someone

AnyRequest = Request[Any, Any, Any]
HERE = "/p/matching_rules/"
_PAST = 300


class PublishForm(msgspec.Struct, frozen=True, kw_only=True):
    """Which draft, and why."""

    draft: UUID
    note: Annotated[str, Meta(min_length=5, max_length=500)]


@get("/")
async def show(request: AnyRequest, context: NamedDependency[PluginContext]) -> Response[str]:
    """The rules in force, or the draft, in a form; and every version."""
    draft = await versions.read_draft(context)
    rules = draft.rules if draft else (await versions.in_force(context)).rules
    return await _form_page(request, context, Form(values_of(rules)))


@post("/brouillon")
async def save(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Keeps a draft, then shows what it would have changed."""
    form: Form[Any] = parse(RulesForm, await request.form())
    if form.data is None:
        return await _form_page(request, context, form, status=422)
    await versions.save_draft(context, rules_of(form.data), staff_of(request).account_id)
    return redirect(f"{HERE}apercu")


@get("/apercu")
async def preview(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """What the draft would have changed of past interviews."""
    draft = await versions.read_draft(context)
    if draft is None:
        return redirect(HERE, flash=_("Il n’y a pas de brouillon : modifiez d’abord une règle."))
    return await _preview_page(request, context, draft, Form({"draft": str(draft.id)}))


@post("/publier")
async def publish(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Makes the draft that was tried the version in force."""
    form: Form[Any] = parse(PublishForm, await request.form())
    draft = await versions.read_draft(context)
    if draft is None:
        return redirect(HERE, flash=_("Ce brouillon a déjà été publié ou abandonné."), tone="info")
    if form.data is not None:
        try:
            number = await versions.publish(
                context, form.data.draft, form.data.note, staff_of(request).account_id
            )
        except Refused as refusal:
            form.refuse(refusal)
            form.values["draft"] = str(draft.id)
        else:
            flash = _("Version %(number)d publiée : les classements la suivent.")
            return redirect(HERE, flash=flash % {"number": number})
    return await _preview_page(request, context, draft, form, status=422)


@post("/abandonner")
async def discard(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Forgets the draft."""
    await versions.discard(context)
    return redirect(HERE, flash=_("Brouillon abandonné : les règles en vigueur restent."))


@get("/versions/{number:int}")
async def show_version(
    request: AnyRequest, context: NamedDependency[PluginContext], number: FromPath[int]
) -> Response[str]:
    """One version as it was published, and what it changed of the one before."""
    version = await versions.read_version(context, number)
    before = await versions.read_version(context, number - 1) if number else None
    values = {
        "version": version,
        "current": await versions.in_force(context),
        "rows": differences(None, version.rules),
        "changes": differences(before.rules, version.rules) if before else [],
    }
    return page(request, "matching_rules/version.html", values)


HANDLERS = (show, save, preview, publish, discard, show_version)


async def card(context: PluginContext, _values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules in force, for the page of the coordination."""
    return {
        "version": await versions.in_force(context),
        "draft": await versions.read_draft(context),
    }


async def _form_page(
    request: AnyRequest, context: PluginContext, form: Form[Any], status: int = 200
) -> Response[str]:
    values = {
        "form": form,
        "labels": labels(),
        "hard_options": hard_options(),
        "draft": await versions.read_draft(context),
        "versions": await versions.list_versions(context),
    }
    return page(request, "matching_rules/rules.html", values, status=status)


async def _preview_page(
    request: AnyRequest, context: PluginContext, draft: Draft, form: Form[Any], status: int = 200
) -> Response[str]:
    current = await versions.in_force(context)
    catalogue = await context.services.read_catalogue()
    past = await context.services.list_past_needs(_PAST)
    found = await asyncio.to_thread(
        effects, catalogue, past, read_examples(context.now.date()), current.rules, draft.rules
    )
    values = {
        "form": form,
        "labels": {"note": _("Pourquoi ce changement")},
        "draft": draft,
        "current": current,
        "changes": differences(current.rules, draft.rules),
        "effects": found,
        "someone": someone,
        "titles": {programme.id: programme.title_fr for programme in catalogue.programmes},
        "widest": max((shift.weight for shift in found.shifts), default=1),
    }
    return page(request, "matching_rules/preview.html", values, status=status)
