"""Every extension point of So Mobilité: the one module that a plugin imports from us.

Hooks are synchronous and pure. They are called once, when the platform starts, and **register** typed objects; input and
output happen later, in the async methods of those objects, which the core calls with a `PluginContext` and guards with a time
limit. An object is used only for structures where its plugin is on. A hook may be left out; one that
returns an empty list registers nothing. Keys read `<plugin>:<name>` and are unique.

A plugin's code runs on a thread and an event loop of the plugin's own: what blocks there holds up that plugin alone. What it
awaits of `context.services` is done on the platform's loop, in the transaction of who asks. When a call is over, what it left open
is rolled back and the tasks that it left are cancelled: what goes on by itself is a job.

A whole plugin:

    from hookspecs import OpenTime, PluginContext, SlotQuery, hookimpl

    class Mondays:
        key, label = "mondays:open", "Mondays"

        async def list_open(self, context: PluginContext, query: SlotQuery) -> list[OpenTime]:
            return []

    @hookimpl
    def register_slot_providers():
        return [Mondays()]

with a `plugin.toml` beside it (see README.md).
"""

from collections.abc import Mapping, Sequence

import pluggy

from core.accounts.access import CurrentUser
from core.calendars.following import CalendarState, Followed
from core.calendars.keeping import CalendarKeeper, each_apart, replace_stretches
from core.calendars.pace import CalendarPace
from core.calendars.reading import (
    OUR_UID,
    Occurrence,
    UnreadableCalendar,
    busy_stretches,
    read_event,
    read_occurrences,
)
from core.calendars.stretches import Stretch
from core.calendars.telling import CalendarCondition, health_lines
from core.calendars.writing import advisor_event, calendar_text
from core.catalogue import taxonomy, words
from core.contracts.accounts import AccountCarrier, AccountKind, AccountNotice
from core.contracts.agenda import (
    BusyAnswer,
    BusySource,
    BusyTime,
    OpenTime,
    SlotProvider,
    SlotQuery,
    Workplace,
)
from core.contracts.booking import (
    VIDEO_INSTEAD,
    AppointmentView,
    BookingRequest,
    BookingRule,
    ChannelMode,
    InterviewChannel,
    Meeting,
    PersonRef,
    RuleRefusal,
    SiteRef,
)
from core.contracts.context import (
    FetchedPage,
    OutboundError,
    PluginContext,
    Services,
    StructureRef,
)
from core.contracts.deprecation import Deprecation
from core.contracts.digests import Digest, DigestCarrier, DigestKind, SheetToVerify, WeekSupply
from core.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    DomainEvent,
    Event,
    EventHandler,
    FollowUpWritten,
    InterviewClosed,
    RoadmapSent,
)
from core.contracts.exports import Exporter, ExportRequest
from core.contracts.gates import PublicationGate
from core.contracts.matching import (
    Catalogue,
    Crowd,
    EditedStrategy,
    Edition,
    Example,
    Judgement,
    LanguageRule,
    LanguageSkill,
    MatchingStrategy,
    Need,
    PastNeed,
    Profile,
    Programme,
    Project,
    QuickStrategy,
    Reason,
    Said,
    Scored,
    Tone,
    TwoWayStrategy,
    Verdict,
    catalogue_of,
)
from core.contracts.messages import MessageTemplate, Preview, Sample, Written
from core.contracts.notices import Audience, Delivery, Notice, NoticeCarrier, NoticeKind
from core.contracts.offers import OfferCarrier, OfferKind, SlotOffer
from core.contracts.partners import PartnerNetwork, PartnerSite, PartnerStructure
from core.contracts.personal import Holding, PersonalData, ReadablePersonalData, Traces
from core.contracts.reactions import SwitchReaction
from core.contracts.surfaces import (
    PLACES,
    CommandSpec,
    Health,
    HealthCheck,
    JobSpec,
    NavItem,
    PageBlock,
    Permission,
    RouteSet,
    SealedColumn,
    SettingsSpec,
)
from core.errors import FriendlyError, NotFound, Refused, SealError
from core.extension.markers import API_VERSION, PROJECT, hookimpl
from core.matching.examples import read_examples
from core.notices import examples, vocabulary
from core.storage.engine import DB, Database
from core.web.forms import Form, parse
from core.web.i18n import N_, _, ngettext, use_locale
from core.web.pages import advisor_of, page, redirect, staff_of, user_of
from core.web.templating import day, hour, moment

__all__ = [
    "API_VERSION",
    "DB",
    "N_",
    "OUR_UID",
    "PLACES",
    "PROJECT",
    "VIDEO_INSTEAD",
    "AccountCarrier",
    "AccountKind",
    "AccountNotice",
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentChanged",
    "AppointmentView",
    "Audience",
    "BookingRequest",
    "BookingRule",
    "BusyAnswer",
    "BusySource",
    "BusyTime",
    "CalendarCondition",
    "CalendarKeeper",
    "CalendarPace",
    "CalendarState",
    "Catalogue",
    "ChannelMode",
    "CommandSpec",
    "Crowd",
    "CurrentUser",
    "Database",
    "Delivery",
    "Digest",
    "DigestCarrier",
    "DigestKind",
    "DomainEvent",
    "EditedStrategy",
    "Edition",
    "Event",
    "EventHandler",
    "Example",
    "ExportRequest",
    "Exporter",
    "FetchedPage",
    "FollowUpWritten",
    "Followed",
    "Form",
    "FriendlyError",
    "Health",
    "HealthCheck",
    "Holding",
    "InterviewChannel",
    "InterviewClosed",
    "JobSpec",
    "Judgement",
    "LanguageRule",
    "LanguageSkill",
    "MatchingStrategy",
    "Meeting",
    "MessageTemplate",
    "NavItem",
    "Need",
    "NotFound",
    "Notice",
    "NoticeCarrier",
    "NoticeKind",
    "Occurrence",
    "OfferCarrier",
    "OfferKind",
    "OpenTime",
    "OutboundError",
    "PageBlock",
    "PartnerNetwork",
    "PartnerSite",
    "PartnerStructure",
    "PastNeed",
    "Permission",
    "PersonRef",
    "PersonalData",
    "PluginContext",
    "Preview",
    "Profile",
    "Programme",
    "Project",
    "PublicationGate",
    "QuickStrategy",
    "ReadablePersonalData",
    "Reason",
    "Refused",
    "RoadmapSent",
    "RouteSet",
    "RuleRefusal",
    "Said",
    "Sample",
    "Scored",
    "SealError",
    "SealedColumn",
    "Services",
    "SettingsSpec",
    "SheetToVerify",
    "SiteRef",
    "SlotOffer",
    "SlotProvider",
    "SlotQuery",
    "Stretch",
    "StructureRef",
    "SwitchReaction",
    "Tone",
    "Traces",
    "TwoWayStrategy",
    "UnreadableCalendar",
    "Verdict",
    "WeekSupply",
    "Workplace",
    "Written",
    "_",
    "advisor_event",
    "advisor_of",
    "busy_stretches",
    "calendar_text",
    "catalogue_of",
    "day",
    "each_apart",
    "examples",
    "health_lines",
    "hookimpl",
    "hour",
    "moment",
    "ngettext",
    "page",
    "parse",
    "read_event",
    "read_examples",
    "read_occurrences",
    "redirect",
    "replace_stretches",
    "staff_of",
    "taxonomy",
    "use_locale",
    "user_of",
    "vocabulary",
    "words",
]

hookspec = pluggy.HookspecMarker(PROJECT)

DEPRECATED: Mapping[str, Deprecation] = {}
"""What plugins should stop using, by name: a hook, another name of this module, or a member of a type (`OpenTime.source`). Until it
goes it works as before; the board, `plugin check` and the reference say what to use instead.
"""


# Capabilities


@hookspec
def register_slot_providers() -> Sequence[SlotProvider]:
    """Tells when advisors are open: an agenda of ours, a partner's calendar.

    Asked when supply changes (an opening, an absence, a switch) and each night, never during a search. On failure the
    last good slots stay and are shown as stale.
    """
    return ()


@hookspec
def register_busy_sources() -> Sequence[BusySource]:
    """Tells when advisors are busy elsewhere.

    Asked with the slot providers. On failure, or past the source's own freshness limit, the advisors' slots are
    hidden: better closed than booked twice.
    """
    return ()


@hookspec
def register_interview_channels() -> Sequence[InterviewChannel]:
    """A way to meet. `prepare` runs after the booking is committed and is retried; meanwhile the youth reads
    "link to follow". Existing appointments keep their channel when the plugin is switched off.
    """
    return ()


@hookspec
def register_matching_strategies() -> Sequence[MatchingStrategy]:
    """Ranks programmes for a youth. On failure the core's `core:earliest_first` answers and the page says so."""
    return ()


@hookspec
def register_exporters() -> Sequence[Exporter]:
    """Writes a file for staff. On failure that download fails, nothing else."""
    return ()


@hookspec
def register_booking_rules() -> Sequence[BookingRule]:
    """Says who may book what: age, residence, lead time. On failure the booking is refused."""
    return ()


@hookspec
def register_publication_gates() -> Sequence[PublicationGate]:
    """Says which structures may not offer slots yet, and why. On failure the structure stays closed, and its people are told."""
    return ()


@hookspec
def register_partner_networks() -> Sequence[PartnerNetwork]:
    """Brings structures into the network, with their sites and looks, and keeps them in step with the partner's records.

    What the coordination edits stands. On failure they stay as they are.
    """
    return ()


@hookspec
def register_notice_carriers() -> Sequence[NoticeCarrier]:
    """Brings confirmations, changes, reminders to people. On failure retried with back-off, then listed."""
    return ()


@hookspec
def register_offer_carriers() -> Sequence[OfferCarrier]:
    """Tells someone who waits that a slot is kept for them, for half an hour. Every carrier that is on there does it; when
    none could, the slot goes to the next in line.
    """
    return ()


@hookspec
def register_digest_carriers() -> Sequence[DigestCarrier]:
    """Tells members of staff about a week: their own, or slots that are missing. On failure retried as long as it helps."""
    return ()


@hookspec
def register_account_carriers() -> Sequence[AccountCarrier]:
    """Tells members of staff what happened to their own account, and brings the link to a new password that they asked for. Every
    carrier that is on anywhere does it; on failure retried as long as it helps.
    """
    return ()


@hookspec
def register_message_templates() -> Sequence[MessageTemplate]:
    """Texts that the coordination may rewrite, with a preview. A carrier asks `Services.write_message` for the one in
    force, so that a rewritten text that fails gives way to the default.
    """
    return ()


# Surfaces


@hookspec
def register_settings() -> SettingsSpec | None:
    """The plugin's settings, as a Struct: the core draws the form, keeps and checks the values.

    Invalid values make the plugin *misconfigured*, and off, for the structure concerned.
    """
    return None


@hookspec
def register_sealed_columns() -> Sequence[SealedColumn]:
    """Columns of the plugin's tables that hold what `Services.seal` made: `somobilite secrets rotate` seals them anew, whether the
    plugin is on anywhere or not.
    """
    return ()


@hookspec
def register_routes() -> Sequence[RouteSet]:
    """Pages of the plugin. The core mounts them behind a gate closed over the plugin's id; a failing page is a 503 page."""
    return ()


@hookspec
def register_page_blocks() -> Sequence[PageBlock]:
    """Pieces of core pages, at named places. On failure nothing is shown."""
    return ()


@hookspec
def register_nav_items() -> Sequence[NavItem]:
    """Entries of the staff menu."""
    return ()


@hookspec
def register_permissions() -> Sequence[Permission]:
    """What the plugin lets some people do: asked by its `RouteSet`s. On a key that nobody registered: nobody may."""
    return ()


@hookspec
def register_jobs() -> Sequence[JobSpec]:
    """Work on a beat, by one worker at a time, under a lease. On failure it runs again at the next beat."""
    return ()


@hookspec
def register_commands() -> Sequence[CommandSpec]:
    """Commands of the plugin: `somobilite run <key>`. A command that fails says why and ends with 1."""
    return ()


@hookspec
def register_personal_data() -> Sequence[PersonalData]:
    """Answers for what the plugin keeps of people: it goes when their time is over, and may be shown to whom it is about (`ReadablePersonalData`). On failure nobody is anonymised, and it is tried again the next night."""
    return ()


@hookspec
def register_health_checks() -> Sequence[HealthCheck]:
    """Lines of the health page and of `somobilite check`. A check that fails is itself a failing line."""
    return ()


# Reactions


@hookspec
def register_event_handlers() -> Sequence[EventHandler]:
    """Reacts to domain events, after commit, from the outbox. On failure retried with back-off, then a dead letter."""
    return ()


@hookspec
def register_switch_reactions() -> Sequence[SwitchReaction]:
    """Told when a structure gets the plugin and when it loses it, after commit; the one surface that an off plugin still has. On
    failure retried with back-off, then a dead letter; the structure's page of features says so.
    """
    return ()
