"""What the platform asks of this plugin."""

from core.testing.contracts import (
    PageBlockContract,
    PluginContract,
    SettingsContract,
)
from plugins.matching_rules import register_page_blocks, register_settings
from plugins.matching_rules.settings import MatchingSettings


class TestPlugin(PluginContract):
    plugin_id = "matching_rules"
    level = "gold"


class TestCard(PageBlockContract):
    factory = register_page_blocks
    settings = MatchingSettings()


class TestSettings(SettingsContract):
    factory = register_settings
