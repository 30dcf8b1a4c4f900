"""Notices by text message, through a gateway that the settings describe."""

from collections.abc import Sequence

from hookspecs import (
    HealthCheck,
    MessageTemplate,
    NoticeCarrier,
    OfferCarrier,
    SettingsSpec,
    hookimpl,
)

from .carrier import SmsCarrier
from .health import SmsHealth
from .settings import SmsSettings
from .words import declared


@hookimpl
def register_settings() -> SettingsSpec:
    """The gateway, and what goes by SMS."""
    return SettingsSpec(struct=SmsSettings, secrets=("secret",), check_settings=SmsHealth().check)


@hookimpl
def register_notice_carriers() -> Sequence[NoticeCarrier]:
    """By SMS."""
    return [SmsCarrier()]


@hookimpl
def register_offer_carriers() -> Sequence[OfferCarrier]:
    """By SMS."""
    return [SmsCarrier()]


@hookimpl
def register_message_templates() -> Sequence[MessageTemplate]:
    """What each message says."""
    return declared()


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Whether the gateway answers."""
    return [SmsHealth()]
