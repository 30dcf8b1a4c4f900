"""Invented answers for a demonstration, marked as such: written once, where there are none."""

from datetime import timedelta
from random import Random
from typing import Any

from hookspecs import PluginContext

from .questions import Audience, Question
from .versions import of_region, stored

_ANSWERS: tuple[tuple[Audience, int], ...] = (("youth", 64), ("advisor", 18))
_WORDS = {
    "youth": ("Un exemple de lettre de motivation.", "Un peu plus de temps.", "Rien, merci !"),
    "advisor": ("Une fiche sur les chantiers de moins de deux semaines.", "Les dates de l’an prochain."),
}  # fmt: skip


async def fill(context: PluginContext) -> None:
    """Writes them, in a demonstration only."""
    database = context.services.database
    structures = context.structures[:6]
    if not context.services.demo or not structures:
        return
    async with database.atomic():
        await database.execute("LOCK TABLE questionnaires_answer IN SHARE ROW EXCLUSIVE MODE")
        if await database.fetch_value("SELECT EXISTS (SELECT FROM questionnaires_answer)"):
            return
        chance = Random(11)  # noqa: S311 - the same demonstration each time, no secret
        for audience, number in _ANSWERS:
            version = await of_region(context, audience)
            version_id = await stored(context, version)
            for place in range(number):
                month = (context.now - timedelta(days=30 * chance.randint(0, 4))).date()
                await database.execute(
                    "INSERT INTO questionnaires_answer (key, version, structure, month, answers, is_demo)"
                    " VALUES ($1, $2, $3, $4, $5, true)",
                    f"demo:{audience}:{place}",
                    version_id,
                    chance.choice(structures).id,
                    month.replace(day=1),
                    {q.id: said for q in version.questions if (said := _say(chance, audience, q)) is not None},
                )  # fmt: skip


def _say(chance: Random, audience: Audience, question: Question) -> Any:
    """An answer, more often content than not; None where the question was left out."""
    if question.kind == "words":
        return chance.choice(_WORDS[audience]) if chance.random() < 0.12 else None
    if chance.random() < 0.06:
        return None
    choices = len(question.choices("fr"))
    if question.kind == "scale":
        return chance.choices(range(choices), (3, 6, 12, 45, 34))[0]
    return chance.randrange(choices)
