"""What the platform asks of this plugin."""

from core.testing.contracts import (
    HealthCheckContract,
    NoticeCarrierContract,
    OfferCarrierContract,
    PluginContract,
)
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
