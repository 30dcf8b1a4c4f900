"""The core is its own first plugin: what it registers keeps the contracts that every plugin keeps."""

from core.agenda.providers import AbsenceSource, OpeningProvider
from core.booking.channels import InPerson, Phone, PrepareMeeting
from core.booking.rules import Age, Contacts, Horizon, LeadTime, Residence
from core.interviews.feedback import SaidWords
from core.notices.handler import PlanNotices
from core.testing.contracts import (
    BookingRuleContract,
    BusySourceContract,
    EventHandlerContract,
    InterviewChannelContract,
    PersonalDataContract,
    SlotProviderContract,
)


class TestOpenings(SlotProviderContract):
    factory = OpeningProvider


class TestAbsences(BusySourceContract):
    factory = AbsenceSource


class TestInPerson(InterviewChannelContract):
    factory = InPerson


class TestPhone(InterviewChannelContract):
    factory = Phone


class TestLeadTime(BookingRuleContract):
    factory = LeadTime


class TestHorizon(BookingRuleContract):
    factory = Horizon


class TestAge(BookingRuleContract):
    factory = Age


class TestResidence(BookingRuleContract):
    factory = Residence


class TestContacts(BookingRuleContract):
    factory = Contacts


class TestSaidWords(PersonalDataContract):
    factory = SaidWords


class TestPlanNotices(EventHandlerContract):
    factory = PlanNotices


class TestPrepareMeeting(EventHandlerContract):
    factory = PrepareMeeting
