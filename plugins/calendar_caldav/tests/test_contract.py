"""What the platform asks of this plugin."""

from core.testing.contracts import (
    BusySourceContract,
    EventHandlerContract,
    HealthCheckContract,
    JobContract,
    PageBlockContract,
    PersonalDataContract,
    PluginContract,
)
from plugins.calendar_caldav import register_jobs, register_page_blocks
from plugins.calendar_caldav.background import FollowAppointments
from plugins.calendar_caldav.health import CaldavHealth
from plugins.calendar_caldav.names import WrittenNames
from plugins.calendar_caldav.settings import CaldavSettings
from plugins.calendar_caldav.source import CaldavCalendars


class TestPlugin(PluginContract):
    plugin_id = "calendar_caldav"
    level = "gold"


class TestCalendars(BusySourceContract):
    factory = CaldavCalendars
    settings = CaldavSettings()


class TestAppointments(EventHandlerContract):
    factory = FollowAppointments
    settings = CaldavSettings()


class TestHealth(HealthCheckContract):
    factory = CaldavHealth
    settings = CaldavSettings()


class TestPoll(JobContract):
    settings = CaldavSettings()

    @staticmethod
    def factory():
        return register_jobs()[0]


class TestBanner(PageBlockContract):
    settings = CaldavSettings()

    @staticmethod
    def factory():
        return register_page_blocks()[0]


class TestNames(PersonalDataContract):
    factory = WrittenNames
    settings = CaldavSettings()
