"""Pieces of core pages: the questions after « comment ça s’est passé ? », a way in from the interview and from the structure."""

from collections.abc import Mapping
from typing import Any

from hookspecs import AppointmentView, Form, PluginContext

from . import answers
from .questions import field_of, values_of
from .versions import in_force


async def after_feedback(
    context: PluginContext, values: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The youth's questions, to be answered in place; thanks once they are."""
    appointment: AppointmentView = values["appointment"]
    if context.structure is None or appointment.status != "honoured":
        return None
    given = await answers.read(context, "youth", appointment.id)
    version = given[0] if given else await in_force(context, context.structure.id, "youth")
    if not version.questions:
        return None
    return {
        "questions": version.questions,
        "field_of": field_of,
        "form": Form(values_of(version.questions, given[1]) if given else {}),
        "done": given is not None,
        "action": f"/s/{context.structure.slug}/p/questionnaires/avis/{values['token']}",
        "csrf_token": values["csrf_token"],
    }


async def in_interview(
    context: PluginContext, values: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """For the advisor, once the interview was held: a link, when there is something to ask them."""
    appointment: AppointmentView | None = values.get("appointment")
    if context.structure is None or appointment is None or appointment.status != "honoured":
        return None
    version = await in_force(context, context.structure.id, "advisor")
    if not version.questions:
        return None
    return {
        "href": f"/s/{context.structure.slug}/p/questionnaires/entretien/{appointment.id}",
        "done": await answers.read(context, "advisor", appointment.id) is not None,
    }


async def in_structure(
    context: PluginContext, _values: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """For the manager and the coordination: the way to the questions and the results of a structure."""
    if context.structure is None:
        return None
    return {"href": f"/s/{context.structure.slug}/p/questionnaires/"}
