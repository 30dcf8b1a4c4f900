"""Appointments out to advisors' own calendars; their own busy time, and openings, in."""

from collections.abc import Sequence
from datetime import timedelta

from hookspecs import (
    BusySource,
    HealthCheck,
    JobSpec,
    NavItem,
    PageBlock,
    RouteSet,
    SealedColumn,
    SettingsSpec,
    SlotProvider,
    SwitchReaction,
    hookimpl,
)

from .banner import banner
from .feed_pages import HANDLERS as FEED_HANDLERS
from .health import CalendarHealth
from .pages import ADVISOR_HANDLERS, PUBLIC_HANDLERS
from .polling import poll
from .settings import CalendarSettings
from .source import CalendarOpenings, ExternalCalendars
from .switching import FollowSwitch


@hookimpl
def register_settings() -> SettingsSpec:
    """How often, how long, what is shown."""
    return SettingsSpec(struct=CalendarSettings)


@hookimpl
def register_busy_sources() -> Sequence[BusySource]:
    """Advisors' own calendars."""
    return [ExternalCalendars()]


@hookimpl
def register_slot_providers() -> Sequence[SlotProvider]:
    """Openings kept in an advisor's own calendar."""
    return [CalendarOpenings()]


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """The feed, which calendar programs read without signing in, and the advisor's pages."""
    return [
        RouteSet(handlers=PUBLIC_HANDLERS),
        RouteSet(handlers=(*ADVISOR_HANDLERS, *FEED_HANDLERS), access="advisor"),
    ]


@hookimpl
def register_page_blocks() -> Sequence[PageBlock]:
    """A banner above the agenda."""
    return [
        PageBlock(
            place="advisor.agenda", template="calendar_ical/banner.html", values=banner, order=10
        )
    ]


@hookimpl
def register_nav_items() -> Sequence[NavItem]:
    """For advisors."""
    return [
        NavItem(
            label="Mon calendrier",
            path="/p/calendar_ical/",
            access="advisor",
            order=50,
            personal=True,
        )
    ]


@hookimpl
def register_switch_reactions() -> Sequence[SwitchReaction]:
    """Forgets hours that are of no use any more."""
    return [FollowSwitch()]


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Reads the calendars that are due."""
    return [JobSpec(key="calendar_ical:poll", every=timedelta(minutes=2), run=poll)]


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Calendars in trouble."""
    return [CalendarHealth()]


@hookimpl
def register_sealed_columns() -> Sequence[SealedColumn]:
    """The addresses of calendars, which are secrets themselves."""
    return [SealedColumn(table="calendar_ical_feed", column="url", purpose="calendar_ical:url")]
