"""Appointments as plugins see them, interview channels and booking rules."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from core.contracts.context import PluginContext, StructureRef

ChannelMode = Literal["in_person", "video", "phone"]
AppointmentStatus = Literal[
    "booked", "honoured", "no_show", "cancelled_by_youth", "cancelled_by_structure"
]


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """How the two meet on a channel: stored with the appointment, so that it outlives the plugin.

    `url` is where the join page leads (video), `opens_minutes_before` how long before the start it opens;
    `host_url` is the advisor's own entrance, when it differs.
    """

    url: str = ""
    host_url: str = ""
    instructions: str = ""
    opens_minutes_before: int = 0


class SiteRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where people are received."""

    id: UUID
    name: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    directions: str = ""


class PersonRef(msgspec.Struct, frozen=True, kw_only=True):
    """A person with the contacts that they gave; empty when not given."""

    name: str
    email: str = ""
    phone: str = ""


VIDEO_INSTEAD = "video_instead"
"""The kind of a cancellation by the structure that proposes another time, by video."""


class AppointmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A whole appointment at one moment: all that a message, a feed or a channel needs.

    `sequence` rises at each change (iCalendar SEQUENCE); `manage_url` is the youth's one stable link; `advisor_url` the
    advisor's page of the interview. Instants are aware UTC.

    `booked_by` names who booked for the youth (a member of staff, or a worker of another body and the body); empty when the
    youth did. `to_confirm`: the youth has not said yet that it suits. `out_of_lead`: nearer than the lead time, by staff.
    `is_over_age`: the youth is older that day than the region's limit, and the structure receives them all the same.
    """

    id: UUID
    sequence: int
    status: AppointmentStatus
    channel: str
    starts_at: datetime
    ends_at: datetime
    structure: StructureRef
    advisor: PersonRef
    advisor_id: UUID
    youth: PersonRef
    site: SiteRef | None = None
    meeting: Meeting | None = None
    channel_label: str = ""
    timezone: str = "Europe/Paris"
    manage_url: str = ""
    advisor_url: str = ""
    created_at: datetime | None = None
    cancel_reason: str = ""
    is_over_age: bool = False
    cancel_kind: str = ""
    origin: str = "youth"
    booked_by: str = ""
    to_confirm: bool = False
    out_of_lead: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether nobody will come."""
        return self.status.startswith("cancelled")

    @property
    def rebook_path(self) -> str:
        """Where the youth takes another appointment once this one is cancelled; by video in its structure when that was proposed."""
        if self.cancel_kind == VIDEO_INSTEAD:
            return f"/creneaux/{self.structure.slug}?canal=video"
        return "/recherche"

    @property
    def uid(self) -> str:
        """The iCalendar UID: one for the whole life of the appointment."""
        return f"{self.id}@so-mobilite"


class InterviewChannel(Protocol):
    """A way to meet. `key` is stored on the appointment, `mode` says what the youth must give."""

    key: str
    label: str
    mode: ChannelMode
    needs_site: bool

    async def prepare(self, context: PluginContext, appointment: AppointmentView) -> Meeting:
        """Makes the meeting ready, after the booking is certain. Called again until it succeeds, and
        after a move: preparing twice gives the same meeting.
        """
        ...

    async def release(self, context: PluginContext, appointment: AppointmentView) -> None:
        """Gives the meeting up, after a cancellation or a change of channel. Idempotent."""
        ...


class BookingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to be booked, for the rules to judge, and the terms of the structure.

    With `lead_days` the lead time counts working days instead of hours. `age_rule` says what is done about someone older
    than `max_age`: refused, or let in and marked for the staff. `referred`: by a worker of another body, for a youth.
    """

    structure: StructureRef
    channel: str
    mode: ChannelMode
    starts_at: datetime
    youth_name: str
    email: str = ""
    phone: str = ""
    birth_date: date | None = None
    commune_insee: str = ""
    in_region: bool = True
    lead_hours: int = 48
    lead_days: int | None = None
    horizon_days: int = 90
    max_age: int = 35
    age_rule: Literal["refuse", "flag"] = "refuse"
    by_staff: bool = False
    referred: bool = False


class RuleRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a booking cannot be: a French sentence that says how to go on, and the field that it concerns."""

    rule: str
    message: str
    field: str = ""


class BookingRule(Protocol):
    """A condition of booking: age, residence, lead time. Pure; asked at the form and again at the confirmation.

    A rule that fails refuses: nobody is booked by an error. The rules of one plugin are asked in one call, and share its time.
    """

    key: str
    label: str

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """The refusals, none when the request is fine."""
        ...
