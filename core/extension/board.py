"""The board: every loaded plugin and all that it registered, each object stamped with its owner.

One board per application; nothing here is global. A plugin that cannot be loaded is a state with a reason, never an
exception, except in strict mode.
"""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar

import msgspec
import pluggy

from core.contracts import (
    agenda,
    booking,
    digests,
    events,
    exports,
    matching,
    messages,
    notices,
    offers,
    surfaces,
)
from core.errors import PluginError
from core.extension.discovery import Candidate
from core.extension.manifest import Manifest, api_matches
from core.extension.markers import PROJECT

T = TypeVar("T")
State = Literal["blocked", "incompatible", "failed", "loaded"]

_KINDS: Mapping[str, type[Any]] = {
    "slot_providers": agenda.SlotProvider,
    "busy_sources": agenda.BusySource,
    "interview_channels": booking.InterviewChannel,
    "matching_strategies": matching.MatchingStrategy,
    "exporters": exports.Exporter,
    "booking_rules": booking.BookingRule,
    "notice_carriers": notices.NoticeCarrier,
    "offer_carriers": offers.OfferCarrier,
    "digest_carriers": digests.DigestCarrier,
    "event_handlers": events.EventHandler,
    "health_checks": surfaces.HealthCheck,
}
_STRUCT_KINDS: Mapping[str, type[Any]] = {
    "routes": surfaces.RouteSet,
    "page_blocks": surfaces.PageBlock,
    "nav_items": surfaces.NavItem,
    "jobs": surfaces.JobSpec,
    "message_templates": messages.MessageTemplate,
}


class Owned(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A registered object and the id of the plugin that owns it."""

    plugin_id: str
    item: T


class PluginRecord(msgspec.Struct, kw_only=True):
    """One plugin and what became of it. `reason` says why it is not loaded and how to mend that."""

    id: str
    state: State
    origin: str
    candidate: Candidate
    manifest: Manifest | None = None
    reason: str = ""
    module: ModuleType | None = None
    settings: surfaces.SettingsSpec | None = None
    hooks: tuple[str, ...] = ()


class Board:
    """What is loaded. The collections are tuples of `Owned`, in a stable order (plugin id, key)."""

    def __init__(self) -> None:
        self.plugins: dict[str, PluginRecord] = {}
        self._owned: dict[str, tuple[Owned[Any], ...]] = dict.fromkeys(
            (*_KINDS, *_STRUCT_KINDS), ()
        )

    @property
    def loaded(self) -> list[PluginRecord]:
        """The loaded plugins, the core first, dependencies before dependants."""
        return [record for record in self.plugins.values() if record.state == "loaded"]

    @property
    def slot_providers(self) -> tuple[Owned[agenda.SlotProvider], ...]:
        """Who tells when advisors are open."""
        return self._owned["slot_providers"]

    @property
    def busy_sources(self) -> tuple[Owned[agenda.BusySource], ...]:
        """Who tells when advisors are busy."""
        return self._owned["busy_sources"]

    @property
    def channels(self) -> dict[str, Owned[booking.InterviewChannel]]:
        """The ways to meet, by key."""
        return {owned.item.key: owned for owned in self._owned["interview_channels"]}

    @property
    def strategies(self) -> dict[str, Owned[matching.MatchingStrategy]]:
        """The matching strategies, by key."""
        return {owned.item.key: owned for owned in self._owned["matching_strategies"]}

    @property
    def exporters(self) -> dict[str, Owned[exports.Exporter]]:
        """The exporters, by key."""
        return {owned.item.key: owned for owned in self._owned["exporters"]}

    @property
    def booking_rules(self) -> tuple[Owned[booking.BookingRule], ...]:
        """The rules of booking."""
        return self._owned["booking_rules"]

    @property
    def notice_carriers(self) -> tuple[Owned[notices.NoticeCarrier], ...]:
        """Who brings messages."""
        return self._owned["notice_carriers"]

    @property
    def offer_carriers(self) -> tuple[Owned[offers.OfferCarrier], ...]:
        """Who tells that a slot is kept."""
        return self._owned["offer_carriers"]

    @property
    def digest_carriers(self) -> tuple[Owned[digests.DigestCarrier], ...]:
        """Who tells staff about a week."""
        return self._owned["digest_carriers"]

    @property
    def templates(self) -> dict[str, Owned[messages.MessageTemplate]]:
        """The editable texts of messages, by key."""
        return {owned.item.key: owned for owned in self._owned["message_templates"]}

    @property
    def event_handlers(self) -> tuple[Owned[events.EventHandler], ...]:
        """Who reacts to domain events."""
        return self._owned["event_handlers"]

    @property
    def health_checks(self) -> tuple[Owned[surfaces.HealthCheck], ...]:
        """Who tells how it is."""
        return self._owned["health_checks"]

    @property
    def routes(self) -> tuple[Owned[surfaces.RouteSet], ...]:
        """The plugins' pages."""
        return self._owned["routes"]

    @property
    def page_blocks(self) -> tuple[Owned[surfaces.PageBlock], ...]:
        """Pieces of core pages."""
        return self._owned["page_blocks"]

    @property
    def nav_items(self) -> tuple[Owned[surfaces.NavItem], ...]:
        """Entries of the staff menu."""
        return self._owned["nav_items"]

    @property
    def jobs(self) -> tuple[Owned[surfaces.JobSpec], ...]:
        """Work on a beat."""
        return self._owned["jobs"]

    def add(self, plugin_id: str, kind: str, items: Iterable[Any]) -> None:
        """Registers the objects of one plugin. Raises `PluginError` on a wrong shape or a key that is taken."""
        known = {
            owned.item.key: owned.plugin_id
            for owned in self._owned[kind]
            if hasattr(owned.item, "key")
        }
        fresh = []
        for item in items:
            _check_shape(kind, item)
            key = getattr(item, "key", None)
            if key in known:
                raise PluginError(
                    f"{kind}: the key {key!r} is registered by both {known[key]} and {plugin_id}; rename one"
                )
            if key is not None:
                known[key] = plugin_id
            fresh.append(Owned(plugin_id=plugin_id, item=item))
        self._owned[kind] = (*self._owned[kind], *fresh)

    def drop(self, plugin_id: str) -> None:
        """Forgets all that a plugin registered."""
        for kind, owned in self._owned.items():
            self._owned[kind] = tuple(o for o in owned if o.plugin_id != plugin_id)


def build_board(
    specs: ModuleType,
    core_module: ModuleType,
    core_manifest: Manifest,
    candidates: Sequence[Candidate],
    *,
    denied: Sequence[str] = (),
    strict: bool = False,
    preflight: Callable[[str, Sequence[surfaces.RouteSet]], None] | None = None,
) -> Board:
    """Loads the core, then every candidate that can be, in dependency order, against the hooks of `specs`.

    In strict mode the first fault raises `PluginError`; otherwise it becomes the plugin's state.
    """
    board = Board()
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    core = Candidate(
        id="core",
        module=core_module.__name__,
        folder=Path(str(core_module.__file__)).parent,
        origin="core",
    )
    board.plugins["core"] = PluginRecord(
        id="core", state="loaded", origin="core", candidate=core, manifest=core_manifest
    )
    _register(board, manager, board.plugins["core"], core_module)
    for candidate in _in_order(candidates):
        record = PluginRecord(
            id=candidate.id,
            state="failed",
            origin=candidate.origin,
            candidate=candidate,
            manifest=candidate.manifest,
            reason=candidate.problem,
        )
        board.plugins[candidate.id] = record
        try:
            _load(board, manager, record, denied, preflight)
        except PluginError as error:
            record.reason = str(error)
        except Exception as error:  # noqa: BLE001 - a plugin's import may raise anything
            record.reason = f"{type(error).__name__}: {error}"
        if record.state != "loaded":
            board.drop(candidate.id)
            if strict and record.state != "blocked":
                raise PluginError(f"plugin {record.id}: {record.reason}")
    return board


def _load(
    board: Board,
    manager: pluggy.PluginManager,
    record: PluginRecord,
    denied: Sequence[str],
    preflight: Callable[[str, Sequence[surfaces.RouteSet]], None] | None,
) -> None:
    manifest = record.manifest
    if record.id in denied:
        record.state, record.reason = "blocked", "denied in the settings ([plugins] denied)"
        return
    if manifest is None:
        raise PluginError(record.reason)
    if not api_matches(manifest.api):
        record.state, record.reason = "incompatible", f"made for API {manifest.api}"
        return
    for needed in manifest.requires:
        other = board.plugins.get(needed)
        if other is None or other.state != "loaded":
            raise PluginError(f"requires {needed}, which is not loaded")
    for enemy in manifest.conflicts:
        if enemy in board.plugins and board.plugins[enemy].state == "loaded":
            raise PluginError(f"conflicts with {enemy}, which is loaded; deny one of them")
    module = importlib.import_module(record.candidate.module)
    _register(board, manager, record, module)
    if preflight is not None:
        preflight(record.id, [o.item for o in board.routes if o.plugin_id == record.id])
    record.state = "loaded"


def _register(
    board: Board, manager: pluggy.PluginManager, record: PluginRecord, module: ModuleType
) -> None:
    """Registers the module's hooks with pluggy, then collects what they return."""
    manager.register(module, name=record.id)
    try:
        callers = manager.get_hookcallers(module) or []
        unknown = [caller.name for caller in callers if not caller.has_spec()]
        if unknown:
            raise PluginError(f"unknown hook {unknown[0]!r}; the hooks are listed in hookspecs.py")
        for caller in callers:
            implementation = next(i for i in caller.get_hookimpls() if i.plugin is module)
            if implementation.hookwrapper or implementation.wrapper:
                raise PluginError(f"{caller.name} is a wrapper; plugins only register objects")
            _collect(board, record, caller.name.removeprefix("register_"), implementation.function)
    except BaseException:
        manager.unregister(module)
        raise
    record.module = module
    record.hooks = tuple(sorted(caller.name for caller in callers))


def _collect(
    board: Board, record: PluginRecord, kind: str, implementation: Callable[[], Any]
) -> None:
    answer = implementation()
    if kind == "settings":
        if answer is not None and not isinstance(answer, surfaces.SettingsSpec):
            raise PluginError("register_settings must return a SettingsSpec")
        record.settings = answer
        return
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise PluginError(f"register_{kind} must return a list, not {type(answer).__name__}")
    board.add(record.id, kind, answer)


def _check_shape(kind: str, item: Any) -> None:
    """Compares an object with its Protocol: attributes, signatures, and what must be a coroutine."""
    if kind in _STRUCT_KINDS:
        if not isinstance(item, _STRUCT_KINDS[kind]):
            raise PluginError(f"{kind}: {item!r} is not a {_STRUCT_KINDS[kind].__name__}")
        return
    protocol = _KINDS[kind]
    for name in protocol.__annotations__:
        if not hasattr(item, name):
            raise PluginError(f"{kind}: {type(item).__name__} has no attribute {name!r}")
    for name, wanted in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("_"):
            continue
        method = getattr(item, name, None)
        if not callable(method):
            raise PluginError(f"{kind}: {type(item).__name__} has no method {name!r}")
        if inspect.iscoroutinefunction(wanted) != inspect.iscoroutinefunction(method):
            word = "async def" if inspect.iscoroutinefunction(wanted) else "def"
            raise PluginError(f"{kind}: {type(item).__name__}.{name} must be `{word}`")
        expected = list(inspect.signature(wanted).parameters)[1:]
        try:
            inspect.signature(method).bind(*expected)
        except TypeError as error:
            raise PluginError(
                f"{kind}: {type(item).__name__}.{name} must accept ({', '.join(expected)})"
            ) from error


def _in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Dependencies first, else by id. A circle keeps the order of ids; its members then fail on `requires`."""
    by_id = {candidate.id: candidate for candidate in candidates}
    ordered: dict[str, Candidate] = {}

    def visit(candidate: Candidate, path: tuple[str, ...]) -> None:
        if candidate.id in ordered or candidate.id in path:
            return
        for needed in candidate.manifest.requires if candidate.manifest else ():
            if needed in by_id:
                visit(by_id[needed], (*path, candidate.id))
        ordered[candidate.id] = candidate

    for candidate in sorted(candidates, key=lambda c: c.id):
        visit(candidate, ())
    return list(ordered.values())
