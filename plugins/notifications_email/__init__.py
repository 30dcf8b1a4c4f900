"""Notices by e-mail."""

from collections.abc import Sequence
from datetime import timedelta

from hookspecs import (
    AccountCarrier,
    DigestCarrier,
    HealthCheck,
    JobSpec,
    MessageTemplate,
    NavItem,
    NoticeCarrier,
    OfferCarrier,
    PersonalData,
    RouteSet,
    SettingsSpec,
    hookimpl,
)

from .carrier import EmailCarrier
from .health import EmailHealth
from .mailbox import forget_old
from .pages import HANDLERS
from .personal import KeptMessages
from .settings import EmailSettings
from .texts import declared


@hookimpl
def register_settings() -> SettingsSpec:
    """The mail server."""
    return SettingsSpec(
        struct=EmailSettings, secrets=("password",), check_settings=EmailHealth().check
    )


@hookimpl
def register_notice_carriers() -> Sequence[NoticeCarrier]:
    """By e-mail."""
    return [EmailCarrier()]


@hookimpl
def register_offer_carriers() -> Sequence[OfferCarrier]:
    """By e-mail."""
    return [EmailCarrier()]


@hookimpl
def register_digest_carriers() -> Sequence[DigestCarrier]:
    """By e-mail."""
    return [EmailCarrier()]


@hookimpl
def register_account_carriers() -> Sequence[AccountCarrier]:
    """By e-mail."""
    return [EmailCarrier()]


@hookimpl
def register_message_templates() -> Sequence[MessageTemplate]:
    """Subjects and paragraphs."""
    return declared()


@hookimpl
def register_personal_data() -> Sequence[PersonalData]:
    """The kept messages."""
    return [KeptMessages()]


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """Kept messages. The handlers themselves admit the coordination only, or anyone in a demonstration."""
    return [RouteSet(handlers=HANDLERS)]


@hookimpl
def register_nav_items() -> Sequence[NavItem]:
    """For the coordination."""
    return [NavItem(label="E-mails gardés", path="/p/notifications_email/messages", order=80)]


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Forgets old messages."""
    return [JobSpec(key="notifications_email:forget", every=timedelta(hours=12), run=forget_old)]


@hookimpl
def register_health_checks() -> Sequence[HealthCheck]:
    """Whether the mail server answers."""
    return [EmailHealth()]
