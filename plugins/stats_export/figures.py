"""The figures: appointments counted by month, department, structure, channel, age band and status. Nobody is named."""

from collections.abc import Mapping, Sequence

import msgspec

from hookspecs import ExportRequest, PluginContext

HEADINGS = ("Mois", "Département", "Structure", "Canal", "Tranche d’âge", "Statut", "Rendez-vous")

CHANNELS: Mapping[str, str] = {"in_person": "sur place", "video": "visio", "phone": "téléphone"}
STATUSES: Mapping[str, str] = {
    "booked": "réservé",
    "honoured": "honoré",
    "no_show": "absent",
    "cancelled_by_youth": "annulé par le jeune",
    "cancelled_by_structure": "annulé par la structure",
}
_BANDS = ((16, "moins de 16 ans"), (18, "16-17 ans"), (21, "18-20 ans"), (26, "21-25 ans"), (31, "26-30 ans"), (36, "31-35 ans"))  # fmt: skip


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A line: so many appointments, alike in everything else. `month` reads YYYY-MM; `age` in whole years on the day."""

    month: str
    department: str
    structure: str
    channel: str
    age: int | None
    status: str
    count: int


async def read_figures(context: PluginContext, request: ExportRequest) -> list[Figure]:
    """One line for each age still; see `lines` for the bands."""
    return await context.services.database.structs(
        Figure,
        """
        SELECT to_char(starts_on, 'YYYY-MM') AS month, department, structure_name AS structure, channel, age, status,
            count(*) AS count
        FROM appointment_figures
        WHERE structure = ANY($1) AND starts_on >= $2 AND starts_on < $3
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        """,
        list(request.structure_ids),
        request.starts_on,
        request.ends_on,
    )


def lines(figures: Sequence[Figure]) -> list[tuple[str, str, str, str, str, str, int]]:
    """The lines of the file, in words, ages gathered in bands; their sum is that of `figures`."""
    counted: dict[tuple[str, str, str, str, int, str], int] = {}
    for figure in figures:
        key = (
            figure.month,
            figure.department,
            figure.structure,
            figure.channel,
            _band(figure.age),
            figure.status,
        )
        counted[key] = counted.get(key, 0) + figure.count
    return [
        (
            month,
            department,
            structure,
            CHANNELS.get(channel, channel),
            band_label(band),
            STATUSES.get(status, status),
            count,
        )
        for (month, department, structure, channel, band, status), count in sorted(counted.items())
    ]


def band_label(band: int) -> str:
    """The words of a band, by its number; the last two are above all bands and not known."""
    return [*(label for _, label in _BANDS), "36 ans et plus", "âge inconnu"][band]


def _band(age: int | None) -> int:
    if age is None:
        return len(_BANDS) + 1
    return next((number for number, (below, _) in enumerate(_BANDS) if age < below), len(_BANDS))
