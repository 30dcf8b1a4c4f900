"""What the platform asks of this plugin."""

from core.testing.contracts import (
    ExporterContract,
    PluginContract,
)
from plugins.stats_export.csv_file import CsvExporter
from plugins.stats_export.xlsx_file import XlsxExporter


class TestPlugin(PluginContract):
    plugin_id = "stats_export"
    level = "gold"


class TestCsv(ExporterContract):
    factory = CsvExporter


class TestXlsx(ExporterContract):
    factory = XlsxExporter
