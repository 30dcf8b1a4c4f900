"""Contract tests that a plugin author subclasses: each method is a promise of the Protocol that it names.

from core.testing.contracts import MatchingStrategyContract

class TestMyStrategy(MatchingStrategyContract):
    factory = MyStrategy

There is one class for each kind of object that a plugin registers; `docs/contracts.md` tells what each asks.
"""

from core.testing.contracts.agenda import BusySourceContract, SlotProviderContract
from core.testing.contracts.base import LIMIT_SECONDS, TODAY, Contract, context
from core.testing.contracts.booking import (
    BookingRuleContract,
    InterviewChannelContract,
    PublicationGateContract,
    requests,
)
from core.testing.contracts.carriers import (
    AccountCarrierContract,
    DigestCarrierContract,
    NoticeCarrierContract,
    OfferCarrierContract,
)
from core.testing.contracts.exports import ExporterContract
from core.testing.contracts.kept import SealedColumnContract, SettingsContract
from core.testing.contracts.matching import MatchingStrategyContract, QuickStrategyContract
from core.testing.contracts.messages import MessageTemplateContract
from core.testing.contracts.network import PartnerNetworkContract
from core.testing.contracts.sheets import catalogues, reference_programmes, sheets
from core.testing.contracts.staff import NavItemContract, PermissionContract
from core.testing.contracts.surfaces import (
    CommandContract,
    EventHandlerContract,
    HealthCheckContract,
    JobContract,
    PageBlockContract,
    PersonalDataContract,
    SwitchReactionContract,
)
from core.testing.contracts.whole import PluginContract
from core.testing.contracts.youths import less_known, needs

__all__ = [
    "LIMIT_SECONDS",
    "TODAY",
    "AccountCarrierContract",
    "BookingRuleContract",
    "BusySourceContract",
    "CommandContract",
    "Contract",
    "DigestCarrierContract",
    "EventHandlerContract",
    "ExporterContract",
    "HealthCheckContract",
    "InterviewChannelContract",
    "JobContract",
    "MatchingStrategyContract",
    "MessageTemplateContract",
    "NavItemContract",
    "NoticeCarrierContract",
    "OfferCarrierContract",
    "PageBlockContract",
    "PartnerNetworkContract",
    "PermissionContract",
    "PersonalDataContract",
    "PluginContract",
    "PublicationGateContract",
    "QuickStrategyContract",
    "SealedColumnContract",
    "SettingsContract",
    "SlotProviderContract",
    "SwitchReactionContract",
    "catalogues",
    "context",
    "less_known",
    "needs",
    "reference_programmes",
    "requests",
    "sheets",
]
