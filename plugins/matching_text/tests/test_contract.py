"""What the platform asks of this plugin."""

from core.testing.contracts import (
    PluginContract,
)


class TestPlugin(PluginContract):
    plugin_id = "matching_text"
    level = "gold"
