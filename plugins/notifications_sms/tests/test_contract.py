"""What the platform asks of this plugin."""

from core.testing.contracts import (
    HealthCheckContract,
    MessageTemplateContract,
    NoticeCarrierContract,
    OfferCarrierContract,
    PluginContract,
    SettingsContract,
)
from plugins.notifications_sms import register_message_templates, register_settings
from plugins.notifications_sms.carrier import SmsCarrier
from plugins.notifications_sms.health import SmsHealth
from plugins.notifications_sms.settings import SmsSettings


class TestPlugin(PluginContract):
    plugin_id = "notifications_sms"
    level = "gold"


class TestNotices(NoticeCarrierContract):
    factory = SmsCarrier
    settings = SmsSettings()


class TestOffers(OfferCarrierContract):
    factory = SmsCarrier
    settings = SmsSettings()


class TestHealth(HealthCheckContract):
    factory = SmsHealth
    settings = SmsSettings()


class TestSettings(SettingsContract):
    factory = register_settings


class TestTexts(MessageTemplateContract):
    factory = register_message_templates
    settings = SmsSettings()
