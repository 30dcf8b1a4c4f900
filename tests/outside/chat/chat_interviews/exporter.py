"""A file for staff: interviews in writing, by structure. Nobody is named, nothing of what was said is in it."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from hookspecs import ExportRequest, PluginContext

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CountConversations:
    """CSV: appointments in writing, and how many messages were exchanged."""

    key = "chat_interviews:count"
    label = "Entretiens par écrit"
    media_type = "text/csv; charset=utf-8"
    file_name = "entretiens-par-ecrit.csv"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The head, then a line for each structure that had one."""
        yield _encode(("Structure", "Entretiens", "Messages")).encode("utf-8-sig")
        rows = await context.services.database.fetch(
            "SELECT structure_name, count(DISTINCT room.appointment) AS interviews,"
            " count(message.id) AS messages FROM appointment_figures AS figure"
            " JOIN chat_interviews_room AS room ON room.appointment = figure.appointment"
            " LEFT JOIN chat_interviews_message AS message ON message.appointment = room.appointment"
            " WHERE figure.structure = ANY($1) AND starts_on >= $2 AND starts_on < $3"
            " GROUP BY 1 ORDER BY 1",
            list(request.structure_ids),
            request.starts_on,
            request.ends_on,
        )
        for row in rows:
            cells = (_safe(row["structure_name"]), row["interviews"], row["messages"])
            yield _encode(cells).encode()


def _safe(text: str) -> str:
    """A text that a spreadsheet would run stays text."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _encode(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(cells)
    return line.getvalue()
