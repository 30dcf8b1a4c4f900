"""CSV as French spreadsheets expect it: semicolons, a byte order mark, CRLF."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

from hookspecs import N_, ExportRequest, PluginContext

from .figures import HEADINGS, lines, read_figures

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINES_AT_ONCE = 500


class CsvExporter:
    """The figures, one line each, then their total."""

    key = "stats_export:appointments_csv"
    label = N_("Rendez-vous en chiffres (CSV)")
    media_type = "text/csv; charset=utf-8"
    file_name = "rendez-vous.csv"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file, some hundred lines at a time."""
        found = lines(await read_figures(context, request))
        yield encode([HEADINGS]).encode("utf-8-sig")
        for start in range(0, len(found), _LINES_AT_ONCE):
            yield encode(found[start : start + _LINES_AT_ONCE]).encode()
        yield encode([("Total", "", "", "", "", "", sum(line[-1] for line in found))]).encode()


def safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula is made a text by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA) else value


def encode(rows: Iterable[Iterable[object]]) -> str:
    """The lines as text, no cell of which is a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([[safe(value) for value in row] for row in rows])
    return buffer.getvalue()
