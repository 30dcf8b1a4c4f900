"""XLSX: the same lines with filters, and a summary sheet."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from hookspecs import N_, ExportRequest, PluginContext

from . import cancellations, check_ins
from .figures import HEADINGS, lines, read_figures

_PIECE = 64 * 1024
_WIDTHS = (10, 13, 48, 12, 16, 24, 13)
_SUMMARIES = ((0, "Par mois"), (1, "Par département"), (2, "Par structure"), (3, "Par canal"), (4, "Par tranche d’âge"), (5, "Par statut"))  # fmt: skip


class XlsxExporter:
    """The figures as a workbook. It is written in a thread: the server goes on meanwhile."""

    key = "stats_export:appointments_xlsx"
    label = N_("Rendez-vous en chiffres (Excel)")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file_name = "rendez-vous.xlsx"

    async def export(self, context: PluginContext, request: ExportRequest) -> AsyncIterator[bytes]:
        """The file, once it is whole."""
        found = lines(await read_figures(context, request))
        after = await check_ins.read_lines(context, request)
        cancelled = await cancellations.read_lines(context, request)
        body = await asyncio.to_thread(workbook, found, cancelled, after)
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]


def workbook(
    found: Sequence[Sequence[str | int]],
    cancelled: Sequence[Sequence[str | int]] = (),
    after: Sequence[Sequence[str | int]] = (),
) -> bytes:
    """« Détail », with a total that follows the filters, and « Synthèse »; « Annulations » and « Un mois après » when there are any."""
    import xlsxwriter  # noqa: PLC0415 - a start need not wait for what few exports want

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bg_color": "#0B3342", "font_color": "#FFFFFF"})
    strong = book.add_format({"bold": True, "top": 1})
    total = sum(int(line[-1]) for line in found)

    detail = book.add_worksheet("Détail")
    detail.write_row(0, 0, HEADINGS, head)
    for number, line in enumerate(found, start=1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                detail.write_number(number, column, value)
            else:
                detail.write_string(number, column, value)
    last = len(found)
    for column, width in enumerate(_WIDTHS):
        detail.set_column(column, column, width)
    detail.freeze_panes(1, 0)
    detail.autofilter(0, 0, last, len(HEADINGS) - 1)
    detail.write_string(last + 2, 0, "Total", strong)
    detail.write_formula(last + 2, 6, f"=SUBTOTAL(109,G2:G{last + 1})", strong, total)

    summary = book.add_worksheet("Synthèse")
    summary.set_column(0, 0, 48)
    summary.set_column(1, 1, 13)
    row = 0
    for column, title in _SUMMARIES:
        sums: dict[str, int] = {}
        for line in found:
            sums[str(line[column])] = sums.get(str(line[column]), 0) + int(line[-1])
        summary.write_row(row, 0, (title, HEADINGS[-1]), head)
        for label, count in sums.items():
            row += 1
            summary.write_string(row, 0, label)
            summary.write_number(row, 1, count)
        row += 1
        summary.write_string(row, 0, "Total", strong)
        summary.write_number(row, 1, total, strong)
        row += 2
    if cancelled:
        sheet = book.add_worksheet("Annulations")
        _filtered(sheet, cancellations.HEADINGS, cancelled, (10, 13, 48, 16, 36, 13), head)
    if after:
        sheet = book.add_worksheet("Un mois après")
        _filtered(sheet, check_ins.HEADINGS, after, (10, 13, 48, 18, 11), head)
    book.close()
    return buffer.getvalue()


def _filtered(
    sheet: Any,
    headings: Sequence[str],
    found: Sequence[Sequence[str | int]],
    widths: Sequence[int],
    head: Any,
) -> None:
    """Lines under their headings, with filters. The library has no types of its own."""
    sheet.write_row(0, 0, headings, head)
    for number, line in enumerate(found, start=1):
        sheet.write_row(number, 0, line)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(found), len(headings) - 1)
