"""Answering: the youth by their stable link, the advisor from the interview."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from hookspecs import (
    AppointmentView,
    Form,
    NotFound,
    PluginContext,
    StructureRef,
    _,
    page,
    redirect,
)

from .. import answers
from ..questions import LONGEST_WORDS, Audience, field_of, read_answers, values_of
from ..versions import Version, in_force

AnyRequest = Request[Any, Any, Any]


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """An interview of the structure that was held, without a word on who came."""

    appointment: UUID
    starts_on: date


@get("/avis/{token:str}")
async def show_youth(
    request: AnyRequest, context: NamedDependency[PluginContext], token: FromPath[str]
) -> Response[str]:
    """The youth's questions."""
    held = await _of_link(context, token)
    version, form = await _as_answered(context, "youth", held)
    return _page(request, context, version, form, back=f"/rdv/{token}/avis")


@post("/avis/{token:str}", status_code=303)
async def answer_youth(
    request: AnyRequest, context: NamedDependency[PluginContext], token: FromPath[str]
) -> Response[str] | Redirect:
    """Keeps the youth's answers."""
    return await _answer(
        request, context, "youth", await _of_link(context, token), f"/rdv/{token}/avis"
    )


@get("/entretien/{appointment_id:uuid}")
async def show_advisor(
    request: AnyRequest, context: NamedDependency[PluginContext], appointment_id: FromPath[UUID]
) -> Response[str]:
    """The advisor's questions about one interview."""
    held = await _of_structure(context, appointment_id)
    version, form = await _as_answered(context, "advisor", held)
    return _page(request, context, version, form, back=f"/entretiens/{appointment_id}")


@post("/entretien/{appointment_id:uuid}", status_code=303)
async def answer_advisor(
    request: AnyRequest, context: NamedDependency[PluginContext], appointment_id: FromPath[UUID]
) -> Response[str] | Redirect:
    """Keeps the advisor's answers."""
    held = await _of_structure(context, appointment_id)
    return await _answer(request, context, "advisor", held, f"/entretiens/{appointment_id}")


async def _answer(
    request: AnyRequest, context: PluginContext, audience: Audience, held: _Held, back: str
) -> Response[str] | Redirect:
    version, _form = await _as_answered(context, audience, held)
    form, said = read_answers(version.questions, await request.form())
    if said is None:
        return _page(request, context, version, form, back=back)
    await answers.save(context, version, held.appointment, held.starts_on, said)
    return redirect(back, flash=_("Merci, vos réponses sont gardées, sans votre nom."))


async def _as_answered(
    context: PluginContext, audience: Audience, held: _Held
) -> tuple[Version, Form[Any]]:
    """The questions that were answered with what was said, else those in force. Raises `NotFound` where none are asked."""
    given = await answers.read(context, audience, held.appointment)
    version = given[0] if given else await in_force(context, _structure(context).id, audience)
    if not version.questions:
        raise NotFound("nothing is asked here")
    return version, Form(values_of(version.questions, given[1]) if given else {})


def _page(
    request: AnyRequest, context: PluginContext, version: Version, form: Form[Any], *, back: str
) -> Response[str]:
    values = {
        "audience": version.audience,
        "questions": version.questions,
        "field_of": field_of,
        "longest": LONGEST_WORDS,
        "form": form,
        "labels": {field_of(one): one.said(context.locale) for one in version.questions},
        "back": back,
    }
    return page(request, "questionnaires/answer.html", values, status=422 if form.errors else 200)


async def _of_link(context: PluginContext, token: str) -> _Held:
    """The interview behind a youth's link. Raises `NotFound` for another structure's, or one that was not held."""
    view: AppointmentView = await context.services.read_link(token)
    if view.structure.id != _structure(context).id:
        raise NotFound("an appointment of another structure")
    return await _of_structure(context, view.id)


async def _of_structure(context: PluginContext, appointment_id: UUID) -> _Held:
    """An interview of the context's structure that was held. Raises `NotFound`."""
    held = await context.services.database.struct(
        _Held,
        "SELECT appointment, starts_on FROM appointment_figures"
        " WHERE appointment = $1 AND structure = $2 AND status = 'honoured'",
        appointment_id,
        _structure(context).id,
    )
    if held is None:
        raise NotFound("no such interview here")
    return held


def _structure(context: PluginContext) -> StructureRef:
    assert context.structure is not None
    return context.structure


YOUTH = (show_youth, answer_youth)
ADVISOR = (show_advisor, answer_advisor)
