"""Words may say who somebody is: they go with them. What was chosen in a list says nothing of anyone, and stays counted."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from hookspecs import Holding, PluginContext, Traces, _

from .answers import key_of
from .questions import Answers, Question


class LeftWords:
    """The words of the answers."""

    key = "questionnaires:words"

    async def erase(self, context: PluginContext, traces: Traces) -> None:
        """Removes the words about their appointments, the youth's and the advisor's."""
        keys = [
            key_of(context, audience, appointment_id)
            for appointment_id in traces.appointment_ids
            for audience in ("youth", "advisor")
        ]
        await context.services.database.execute(
            "UPDATE questionnaires_answer SET answers = coalesce((SELECT jsonb_object_agg(one.key, one.value)"
            " FROM jsonb_each(answers) AS one WHERE jsonb_typeof(one.value) <> 'string'), '{}') WHERE key = ANY($1::text[])",
            keys,
        )

    async def export(self, context: PluginContext, traces: Traces) -> Sequence[Holding]:
        """What the youth answered, by question; what the advisor answered is the structure's."""
        rows = await context.services.database.fetch(
            "SELECT a.answers, v.questions FROM questionnaires_answer a JOIN questionnaires_version v ON v.id = a.version"
            " WHERE a.key = ANY($1::text[])",
            [key_of(context, "youth", appointment_id) for appointment_id in traces.appointment_ids],
        )
        return [
            Holding(
                title=_("Vos réponses au questionnaire"),
                lines=tuple(_lines(row["questions"], row["answers"], context.locale)),
                data=row["answers"],
            )
            for row in rows
        ]


def _lines(questions: Any, answers: Answers, locale: str) -> Iterator[tuple[str, str]]:
    """Each question that was answered, with the answer in words."""
    for question in msgspec.convert(questions, tuple[Question, ...]):
        said = answers.get(question.id)
        if isinstance(said, str):
            yield question.said(locale), said
        elif said is not None:
            yield question.said(locale), question.choices(locale)[said]
