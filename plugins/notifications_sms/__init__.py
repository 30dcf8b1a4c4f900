"""Notices by text message, through a gateway that the settings describe."""

from collections.abc import Sequence

from hookspecs import (
    HealthCheck,
    NavItem,
    NoticeCarrier,
    RouteSet,
    SettingsSpec,
    hookimpl,
)

from .carrier import SmsCarrier
from .health import SmsHealth
from .pages import HANDLERS
from .settings import SmsSettings


@hookimpl
def register_settings() -> SettingsSpec:
    """The gateway, what goes by SMS, and when."""
    return SettingsSpec(struct=SmsSettings, secrets=("secret",))


@hookimpl
def register_notice_carriers() -> Sequence[NoticeCarrier]:
    """By SMS."""
    return [SmsCarrier()]


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """The texts, as they would leave."""
    return [RouteSet(handlers=HANDLERS, access="coordinator")]


@hookimpl
def register_nav_items() -> Sequence[NavItem]:
    """For the coordination."""
    return [NavItem(label="Textes des SMS", path="/p/notifications_sms/textes", order=81)]


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Whether the gateway answers."""
    return [SmsHealth()]
