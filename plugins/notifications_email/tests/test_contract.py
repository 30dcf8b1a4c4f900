"""What the platform asks of this plugin."""

from core.testing.contracts import (
    AccountCarrierContract,
    DigestCarrierContract,
    HealthCheckContract,
    JobContract,
    MessageTemplateContract,
    NavItemContract,
    NoticeCarrierContract,
    OfferCarrierContract,
    PersonalDataContract,
    PluginContract,
    SettingsContract,
)
from plugins.notifications_email import (
    register_jobs,
    register_message_templates,
    register_nav_items,
    register_settings,
)
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
    factory = register_jobs
    settings = EmailSettings()


class TestSettings(SettingsContract):
    factory = register_settings


class TestTexts(MessageTemplateContract):
    factory = register_message_templates
    settings = EmailSettings()


class TestMenu(NavItemContract):
    factory = register_nav_items
