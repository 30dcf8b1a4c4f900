"""The results as a file: counts for programs, words for people, nothing below the least number of answers."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator

from hookspecs import N_, ExportRequest, PluginContext, _

from .results import Result, read_results
from .settings import QuestionnairesSettings

HEADINGS = ("Qui répond", "Questions de", "Version", "Question", "Réponse", "Nombre")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AnswersExporter:
    """One line for each choice of each question, and one for each word that was left."""

    key = "questionnaires:answers_csv"
    label = N_("Questionnaires : réponses sans nom (CSV)")
    media_type = "text/csv; charset=utf-8"
    file_name = "questionnaires.csv"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file. Answers are counted by the month of the interview: a month that the period cuts is left out."""
        settings: QuestionnairesSettings = context.settings
        found = await read_results(
            context,
            request.structure_ids,
            request.starts_on,
            request.ends_on,
            settings.minimum,
        )
        yield _encode([HEADINGS]).encode("utf-8-sig")
        for result in found:
            yield _encode(_lines(result)).encode()


def _lines(result: Result) -> Iterator[tuple[str | int, ...]]:
    who = {"youth": "jeunes", "advisor": "conseil"}[result.audience]
    head = (who, result.structure or "région", result.version)
    for tally in result.tallies:
        for choice, count in zip(tally.question.choices("fr"), tally.counts, strict=False):
            yield (*head, tally.question.text, choice, count)
        for words in tally.words:
            yield (*head, tally.question.text, words, 1)
    if not result.tallies:
        yield (*head, _("trop peu de réponses pour être montrées"), "", result.total)


def _encode(rows: Iterable[Iterable[object]]) -> str:
    """Semicolons and CRLF, as French spreadsheets expect; no cell is a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return buffer.getvalue()


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA) else cell
