"""What the platform asks of this plugin."""

from core.testing.contracts import (
    HealthCheckContract,
    InterviewChannelContract,
    PluginContract,
    SettingsContract,
)
from plugins.visio_jitsi import register_settings
from plugins.visio_jitsi.channel import JitsiChannel
from plugins.visio_jitsi.health import JitsiHealth
from plugins.visio_jitsi.settings import JitsiSettings


class TestPlugin(PluginContract):
    plugin_id = "visio_jitsi"
    level = "gold"


class TestChannel(InterviewChannelContract):
    factory = JitsiChannel
    settings = JitsiSettings()


class TestHealth(HealthCheckContract):
    factory = JitsiHealth
    settings = JitsiSettings()


class TestSettings(SettingsContract):
    factory = register_settings
