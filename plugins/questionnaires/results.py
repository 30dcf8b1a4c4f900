"""Results: counts of answers to each version of the questions, shown from a least number on, so that they tell of nobody."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from hookspecs import PluginContext

from .questions import Answers, Audience, Question


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one question: how many to each choice, or the words, in an order that tells nothing."""

    question: Question
    counts: tuple[int, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Who answered it."""
        return sum(self.counts) + len(self.words)

    @property
    def said(self) -> Mapping[str, int]:
        """The words, each with how many times it was left."""
        return Counter(self.words)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one version. `structure` is whose questions they are, empty for the region's; without tallies there are too
    few to be shown, and `total` says how many all the same. `is_demo`: some are invented.
    """

    audience: Audience
    version: int
    structure: str
    total: int
    tallies: tuple[Tally, ...] = ()
    is_demo: bool = False


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    audience: Audience
    version: int
    structure: str
    questions: tuple[Question, ...]
    answers: dict[str, int | str]
    is_demo: bool


async def read_results(
    context: PluginContext,
    structures: Collection[UUID] | None,
    since: date,
    until: date,
    minimum: int,
) -> list[Result]:
    """The answers about interviews of these structures (None: all) held in the months of [since, until); the latest version first."""
    rows = await context.services.database.structs(
        _Row,
        """
        SELECT v.id, v.audience, v.version, coalesce(s.name, '') AS structure, v.questions, a.answers, a.is_demo
        FROM questionnaires_answer a JOIN questionnaires_version v ON v.id = a.version
        LEFT JOIN structure s ON s.id = v.structure
        WHERE a.month >= $2 AND a.month < $3 AND ($1::uuid[] IS NULL OR a.structure = ANY($1))
        ORDER BY v.audience DESC, structure, v.version DESC, a.key
        """,
        None if structures is None else list(structures),
        since.replace(day=1),
        until,
    )
    grouped: dict[UUID, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return [_result(found, minimum) for found in grouped.values()]


def _result(rows: Sequence[_Row], minimum: int) -> Result:
    first = rows[0]
    result = Result(
        audience=first.audience,
        version=first.version,
        structure=first.structure,
        total=len(rows),
        is_demo=any(row.is_demo for row in rows),
    )
    if len(rows) < minimum:
        return result
    return msgspec.structs.replace(
        result, tallies=tally(first.questions, [row.answers for row in rows])
    )


def tally(questions: Sequence[Question], given: Iterable[Answers]) -> tuple[Tally, ...]:
    """Each question with what was answered to it. Pure; words stand by the alphabet, so that their order tells of nobody."""
    answers = list(given)
    return tuple(_tally(question, answers) for question in questions)


def _tally(question: Question, given: Sequence[Mapping[str, int | str]]) -> Tally:
    said = [answers[question.id] for answers in given if question.id in answers]
    if question.kind == "words":
        return Tally(question=question, words=tuple(sorted(word for word in said if isinstance(word, str))))  # fmt: skip
    places = range(len(question.choices("fr")))
    return Tally(question=question, counts=tuple(said.count(place) for place in places))
