"""The board: every plugin that was found, what became of it, and all that the loaded ones registered.

One board per application; nothing here is global. It is filled once, at boot, by `core.extension.loading`.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar, get_args, get_type_hints, overload

import msgspec

from core.contracts.accounts import AccountCarrier
from core.contracts.agenda import BusySource, SlotProvider
from core.contracts.booking import BookingRule, InterviewChannel
from core.contracts.deprecation import Deprecation
from core.contracts.digests import DigestCarrier
from core.contracts.events import EventHandler
from core.contracts.exports import Exporter
from core.contracts.gates import PublicationGate
from core.contracts.matching import MatchingStrategy
from core.contracts.messages import MessageTemplate
from core.contracts.notices import NoticeCarrier
from core.contracts.offers import OfferCarrier
from core.contracts.partners import PartnerNetwork
from core.contracts.personal import PersonalData
from core.contracts.reactions import SwitchReaction
from core.contracts.surfaces import (
    CommandSpec,
    HealthCheck,
    JobSpec,
    NavItem,
    PageBlock,
    Permission,
    RouteSet,
    SealedColumn,
    SettingsSpec,
)
from core.errors import PluginError
from core.extension.discovery import Candidate
from core.extension.manifest import Manifest

T = TypeVar("T")
State = Literal["discovered", "blocked", "incompatible", "failed", "loaded"]


class Owned(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A registered object and the id of the plugin that owns it."""

    plugin_id: str
    item: T


class PluginRecord(msgspec.Struct, kw_only=True):
    """One plugin and what became of it. `reason` says why it is not loaded and how to mend that, `deprecated` what it should
    stop using. `defaults` is the Struct of its settings when nothing is set.
    """

    id: str
    state: State
    origin: str
    candidate: Candidate
    manifest: Manifest | None = None
    reason: str = ""
    module: ModuleType | None = None
    settings: SettingsSpec | None = None
    defaults: Any = None
    hooks: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()


class Registered(Generic[T]):
    """One kind of object that plugins register: read from a board, the objects with their owners, in the order of the loading."""

    def __set_name__(self, owner: "type[Board]", name: str) -> None:
        self._kind = name

    @overload
    def __get__(self, board: None, owner: "type[Board]") -> "Registered[T]": ...
    @overload
    def __get__(self, board: "Board", owner: "type[Board]") -> tuple[Owned[T], ...]: ...
    def __get__(
        self, board: "Board | None", owner: "type[Board]"
    ) -> "Registered[T] | tuple[Owned[T], ...]":
        return self if board is None else self.of(board)

    def of(self, board: "Board") -> tuple[Owned[T], ...]:
        """What a board has of this kind."""
        return board.owned[self._kind]


class ByKey(Generic[T]):
    """The same, read as a mapping by key."""

    def __set_name__(self, owner: "type[Board]", name: str) -> None:
        self._kind = name

    @overload
    def __get__(self, board: None, owner: "type[Board]") -> "ByKey[T]": ...
    @overload
    def __get__(self, board: "Board", owner: "type[Board]") -> dict[str, Owned[T]]: ...
    def __get__(
        self, board: "Board | None", owner: "type[Board]"
    ) -> "ByKey[T] | dict[str, Owned[T]]":
        if board is None:
            return self
        return {str(key_of(owned.item)): owned for owned in board.owned[self._kind]}


class Board:
    """What is loaded. Each `register_<kind>` of `hookspecs.py` fills the kind of that name."""

    slot_providers: Registered[SlotProvider] = Registered()
    busy_sources: Registered[BusySource] = Registered()
    interview_channels: ByKey[InterviewChannel] = ByKey()
    matching_strategies: ByKey[MatchingStrategy] = ByKey()
    exporters: ByKey[Exporter] = ByKey()
    booking_rules: Registered[BookingRule] = Registered()
    publication_gates: Registered[PublicationGate] = Registered()
    partner_networks: Registered[PartnerNetwork] = Registered()
    notice_carriers: Registered[NoticeCarrier] = Registered()
    offer_carriers: Registered[OfferCarrier] = Registered()
    digest_carriers: Registered[DigestCarrier] = Registered()
    account_carriers: Registered[AccountCarrier] = Registered()
    message_templates: ByKey[MessageTemplate] = ByKey()
    routes: Registered[RouteSet] = Registered()
    page_blocks: Registered[PageBlock] = Registered()
    nav_items: Registered[NavItem] = Registered()
    permissions: Registered[Permission] = Registered()
    jobs: Registered[JobSpec] = Registered()
    commands: Registered[CommandSpec] = Registered()
    personal_data: Registered[PersonalData] = Registered()
    sealed_columns: Registered[SealedColumn] = Registered()
    health_checks: Registered[HealthCheck] = Registered()
    event_handlers: Registered[EventHandler] = Registered()
    switch_reactions: ByKey[SwitchReaction] = ByKey()

    def __init__(self) -> None:
        self.plugins: dict[str, PluginRecord] = {}
        self.owned: dict[str, tuple[Owned[Any], ...]] = dict.fromkeys(KINDS, ())
        self.deprecated: Mapping[str, Deprecation] = {}

    @property
    def loaded(self) -> list[PluginRecord]:
        """The loaded plugins, the core first, dependencies before dependants."""
        return [record for record in self.plugins.values() if record.state == "loaded"]

    @property
    def channels(self) -> dict[str, Owned[InterviewChannel]]:
        """The ways to meet, by key."""
        return self.interview_channels

    @property
    def strategies(self) -> dict[str, Owned[MatchingStrategy]]:
        """The matching strategies, by key."""
        return self.matching_strategies

    @property
    def templates(self) -> dict[str, Owned[MessageTemplate]]:
        """The editable texts of messages, by key."""
        return self.message_templates

    def add(self, plugin_id: str, kind: str, items: Iterable[Any]) -> None:
        """Registers the objects of one plugin, whose shape was checked. Raises `PluginError` on a key that is taken."""
        owner_of = {key_of(owned.item): owned.plugin_id for owned in self.owned[kind]}
        fresh = []
        for item in items:
            key = key_of(item)
            if key is not None and key in owner_of:
                raise PluginError(
                    f"{kind}: the key {key!r} is registered by both {owner_of[key]} and {plugin_id}; rename one"
                )
            owner_of[key] = plugin_id
            fresh.append(Owned(plugin_id=plugin_id, item=item))
        self.owned[kind] = (*self.owned[kind], *fresh)

    def drop(self, plugin_id: str) -> None:
        """Forgets all that a plugin registered."""
        for kind, owned in self.owned.items():
            self.owned[kind] = tuple(one for one in owned if one.plugin_id != plugin_id)


def key_of(item: Any) -> str | None:
    """The key by which a registered object is chosen and stored; None for a kind that has none."""
    key: str | None = getattr(item, "key", None)
    return key


KINDS: Mapping[str, type[Any]] = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(Board).items()
    if getattr(hint, "__origin__", None) in {Registered, ByKey}
}
"""Every kind that may be registered, with its Protocol or Struct."""
