"""What the platform asks of this plugin."""

from core.testing.contracts import (
    BusySourceContract,
    HealthCheckContract,
    JobContract,
    PageBlockContract,
    PluginContract,
    SlotProviderContract,
)
from plugins.calendar_ical import register_jobs, register_page_blocks
from plugins.calendar_ical.health import CalendarHealth
from plugins.calendar_ical.settings import CalendarSettings
from plugins.calendar_ical.source import CalendarOpenings, ExternalCalendars


class TestPlugin(PluginContract):
    plugin_id = "calendar_ical"
    level = "gold"


class TestCalendars(BusySourceContract):
    factory = ExternalCalendars
    settings = CalendarSettings()


class TestOpenings(SlotProviderContract):
    factory = CalendarOpenings
    settings = CalendarSettings()


class TestHealth(HealthCheckContract):
    factory = CalendarHealth
    settings = CalendarSettings()


class TestPoll(JobContract):
    settings = CalendarSettings()

    @staticmethod
    def factory():
        return register_jobs()[0]


class TestBanner(PageBlockContract):
    settings = CalendarSettings()

    @staticmethod
    def factory():
        return register_page_blocks()[0]
