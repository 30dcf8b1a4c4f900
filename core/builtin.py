"""The core as its own first plugin: what it registers goes through the same hooks as everyone's."""

from collections.abc import Sequence

from core.accounts import second_factor
from core.agenda.providers import AbsenceSource, OpeningProvider
from core.booking.channels import InPerson, Phone, PrepareMeeting
from core.booking.rules import BOOKING_RULES
from core.contracts.agenda import BusySource, SlotProvider
from core.contracts.booking import BookingRule, InterviewChannel
from core.contracts.events import EventHandler
from core.contracts.matching import MatchingStrategy
from core.contracts.personal import PersonalData
from core.contracts.surfaces import SealedColumn
from core.extension.markers import hookimpl
from core.interviews import private
from core.interviews.earliest_first import EarliestFirst
from core.interviews.feedback import SaidWords
from core.notices.handler import PlanNotices


@hookimpl
def register_slot_providers() -> Sequence[SlotProvider]:
    """The openings that advisors enter here."""
    return [OpeningProvider()]


@hookimpl
def register_busy_sources() -> Sequence[BusySource]:
    """The absences that advisors enter here."""
    return [AbsenceSource()]


@hookimpl
def register_interview_channels() -> Sequence[InterviewChannel]:
    """In person, by phone."""
    return [InPerson(), Phone()]


@hookimpl
def register_matching_strategies() -> Sequence[MatchingStrategy]:
    """The order used when no strategy answers."""
    return [EarliestFirst()]


@hookimpl
def register_booking_rules() -> Sequence[BookingRule]:
    """Lead time, horizon, age, residence, contacts."""
    return BOOKING_RULES


@hookimpl
def register_personal_data() -> Sequence[PersonalData]:
    """What youths wrote of their interviews: only the platform's key finds whose it is."""
    return [SaidWords()]


@hookimpl
def register_sealed_columns() -> Sequence[SealedColumn]:
    """What an advisor notes for themselves; the secrets of second factors."""
    return [
        SealedColumn(table="private_note", column="sealed", purpose=private.PURPOSE),
        SealedColumn(table="account_factor", column="secret", purpose=second_factor.PURPOSE),
        SealedColumn(table="account_enrolment", column="secret", purpose=second_factor.PURPOSE),
    ]


@hookimpl
def register_event_handlers() -> Sequence[EventHandler]:
    """Preparing meetings, planning notices."""
    return [PrepareMeeting(), PlanNotices()]
