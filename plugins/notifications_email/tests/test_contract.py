"""What the platform asks of this plugin."""

from core.testing.contracts import (
    AccountCarrierContract,
    DigestCarrierContract,
    HealthCheckContract,
    JobContract,
    NoticeCarrierContract,
    OfferCarrierContract,
    PersonalDataContract,
    PluginContract,
)
from plugins.notifications_email import register_jobs
from plugins.notifications_email.carrier import EmailCarrier
from plugins.notifications_email.health import EmailHealth
from plugins.notifications_email.personal import KeptMessages
from plugins.notifications_email.settings import EmailSettings


class TestPlugin(PluginContract):
    plugin_id = "notifications_email"
    level = "gold"


class TestNotices(NoticeCarrierContract):
    factory = EmailCarrier
    settings = EmailSettings()


class TestOffers(OfferCarrierContract):
    factory = EmailCarrier
    settings = EmailSettings()


class TestDigests(DigestCarrierContract):
    factory = EmailCarrier
    settings = EmailSettings()


class TestAccounts(AccountCarrierContract):
    factory = EmailCarrier
    settings = EmailSettings()


class TestHealth(HealthCheckContract):
    factory = EmailHealth
    settings = EmailSettings()


class TestKeptMessages(PersonalDataContract):
    factory = KeptMessages
    settings = EmailSettings()


class TestForgetOld(JobContract):
    settings = EmailSettings()

    @staticmethod
    def factory():
        return register_jobs()[0]
