"""The plugins that travel with the platform are examples for others."""

from core.authoring.checking import examine


def test_every_bundled_plugin_is_gold(board):
    bundled = [record.id for record in board.loaded if record.origin == "plugins"]
    assert len(bundled) >= 8
    reports = [examine(board, plugin_id) for plugin_id in bundled]
    missing = {
        report.plugin_id: [(one.rule.id, one.problems) for one in report.findings if one.problems]
        for report in reports
        if report.level != "gold"
    }
    assert missing == {}
