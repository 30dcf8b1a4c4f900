"""What the platform asks of this plugin."""

from core.testing.contracts import (
    BusySourceContract,
    HealthCheckContract,
    JobContract,
    NavItemContract,
    PageBlockContract,
    PluginContract,
    SealedColumnContract,
    SettingsContract,
    SlotProviderContract,
    SwitchReactionContract,
)
from plugins.calendar_ical import (
    register_jobs,
    register_nav_items,
    register_page_blocks,
    register_sealed_columns,
    register_settings,
)
from plugins.calendar_ical.fetching import seal_address
from plugins.calendar_ical.health import CalendarHealth
from plugins.calendar_ical.settings import CalendarSettings
from plugins.calendar_ical.source import CalendarOpenings, ExternalCalendars
from plugins.calendar_ical.switching import FollowSwitch


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
    factory = register_jobs
    settings = CalendarSettings()


class TestBanner(PageBlockContract):
    factory = register_page_blocks
    settings = CalendarSettings()


class TestSettings(SettingsContract):
    factory = register_settings


class TestMenu(NavItemContract):
    factory = register_nav_items


class TestAddresses(SealedColumnContract):
    factory = register_sealed_columns

    async def keep(self, platform, place):
        context = place.region(CalendarSettings())
        sealed = seal_address(context, "https://agenda.example/camille.ics")
        await platform.db.execute(
            "INSERT INTO calendar_ical_feed (id, advisor, url, due_at, expanded_at, succeeded_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $3, $3)",
            place.advisor_ids[0],
            sealed,
            context.now,
        )


class TestSwitch(SwitchReactionContract):
    factory = FollowSwitch
    settings = CalendarSettings()
