"""Appointments as figures, in files that a spreadsheet opens."""

from collections.abc import Sequence

from hookspecs import Exporter, hookimpl

from .cancellations import CancellationExporter
from .check_ins import CheckInExporter
from .csv_file import CsvExporter
from .xlsx_file import XlsxExporter


@hookimpl
def register_exporters() -> Sequence[Exporter]:
    """The same figures, twice: for programs and for people; why some were cancelled; what became of the projects."""
    return [CsvExporter(), XlsxExporter(), CancellationExporter(), CheckInExporter()]
