"""Why appointments were cancelled, counted by month, department, structure, side and reason.

Nobody is named, and neither age nor channel is told: a reason may be one's health, and a line may stand for one person.
"""

from collections.abc import AsyncIterator

from hookspecs import N_, VIDEO_INSTEAD, ExportRequest, PluginContext, taxonomy

from .csv_file import encode
from .figures import STATUSES

HEADINGS = ("Mois", "Département", "Structure", "Annulé", "Raison", "Rendez-vous")
UNSAID = "non dite"
VIDEO = "visio proposée à la place"

Line = tuple[str, str, str, str, str, int]


async def read_lines(context: PluginContext, request: ExportRequest) -> list[Line]:
    """The lines of the file; months are those of the appointments."""
    rows = await context.services.database.fetch(
        """
        SELECT to_char(starts_on, 'YYYY-MM') AS month, department, structure_name, status, cancel_kind, count(*) AS count
        FROM appointment_figures
        WHERE structure = ANY($1) AND starts_on >= $2 AND starts_on < $3
            AND status IN ('cancelled_by_youth', 'cancelled_by_structure')
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4 DESC, 5
        """,
        list(request.structure_ids),
        request.starts_on,
        request.ends_on,
    )
    return [
        (
            row["month"],
            row["department"],
            row["structure_name"],
            STATUSES[row["status"]].removeprefix("annulé "),
            _reason(row["cancel_kind"]),
            row["count"],
        )
        for row in rows
    ]


def _reason(kind: str) -> str:
    if kind == VIDEO_INSTEAD:
        return VIDEO
    return taxonomy.label("cancel_reasons", kind, "fr") if kind else UNSAID


class CancellationExporter:
    """The reasons, one line each, then their total."""

    key = "stats_export:cancellations_csv"
    label = N_("Annulations et leurs raisons, en chiffres (CSV)")
    media_type = "text/csv; charset=utf-8"
    file_name = "annulations.csv"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file: a few lines a structure and month."""
        found = await read_lines(context, request)
        yield encode([HEADINGS]).encode("utf-8-sig")
        total = ("Total", "", "", "", "", sum(line[-1] for line in found))
        yield encode([*found, total]).encode()
