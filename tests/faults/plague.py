"""A plugin that registers one object of every kind, made from the kinds themselves: whatever the host may call fails on demand.

`FAULT` says which member of which object fails, and in which way; the others answer as they should. A Protocol that is new gets its
object here by itself; a Struct that is new has no maker, and the first test says so.
"""

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import get_args, get_origin, get_type_hints

import msgspec
from litestar import get

import hookspecs
from core.extension.board import KINDS
from hookspecs import (
    BusyAnswer,
    CommandSpec,
    Delivery,
    Edition,
    Health,
    JobSpec,
    Judgement,
    Meeting,
    MessageTemplate,
    NavItem,
    PageBlock,
    Permission,
    Preview,
    RouteSet,
    Sample,
    SealedColumn,
    SettingsSpec,
    Verdict,
    Written,
    hookimpl,
)

ID = "plague"
FURTHER = {
    "matching_strategies": (
        hookspecs.QuickStrategy,
        hookspecs.TwoWayStrategy,
        hookspecs.EditedStrategy,
        Judgement,
    ),
    "personal_data": (hookspecs.ReadablePersonalData,),
}
"""What an object of a kind may be able to do besides."""
BLOCK_SECONDS = 4.0
WAYS = ("raises", "hangs", "blocks", "spins", "answers_nonsense", "exits", "cancels", "leaks")


class Fault:
    """Which (kind, member) fails and how; what was left running by `leaks`, and what the host found wrong."""

    entry = way = ""

    def __init__(self):
        self.left, self.problems, self.released = [], [], threading.Event()

    def at(self, entry, way):
        """From now on; what blocked until now goes on."""
        self.released.set()
        self.released = threading.Event()
        self.entry, self.way, self.left, self.problems = entry, way, [], []

    def answer(self, entry, args):
        """What a plain `def` answers."""
        return self._fail() if entry == self.entry else BENIGN.get(entry, nothing)(*args)

    async def answer_later(self, entry, args):
        """What an `async def` answers."""
        if entry == self.entry and self.way == "hangs":
            await asyncio.Event().wait()
        found = self.answer(entry, args)
        if entry == self.entry and self.way == "leaks":
            return BENIGN.get(entry, nothing)(*args)
        return found

    def _fail(self):
        if self.way == "raises":
            raise LookupError("on purpose")
        if self.way in {"hangs", "blocks"}:
            self.released.wait(BLOCK_SECONDS)
        if self.way == "spins":
            until = time.perf_counter() + 30
            while time.perf_counter() < until:
                pass
        if self.way == "exits":
            raise SystemExit(3)
        if self.way == "cancels":
            raise asyncio.CancelledError
        if self.way == "leaks":
            self.left.append(asyncio.get_running_loop().create_task(asyncio.Event().wait()))
            return BENIGN.get(self.entry, nothing)()
        return object()


FAULT = Fault()


def nothing(*_):
    return None


def always(answer):
    return lambda *_: answer


class Judged:
    """A judgement of one sheet, whose reasons fail when asked to."""

    scores, excluded = (0.5,), (False,)

    def explain(self, place):
        return FAULT.answer(("matching_strategies", "explain"), (place,))


VERDICT = Verdict(programme_id="sheet", score=0.5)
BENIGN = {
    ("slot_providers", "list_open"): always([]),
    ("busy_sources", "list_busy"): always(BusyAnswer()),
    ("publication_gates", "closed"): always({}),
    ("interview_channels", "prepare"): always(Meeting()),
    ("matching_strategies", "rank"): always([VERDICT]),
    ("matching_strategies", "judge"): always(Judged()),
    ("matching_strategies", "judge_crowd"): always(Judged()),
    ("matching_strategies", "explain"): always(VERDICT),
    ("matching_strategies", "read_edition"): always(Edition(version="1")),
    ("exporters", "export"): always(b"all"),
    ("booking_rules", "check"): always([]),
    ("partner_networks", "list_structures"): always([]),
    **{
        (f"{kind}_carriers", f"carries{ending}"): always(True)
        for kind, ending in (
            ("notice", ""),
            ("offer", "_offer"),
            ("digest", "_digest"),
            ("account", "_account"),
        )
    },
    **{
        (f"{kind}_carriers", f"send{ending}"): always(Delivery(outcome="sent"))
        for kind, ending in (
            ("notice", ""),
            ("offer", "_offer"),
            ("digest", "_digest"),
            ("account", "_account"),
        )
    },
    ("message_templates", "samples"): always([Sample(label="Un cas", values={})]),
    ("message_templates", "preview"): always(Preview(text="Bonjour")),
    ("personal_data", "export"): always([]),
    ("commands", "run"): always("done"),
    ("health_checks", "check"): always([Health(name="Peste", state="ok")]),
    ("page_blocks", "values"): always({}),
    ("routes", "handlers"): always("Page de la peste"),
    ("settings", "check_settings"): always([Health(name="Peste", state="ok")]),
    ("settings", "migrate"): always({}),
}
DATA = frozenset({"nav_items", "permissions", "sealed_columns"})
"""Kinds of which nothing is ever called."""


def entries():
    """Every (kind, member) that the host may call."""
    found = [("settings", name) for name in functions_of(SettingsSpec)]
    for kind, wanted in KINDS.items():
        for one in (wanted, *FURTHER.get(kind, ())):
            found += [(kind, name) for name in functions_of(one) if (kind, name) not in found]
    return [*found, ("routes", "handlers")]


def functions_of(wanted):
    """The names of what is called: methods of a Protocol, functions in the fields of a Struct."""
    if issubclass(wanted, msgspec.Struct):
        hints = get_type_hints(wanted).items()
        return [
            name
            for name, hint in hints
            if any(get_origin(one) is Callable for one in (hint, *get_args(hint)))
        ]
    methods = inspect.getmembers(wanted, inspect.isfunction)
    return [name for name, _ in methods if not name.startswith("_")]


def faulty(entry, asynchronous):
    async def later(*args):
        return await FAULT.answer_later(entry, args)

    def at_once(*args):
        return FAULT.answer(entry, args)

    return later if asynchronous else at_once


def method(kind, name, wanted):
    """The member of an object, written as the Protocol asks."""
    answer = faulty((kind, name), asynchronous=True)
    if "AsyncIterator" in str(inspect.signature(wanted).return_annotation):

        async def stream(_, *args):
            yield await answer(*args)

        return stream
    if inspect.iscoroutinefunction(wanted):

        async def later(_, *args):
            return await answer(*args)

        return later
    plain = faulty((kind, name), asynchronous=False)
    return lambda _, *args: plain(*args)


def made_of(kind, wanted):
    """One object of a Protocol (and of what it may do besides)."""
    members = {
        name: method(kind, name, getattr(one, name))
        for one in {KINDS[kind], wanted}
        for name in functions_of(one)
    }
    values = {
        "key": f"{ID}:{wanted.__name__}",
        "label": "Peste",
        "mode": "phone",
        "needs_site": False,
        "media_type": "text/plain",
        "file_name": "peste.txt",
    }
    return type(wanted.__name__, (), {**values, **members})()


@get("/page")
async def page() -> str:
    return await FAULT.answer_later(("routes", "handlers"), ())


MAKERS = {
    "message_templates": lambda: MessageTemplate(
        key=f"{ID}:text",
        kind="confirmation",
        audience="youth",
        carrier=f"{ID}:NoticeCarrier",
        sources={"fr": Written(body="Bonjour")},
        variables={},
        samples=faulty(("message_templates", "samples"), asynchronous=False),
        preview=faulty(("message_templates", "preview"), asynchronous=False),
    ),
    "routes": lambda: RouteSet(handlers=[page]),
    "page_blocks": lambda: PageBlock(
        place="structure.page",
        template=f"{ID}/block.html",
        values=faulty(("page_blocks", "values"), asynchronous=True),
    ),
    "nav_items": lambda: NavItem(label="Peste", path=f"/p/{ID}/page"),
    "permissions": lambda: Permission(key=f"{ID}:look", label="Regarder"),
    "jobs": lambda: JobSpec(
        key=f"{ID}:job",
        every=timedelta(hours=1),
        run=faulty(("jobs", "run"), asynchronous=True),
    ),
    "commands": lambda: CommandSpec(
        key=f"{ID}:command", summary="Fails.", run=faulty(("commands", "run"), asynchronous=True)
    ),
    "sealed_columns": lambda: SealedColumn(table=f"{ID}_none", column="none", purpose=ID),
}


class PlagueSettings(msgspec.Struct, frozen=True, kw_only=True):
    words: str = ""


def hooks():
    """The hooks of the plugin: `globals().update(hooks())`."""

    def registering(found):
        return hookimpl(lambda: found)

    made = {
        kind: [MAKERS[kind]()]
        if issubclass(wanted, msgspec.Struct)
        else [
            made_of(kind, one) for one in (wanted, *FURTHER.get(kind, ())) if one is not Judgement
        ]
        for kind, wanted in KINDS.items()
    }
    settings = SettingsSpec(
        struct=PlagueSettings,
        version=2,
        migrate=faulty(("settings", "migrate"), asynchronous=False),
        check_settings=faulty(("settings", "check_settings"), asynchronous=True),
    )
    return {
        f"register_{kind}": registering(found)
        for kind, found in {**made, "settings": settings}.items()
    }
