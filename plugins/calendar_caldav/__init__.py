"""Appointments written to advisors' CalDAV calendars, and their busy time read back."""

from collections.abc import Sequence
from datetime import timedelta

from hookspecs import (
    BusySource,
    EventHandler,
    HealthCheck,
    JobSpec,
    NavItem,
    PageBlock,
    PersonalData,
    RouteSet,
    SealedColumn,
    SettingsSpec,
    SwitchReaction,
    hookimpl,
)

from .background import FollowAppointments, poll
from .banner import banner
from .health import CaldavHealth
from .names import WrittenNames
from .pages import HANDLERS
from .settings import CaldavSettings
from .source import CaldavCalendars
from .switching import FollowSwitch


@hookimpl
def register_settings() -> SettingsSpec:
    """How often, how long, what is shown."""
    return SettingsSpec(struct=CaldavSettings)


@hookimpl
def register_busy_sources() -> Sequence[BusySource]:
    """Advisors' own calendars."""
    return [CaldavCalendars()]


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """The advisor's page."""
    return [RouteSet(handlers=HANDLERS, access="advisor")]


@hookimpl
def register_personal_data() -> Sequence[PersonalData]:
    """Youths' names in the events that were written."""
    return [WrittenNames()]


@hookimpl
def register_page_blocks() -> Sequence[PageBlock]:
    """A banner above the agenda."""
    return [
        PageBlock(
            place="advisor.agenda", template="calendar_caldav/banner.html", values=banner, order=11
        )
    ]


@hookimpl
def register_nav_items() -> Sequence[NavItem]:
    """For advisors."""
    return [
        NavItem(
            label="Mon agenda CalDAV",
            path="/p/calendar_caldav/",
            access="advisor",
            order=51,
            personal=True,
        )
    ]


@hookimpl
def register_event_handlers() -> Sequence[EventHandler]:
    """Writes appointments as they come."""
    return [FollowAppointments()]


@hookimpl
def register_switch_reactions() -> Sequence[SwitchReaction]:
    """Takes appointments out of the calendars of a structure that gives it up."""
    return [FollowSwitch()]


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Compares the calendars that are due."""
    return [JobSpec(key="calendar_caldav:poll", every=timedelta(minutes=2), run=poll)]


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Accounts in trouble."""
    return [CaldavHealth()]


@hookimpl
def register_sealed_columns() -> Sequence[SealedColumn]:
    """The passwords of calendar servers."""
    return [
        SealedColumn(
            table="calendar_caldav_account", column="password", purpose="calendar_caldav:{advisor}"
        )
    ]
