"""What the pages of the region and of a structure have in common: the same two, for another owner of the questions."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.response import Redirect

from hookspecs import Form, NotFound, PluginContext, StructureRef, _, page, redirect, staff_of

from .. import drafting, versions
from ..questions import Audience, Question
from ..results import read_results

AnyRequest = Request[Any, Any, Any]
_SLUGS: dict[str, Audience] = {"jeunes": "youth", "conseil": "advisor"}


def audience_labels() -> dict[Audience, str]:
    """Who answers, in the present language."""
    return {"youth": _("Après l’entretien, au ou à la jeune"), "advisor": _("Au ou à la conseiller·ère, à la demande")}  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    """How a question is answered, in the present language."""
    return [
        ("scale", _("de « pas du tout » à « tout à fait »")),
        ("choice", _("une réponse parmi celles écrites dessous")),
        ("words", _("quelques mots")),
    ]


async def overview(
    request: AnyRequest,
    context: PluginContext,
    here: str,
    structure: StructureRef | None,
    *,
    may_write: bool,
) -> Response[str]:
    """The questions in force for each audience, and the results of a year."""
    owner = structure.id if structure else None
    until = context.now.date() + timedelta(days=31)
    shown = []
    for slug, audience in _SLUGS.items():
        own = await versions.latest(context, owner, audience)
        version = (
            await versions.in_force(context, owner, audience)
            if owner
            else await versions.of_region(context, audience)
        )
        shown.append(
            {
                "slug": slug,
                "label": audience_labels()[audience],
                "version": version,
                "own": own is not None and bool(own.questions),
                "versions": await versions.list_versions(context, owner, audience),
            }
        )
    minimum = context.settings.minimum
    structures: Collection[UUID] | None = [owner] if owner else None
    values = {
        "here": here,
        "structure": structure,
        "may_write": may_write,
        "shown": shown,
        "kinds": dict(kinds()),
        "minimum": minimum,
        "audiences": audience_labels(),
        "results": await read_results(
            context, structures, until - timedelta(days=396), until, minimum
        ),
    }
    return page(request, "questionnaires/overview.html", values)


async def edit(
    request: AnyRequest,
    context: PluginContext,
    here: str,
    structure: StructureRef | None,
    slug: str,
    *,
    form: Form[Any] | None = None,
) -> Response[str]:
    """The form of one questionnaire, filled with what is in force. Raises `NotFound`."""
    audience = _audience(slug)
    version = (
        await versions.in_force(context, structure.id, audience)
        if structure
        else await versions.of_region(context, audience)
    )
    form = form or Form(drafting.values_of(version.questions))
    values = {
        "here": here,
        "slug": slug,
        "structure": structure,
        "label": audience_labels()[audience],
        "form": form,
        "labels": {
            f"{field}_{number}": _("Question %(number)d") % {"number": number}
            for number in drafting.rows()
            for field in ("text", "text_en", "kind", "options", "options_en")
        },
        "rows": drafting.rows(),
        "kinds": kinds(),
        "own": bool(structure) and version.structure_id is not None,
    }
    return page(request, "questionnaires/edit.html", values, status=422 if form.errors else 200)


async def publish(
    request: AnyRequest,
    context: PluginContext,
    here: str,
    structure: StructureRef | None,
    slug: str,
) -> Response[str] | Redirect:
    """Puts what was written in force, or shows what is wrong with it; with `back`, a structure returns to the region's questions."""
    audience = _audience(slug)
    typed = await request.form()
    form: Form[Any] = Form()
    questions: Sequence[Question] | None = ()
    if structure is not None and typed.get("back"):
        said = _("Les questions de la région sont de nouveau posées.")
    else:
        form, questions = drafting.read(typed)
        said = _("Publié : ces questions sont posées dès maintenant.")
    if questions is None:
        return await edit(request, context, here, structure, slug, form=form)
    await versions.publish(
        context,
        structure.id if structure else None,
        audience,
        questions,
        staff_of(request).account_id,
    )
    return redirect(here, flash=said)


def _audience(slug: str) -> Audience:
    if slug not in _SLUGS:
        raise NotFound("no such questionnaire")
    return _SLUGS[slug]
