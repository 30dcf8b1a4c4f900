"""Loading the plugins: deny-list, manifest, API range, requirements, import, registration, preflight of the routes.

Each step may fail for one plugin and no other: the outcome is a state with a reason, never a server that does not start. In
strict mode (tests, CI) the first fault is fatal.
"""

import importlib
import inspect
import warnings
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core.contracts.surfaces import RouteSet, SettingsSpec
from core.errors import PluginError
from core.extension.board import KINDS, Board, PluginRecord, key_of
from core.extension.deprecation import deprecated_uses
from core.extension.discovery import Candidate
from core.extension.manifest import Manifest, api_matches
from core.extension.markers import PROJECT
from core.extension.plugin_settings import spec_fault
from core.extension.shapes import check_shape
from core.extension.starting import answers_of, in_time
from core.storage.migrate import core_tables

MountsRoutes = Callable[[str, Sequence[RouteSet]], None]


def build_board(
    specs: ModuleType,
    core_module: ModuleType,
    core_manifest: Manifest,
    candidates: Sequence[Candidate],
    *,
    denied: Sequence[str] = (),
    strict: bool = False,
    preflight: MountsRoutes | None = None,
) -> Board:
    """Loads the core, then every candidate that can be, in dependency order, against the hooks of `specs`.

    In strict mode the first fault raises `PluginError`; otherwise it becomes the plugin's state.
    """
    board = Board()
    board.deprecated = getattr(specs, "DEPRECATED", {})
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
    for candidate in in_order(candidates):
        record = PluginRecord(
            id=candidate.id,
            state="discovered",
            origin=candidate.origin,
            candidate=candidate,
            manifest=candidate.manifest,
        )
        board.plugins[candidate.id] = record
        try:
            _load(board, manager, record, denied, preflight)
        except PluginError as error:
            record.state, record.reason = "failed", str(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's import may raise anything
            record.state, record.reason = "failed", f"{type(error).__name__}: {error}"
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
    preflight: MountsRoutes | None,
) -> None:
    if record.id in denied:
        record.state, record.reason = "blocked", "denied in the settings ([plugins] denied)"
        return
    manifest = record.manifest
    if manifest is None:
        raise PluginError(record.candidate.problem)
    if not api_matches(manifest.api):
        record.state, record.reason = "incompatible", f"made for API {manifest.api}"
        return
    ours = sorted(name for name in core_tables() if name.startswith(f"{record.id}_"))
    if ours:
        raise PluginError(f"the id is reserved: the core has the table {ours[0]}; choose another")
    for needed in manifest.requires:
        other = board.plugins.get(needed)
        if other is None or other.state != "loaded":
            raise PluginError(f"requires {needed}, which is not loaded")
    for enemy in manifest.conflicts:
        if enemy in board.plugins and board.plugins[enemy].state == "loaded":
            raise PluginError(f"conflicts with {enemy}, which is loaded; deny one of them")
    module = in_time(partial(importlib.import_module, record.candidate.module))
    _register(board, manager, record, module)
    _check_promises(board, record, manifest)
    record.deprecated = tuple(deprecated_uses(board, record))
    for announcement in record.deprecated:
        warnings.warn(f"plugin {record.id}: {announcement}", DeprecationWarning, stacklevel=2)
    if preflight is not None:
        preflight(record.id, [o.item for o in board.routes if o.plugin_id == record.id])
    record.state = "loaded"


def _register(
    board: Board, manager: pluggy.PluginManager, record: PluginRecord, module: ModuleType
) -> None:
    """Registers the module's hooks with pluggy, then collects what they return."""
    manager.register(module, name=record.id)
    hooks: dict[str, Callable[[], Any]] = {}
    try:
        callers = manager.get_hookcallers(module) or []
        for caller in callers:
            if not caller.has_spec():
                raise PluginError(_unknown_hook(manager, caller.name))
            implementation = next(i for i in caller.get_hookimpls() if i.plugin is module)
            if implementation.hookwrapper or implementation.wrapper:
                raise PluginError(f"{caller.name} is a wrapper; plugins only register objects")
            if inspect.signature(implementation.function).parameters:
                raise PluginError(
                    f"{caller.name} takes no argument; objects are told all when asked"
                )
            hooks[caller.name.removeprefix("register_")] = implementation.function
        for kind, answer in in_time(partial(answers_of, hooks)).items():
            _collect(board, record, kind, answer)
    except BaseException:
        manager.unregister(module)
        raise
    record.module = module
    record.hooks = tuple(sorted(caller.name for caller in callers))


def _unknown_hook(manager: pluggy.PluginManager, name: str) -> str:
    known = [f"register_{kind}" for kind in (*KINDS, "settings")]
    near = get_close_matches(name, known, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"unknown hook {name!r}{meant} The hooks are listed in hookspecs.py"


def _collect(board: Board, record: PluginRecord, kind: str, answer: Any) -> None:
    if kind == "settings":
        if answer is not None and not isinstance(answer, SettingsSpec):
            raise PluginError("register_settings must return a SettingsSpec")
        if answer is not None:
            if fault := in_time(partial(spec_fault, answer)):
                raise PluginError(fault)
            record.defaults = in_time(answer.struct)
        record.settings = answer
        return
    if inspect.iscoroutine(answer):
        answer.close()
        raise PluginError(
            f"register_{kind} must be `def`, not `async def`: it only registers objects"
        )
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise PluginError(f"register_{kind} must return a list, not {type(answer).__name__}")
    for item in answer:
        check_shape(kind, KINDS[kind], item)
        _check_key(record.id, kind, item)
    board.add(record.id, kind, answer)


def _check_key(plugin_id: str, kind: str, item: Any) -> None:
    """Keys are stored, in appointments and rankings: each begins with its plugin's id, so that no two ever meet. A channel may
    instead bear the name of its mode, as `video` does.
    """
    if plugin_id == "core" or not hasattr(item, "key"):
        return
    key = key_of(item)
    if kind == "interview_channels" and key == item.mode:
        return
    if not isinstance(key, str) or not key.startswith(f"{plugin_id}:") or key == f"{plugin_id}:":
        raise PluginError(f"{kind}: the key {key!r} must read {plugin_id}:<name>")


def _check_promises(board: Board, record: PluginRecord, manifest: Manifest) -> None:
    """The manifest is read by people who do not read code: what it promises must be so."""
    given = {kind for kind in KINDS if any(o.plugin_id == record.id for o in board.owned[kind])}
    given |= {"settings"} if record.settings is not None else set()
    for kind in manifest.capabilities:
        if kind not in given:
            raise PluginError(
                f"plugin.toml names the capability {kind!r}, but nothing registers it"
            )
    if manifest.personal_data == "stored" and "personal_data" not in given:
        raise PluginError(
            "plugin.toml says personal_data = 'stored': implement register_personal_data, which takes it out"
        )


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
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
