"""What the platform asks of this plugin."""

from core.testing.contracts import (
    BusySourceContract,
    EventHandlerContract,
    HealthCheckContract,
    JobContract,
    NavItemContract,
    PageBlockContract,
    PersonalDataContract,
    PluginContract,
    SealedColumnContract,
    SettingsContract,
    SwitchReactionContract,
)
from plugins.calendar_caldav import (
    register_jobs,
    register_nav_items,
    register_page_blocks,
    register_sealed_columns,
    register_settings,
)
from plugins.calendar_caldav.accounts import purpose
from plugins.calendar_caldav.background import FollowAppointments
from plugins.calendar_caldav.health import CaldavHealth
from plugins.calendar_caldav.names import WrittenNames
from plugins.calendar_caldav.settings import CaldavSettings
from plugins.calendar_caldav.source import CaldavCalendars
from plugins.calendar_caldav.switching import FollowSwitch


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
    factory = register_jobs
    settings = CaldavSettings()


class TestBanner(PageBlockContract):
    factory = register_page_blocks
    settings = CaldavSettings()


class TestNames(PersonalDataContract):
    factory = WrittenNames
    settings = CaldavSettings()


class TestSettings(SettingsContract):
    factory = register_settings


class TestMenu(NavItemContract):
    factory = register_nav_items


class TestPasswords(SealedColumnContract):
    factory = register_sealed_columns

    async def keep(self, platform, place):
        context, advisor = place.region(CaldavSettings()), place.advisor_ids[0]
        await platform.db.execute(
            "INSERT INTO calendar_caldav_account (advisor, server, username, password, calendars, calendar,"
            " due_at, leased_until, succeeded_at) VALUES ($1, 'https://x.example', 'camille', $2, '[]', '', $3, $3, $3)",
            advisor,
            context.services.seal(purpose(advisor), "un mot de passe"),
            context.now,
        )


class TestSwitch(SwitchReactionContract):
    factory = FollowSwitch
    settings = CaldavSettings()
