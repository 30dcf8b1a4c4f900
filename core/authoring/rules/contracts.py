"""Each thing that it registers is held by its contract."""

from collections.abc import Iterator, Mapping

from core.authoring.rule import Rule
from core.authoring.rules.tested import contracts_of
from core.authoring.subject import Subject

CONTRACTS: Mapping[str, tuple[str, ...]] = {
    "slot_providers": ("SlotProviderContract",),
    "busy_sources": ("BusySourceContract",),
    "interview_channels": ("InterviewChannelContract",),
    "matching_strategies": ("MatchingStrategyContract", "QuickStrategyContract"),
    "exporters": ("ExporterContract",),
    "booking_rules": ("BookingRuleContract",),
    "publication_gates": ("PublicationGateContract",),
    "partner_networks": ("PartnerNetworkContract",),
    "notice_carriers": ("NoticeCarrierContract",),
    "offer_carriers": ("OfferCarrierContract",),
    "digest_carriers": ("DigestCarrierContract",),
    "account_carriers": ("AccountCarrierContract",),
    "event_handlers": ("EventHandlerContract",),
    "switch_reactions": ("SwitchReactionContract",),
    "personal_data": ("PersonalDataContract",),
    "health_checks": ("HealthCheckContract",),
    "page_blocks": ("PageBlockContract",),
    "jobs": ("JobContract",),
    "commands": ("CommandContract",),
    "message_templates": ("MessageTemplateContract",),
    "settings": ("SettingsContract",),
    "sealed_columns": ("SealedColumnContract",),
    "nav_items": ("NavItemContract",),
    "permissions": ("PermissionContract",),
    "routes": ("PluginContract",),
}
"""The classes of `core.testing.contracts` that hold a kind: one of them is enough. `PluginContract` visits every page."""


def find(subject: Subject) -> Iterator[str]:
    """What it registers and no test holds."""
    present = contracts_of(subject)
    for kind in sorted(subject.kinds & set(CONTRACTS)):
        if not present & set(CONTRACTS[kind]):
            yield f"{kind}: subclass {' or '.join(CONTRACTS[kind])} in its tests"


RULE = Rule(
    id="contracts",
    level="silver",
    title="What it registers has its contract test",
    reason="A contract knows the traps: a second call, another structure, a network that is down, a name that is a formula.",
    find=find,
)
