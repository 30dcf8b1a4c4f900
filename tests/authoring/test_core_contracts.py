"""The core is its own first plugin: what it registers keeps the contracts that every plugin keeps."""

from core import builtin
from core.agenda.providers import AbsenceSource, OpeningProvider
from core.booking.channels import InPerson, Phone, PrepareMeeting
from core.booking.rules import Age, Contacts, Horizon, LeadTime, Residence
from core.interviews import private
from core.interviews.feedback import SaidWords
from core.notices.handler import PlanNotices
from core.testing.contracts import (
    BookingRuleContract,
    BusySourceContract,
    EventHandlerContract,
    InterviewChannelContract,
    PersonalDataContract,
    SealedColumnContract,
    SlotProviderContract,
)
from core.testing.factories import account_of
from core.testing.places import book


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


class TestSecretsOfTheCore(SealedColumnContract):
    factory = builtin.register_sealed_columns

    async def keep(self, platform, place):
        account = await account_of(platform.db, place.advisor_ids[0])
        secret = platform.keys.seal(f"second_factor:{account}", "un secret")
        await platform.db.execute(
            "INSERT INTO account_factor (account, secret, last_step, since) VALUES ($1, $2, 0, now())",
            account,
            secret,
        )
        await platform.db.execute(
            "INSERT INTO account_enrolment (account, secret, holder, expires_at) VALUES ($1, $2, '', now())",
            account,
            secret,
        )
        view = await book(platform, place)
        await platform.db.execute(
            "INSERT INTO private_note (appointment, advisor, sealed, written_at) VALUES ($1, $2, $3, $4)",
            view.id,
            place.advisor_ids[0],
            platform.keys.seal(private.PURPOSE, "Pour moi seule."),
            platform.clock.now(),
        )
