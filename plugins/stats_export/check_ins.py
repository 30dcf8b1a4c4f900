"""What became of the projects a month after the interview, counted by month, department, structure and answer. Nobody is named."""

from collections.abc import AsyncIterator, Mapping

from hookspecs import N_, ExportRequest, PluginContext

from .csv_file import encode

HEADINGS = ("Mois", "Département", "Structure", "Un mois après", "Réponses")
ANSWERS: Mapping[str, str] = {
    "left": "parti·e",
    "applied": "a candidaté",
    "changed": "a changé d’idée",
    "help": "a besoin d’aide",
}

Line = tuple[str, str, str, str, int]


async def read_lines(context: PluginContext, request: ExportRequest) -> list[Line]:
    """The lines of the file; months are those of the interviews."""
    rows = await context.services.database.fetch(
        """
        SELECT to_char(starts_on, 'YYYY-MM') AS month, department, structure_name, answer, count(*) AS count
        FROM check_in_figures
        WHERE structure = ANY($1) AND starts_on >= $2 AND starts_on < $3
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
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
            ANSWERS.get(row["answer"], row["answer"]),
            row["count"],
        )
        for row in rows
    ]


class CheckInExporter:
    """The answers, one line each, then their total."""

    key = "stats_export:check_ins_csv"
    label = N_("Un mois après l’entretien, en chiffres (CSV)")
    media_type = "text/csv; charset=utf-8"
    file_name = "un-mois-apres.csv"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file: a few lines a structure and month."""
        found = await read_lines(context, request)
        yield encode([HEADINGS]).encode("utf-8-sig")
        total = ("Total", "", "", "", sum(line[-1] for line in found))
        yield encode([*found, total]).encode()
