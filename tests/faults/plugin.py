"""The fault plugin: every capability there is, each of which raises, hangs, or answers nonsense.

The tests copy this file into a plugin folder, once for each way to fail; `MODE` is the last part of the folder's name.
"""

import asyncio
import threading
from datetime import timedelta

from litestar import get

from hookspecs import (
    Health,
    JobSpec,
    NavItem,
    PageBlock,
    RouteSet,
    hookimpl,
)

NAME = __name__.rpartition(".")[2]
MODE = NAME.rpartition("_")[2]
NEVER = threading.Event()


def fail():
    """Fails at once, on the thread that asks."""
    if MODE == "raises":
        raise RuntimeError("fault on purpose")
    if MODE == "hangs":
        NEVER.wait()
    return object()


async def fail_async():
    """Fails while it is awaited."""
    if MODE == "hangs":
        await asyncio.Event().wait()
    return fail()


class Fault:
    """Stands for any registered object."""

    label = "Panne"
    mode = "video"
    needs_site = False
    media_type = "text/csv"
    file_name = "panne.csv"

    def __init__(self, what):
        self.key = f"{NAME}:{what}"


class Provider(Fault):
    async def list_open(self, context, query):
        return await fail_async()


class Channel(Fault):
    async def prepare(self, context, appointment):
        return await fail_async()

    async def release(self, context, appointment):
        return await fail_async()


class Strategy(Fault):
    def rank(self, context, need, programmes):
        return fail()


class Exporter(Fault):
    async def export(self, context, request):
        yield await fail_async()


class Carrier(Fault):
    def carries(self, context, notice):
        return True

    async def send(self, context, notice):
        return await fail_async()


class Undecided(Fault):
    def carries(self, context, notice):
        return fail()

    async def send(self, context, notice):
        raise AssertionError("never asked: it does not say that it carries anything")


class Handler(Fault):
    async def handle(self, context, event):
        return await fail_async()


class Reaction(Fault):
    async def enabled(self, context):
        return await fail_async()

    async def disabled(self, context):
        return await fail_async()


class Check(Fault):
    async def check(self, context):
        return [Health(name="never seen", state="ok"), await fail_async()]


class Rule(Fault):
    def check(self, context, request):
        return fail()


async def values(context, page):
    return await fail_async()


async def job(context):
    return await fail_async()


@get("/page")
async def page() -> str:
    return fail()  # no one waits for a page but its visitor: it never hangs here


@hookimpl
def register_slot_providers():
    return [Provider("provider")]


@hookimpl
def register_interview_channels():
    return [Channel("channel")]


@hookimpl
def register_matching_strategies():
    return [Strategy("strategy")]


@hookimpl
def register_exporters():
    return [Exporter("export")]


@hookimpl
def register_notice_carriers():
    return [Carrier("carrier"), Undecided("undecided")]


@hookimpl
def register_event_handlers():
    return [Handler("handler")]


@hookimpl
def register_switch_reactions():
    return [Reaction("reaction")]


@hookimpl
def register_health_checks():
    return [Check("health")]


@hookimpl
def register_page_blocks():
    places = ("advisor.agenda", "appointment.page", "network.structure")
    return [PageBlock(place=place, template="web/error.html", values=values) for place in places]


@hookimpl
def register_routes():
    return [] if MODE == "hangs" else [RouteSet(handlers=[page])]


@hookimpl
def register_nav_items():
    return [NavItem(label="Panne", path=f"/p/{NAME}/page")]


@hookimpl
def register_jobs():
    every = timedelta(minutes=1)
    return [JobSpec(key=f"{NAME}:job", every=every, run=job, timeout=timedelta(seconds=0.3))]
