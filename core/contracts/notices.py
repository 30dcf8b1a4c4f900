"""Notices: what the platform tells people, and the carriers that bring it (e-mail, SMS…).

What is due is computed by the core from the present state of an appointment; a carrier only words and brings it. One
receipt per appointment, kind, audience, revision and carrier makes sure that nothing leaves twice.
"""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.contracts.booking import AppointmentView
from core.contracts.context import PluginContext

NoticeKind = Literal[
    "confirmation",
    "change",
    "cancellation",
    "reminder_7d",
    "reminder_1d",
    "link_1h",
    "roadmap",
    "feedback",
    "follow_up",
    "check_in",
]
Audience = Literal["youth", "advisor", "former_advisor"]
"""A `former_advisor` had the appointment before a change gave it to another: `previous` says who."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person. `key` is unique and stable across retries (use it as Message-ID).

    `previous` is the appointment before the change (kinds `change` and `cancellation`).
    """

    key: str
    kind: NoticeKind
    audience: Audience
    appointment: AppointmentView
    previous: AppointmentView | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `sent`; `kept` (nowhere to send to: readable in the outbox page); `refused` (for good,
    with the reason in `detail`); `later` (not now, ask again at `until`, an aware instant: no failure, and
    dropped like any other notice should it no longer be due by then). To have a failure tried again, raise.
    """

    outcome: Literal["sent", "kept", "refused", "later"]
    recipient: str = ""
    detail: str = ""
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ValueError when `later` has no aware `until`, or another outcome has one."""
        if (self.outcome == "later") != (self.until is not None):
            raise ValueError("until: with the outcome later, and only with it")
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("until: an aware instant")


class NoticeCarrier(Protocol):
    """Brings notices to people. An exception means "try again later", with back-off."""

    key: str
    label: str

    def carries(self, context: PluginContext, notice: Notice) -> bool:
        """Whether this carrier has anything to do for this notice (kind, audience, contact present)."""
        ...

    async def send(self, context: PluginContext, notice: Notice) -> Delivery:
        """Sends it, once."""
        ...
