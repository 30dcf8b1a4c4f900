"""One registered object of every kind. What is called leaves a line in the audit trail: `canary.<what>` for a structure."""

from datetime import UTC, datetime, timedelta
from typing import get_args, get_type_hints

from litestar import get
from litestar.di import NamedDependency

from hookspecs import (
    BusyAnswer,
    BusyTime,
    CommandSpec,
    Delivery,
    Health,
    JobSpec,
    Meeting,
    MessageTemplate,
    NavItem,
    OpenTime,
    PageBlock,
    Permission,
    PluginContext,
    Preview,
    RouteSet,
    RuleRefusal,
    SealedColumn,
    SettingsSpec,
    Verdict,
    Written,
    hookimpl,
)

from .settings import CanarySettings, check_settings, migrate

OPENS = datetime(2027, 2, 3, 9, tzinfo=UTC)
BUSY = datetime(2027, 2, 2, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACES = get_args(get_type_hints(PageBlock)["place"])


async def sing(context, what):
    structure = context.structure.id if context.structure else None
    await context.services.database.execute(
        "INSERT INTO audit (at, action, structure, detail) VALUES ($1, $2, $3, $4)",
        context.now,
        f"canary.{what}",
        structure,
        {"structures": [ref.id for ref in context.structures]},
    )


class Canary:
    label = "Canari"
    mode = "phone"
    needs_site = False
    media_type = "text/plain"
    file_name = "canari.txt"

    def __init__(self, name):
        self.key = f"canary:{name}"


class Provider(Canary):
    async def list_open(self, context, query):
        return [
            OpenTime(advisor_id=one, starts_at=OPENS, ends_at=OPENS + HOUR, channels=("phone",))
            for one in query.advisor_ids
        ]


class Source(Canary):
    async def list_busy(self, context, query):
        return BusyAnswer(
            busy=[
                BusyTime(advisor_id=one, starts_at=BUSY, ends_at=BUSY + HOUR)
                for one in query.advisor_ids
            ]
        )


class Channel(Canary):
    async def prepare(self, context, appointment):
        return Meeting(instructions="Sifflez.")

    async def release(self, context, appointment):
        return None


class Strategy(Canary):
    def rank(self, context, need, programmes):
        return [Verdict(programme_id=one.id, score=1.0) for one in programmes]


class Exporter(Canary):
    async def export(self, context, request):
        yield " ".join(str(one) for one in request.structure_ids).encode()


class Rule(Canary):
    def check(self, context, request):
        return [RuleRefusal(rule=self.key, message="Le canari dort.")]


class Carrier(Canary):
    def carries(self, context, notice):
        return True

    def carries_offer(self, context, offer):
        return True

    def carries_digest(self, context, digest):
        return True

    def carries_account(self, context, notice):
        return True

    async def send(self, context, notice):
        return Delivery(outcome="sent")

    async def send_offer(self, context, offer):
        return Delivery(outcome="sent")

    async def send_digest(self, context, digest):
        return Delivery(outcome="sent")

    async def send_account(self, context, notice):
        return Delivery(outcome="sent")


class Gate(Canary):
    """Shut while the canary's greeting says so."""

    async def closed(self, context, structures):
        if context.settings.greeting != "fermé":
            return {}
        return dict.fromkeys(structures, "Le canari garde la porte.")


class Network(Canary):
    async def list_structures(self, context):
        await sing(context, "partner_networks")
        return []


class Handler(Canary):
    async def handle(self, context, event):
        await sing(context, "event_handlers")


class Reaction(Canary):
    async def enabled(self, context):
        await sing(context, "enabled")

    async def disabled(self, context):
        await sing(context, "disabled")


class Erasure(Canary):
    async def erase(self, context, appointment_ids):
        await sing(context, "personal_data")


class Check(Canary):
    async def check(self, context):
        return [Health(name="Le canari chante", state="ok")]


@get("/page")
async def page(context: NamedDependency[PluginContext]) -> str:
    return "Page du canari"


@get("/listen")
async def listen(context: NamedDependency[PluginContext]) -> str:
    return "Écoute du canari"


async def command(context, words):
    return " ".join(ref.slug for ref in context.structures)


async def values(context, page):
    return {}


async def job(context):
    await sing(context, "jobs")


async def region_job(context):
    await sing(context, "region_jobs")


def samples(context):
    return []


def preview(context, sample, written):
    return Preview(text=written.body)


@hookimpl
def register_settings():
    return SettingsSpec(
        struct=CanarySettings,
        version=2,
        secrets=("seed",),
        migrate=migrate,
        check_settings=check_settings,
    )


@hookimpl
def register_slot_providers():
    return [Provider("open")]


@hookimpl
def register_busy_sources():
    return [Source("busy")]


@hookimpl
def register_interview_channels():
    return [Channel("channel")]


@hookimpl
def register_matching_strategies():
    return [Strategy("strategy")]


@hookimpl
def register_exporters():
    return [Exporter("file")]


@hookimpl
def register_booking_rules():
    return [Rule("rule")]


@hookimpl
def register_publication_gates():
    return [Gate("gate")]


@hookimpl
def register_partner_networks():
    return [Network("network")]


@hookimpl
def register_permissions():
    return [Permission(key="canary:listen", label="Écouter", access="manager")]


@hookimpl
def register_commands():
    return [CommandSpec(key="canary:sing", summary="Sings.", run=command)]


@hookimpl
def register_notice_carriers():
    return [Carrier("notices")]


@hookimpl
def register_offer_carriers():
    return [Carrier("offers")]


@hookimpl
def register_digest_carriers():
    return [Carrier("digests")]


@hookimpl
def register_account_carriers():
    return [Carrier("accounts")]


@hookimpl
def register_message_templates():
    return [
        MessageTemplate(
            key="canary:text",
            kind="confirmation",
            audience="youth",
            carrier="canary:notices",
            sources={"fr": Written(body="Le canari vous salue.")},
            variables={},
            samples=samples,
            preview=preview,
        )
    ]


@hookimpl
def register_event_handlers():
    return [Handler("handler")]


@hookimpl
def register_switch_reactions():
    return [Reaction("reaction")]


@hookimpl
def register_personal_data():
    return [Erasure("erasure")]


@hookimpl
def register_sealed_columns():
    return [SealedColumn(table="canary_nest", column="secret", purpose="canary:{place}")]


@hookimpl
def register_health_checks():
    return [Check("health")]


@hookimpl
def register_routes():
    return [
        RouteSet(handlers=[page], scope="public"),
        RouteSet(handlers=[page], scope="structure"),
        RouteSet(
            handlers=[listen], scope="structure", access="advisor", permission="canary:listen"
        ),
    ]


@hookimpl
def register_page_blocks():
    return [PageBlock(place=place, template="canary/block.html", values=values) for place in PLACES]


@hookimpl
def register_nav_items():
    return [
        NavItem(label=f"Canari {access}", path="/p/canary/page", access=access)
        for access in ("advisor", "manager", "coordinator")
    ]


@hookimpl
def register_jobs():
    every = timedelta(hours=1)
    return [
        JobSpec(key="canary:job", every=every, run=job, scope="structure"),
        JobSpec(key="canary:region", every=every, run=region_job, scope="region"),
    ]
