"""What the agenda pages show: appointments as lines, the offer of the weeks, what hides the supply."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.gauge import GAUGE_WEEKS, Offered, monday_of, offered_by_week
from core.agenda.recurrence import instant
from core.booking.arrivals import DayWord, list_day_words
from core.booking.rules import phone_shown
from core.booking.views import list_for_advisor
from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.platform import Platform
from core.web.i18n import _

_DAY = timedelta(days=1)
_TO_FILL_IN = timedelta(days=90)

State = Literal["coming", "to_fill_in", "honoured", "no_show", "cancelled"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment. For who may not know whose it is, there is no `key`, no `word` of the day, and no name, phone or address.

    `is_over_age` marks who is older than the region's limit.
    """

    key: UUID | None
    starts_at: datetime
    ends_at: datetime
    state: State
    channel: str
    icon: str
    structure: str
    site: str
    name: str
    href: str
    phone: str = ""
    is_over_age: bool = False
    booked_by: str = ""
    out_of_lead: bool = False
    to_confirm: bool = False
    unanswered: bool = False
    word: DayWord | None = None

    @property
    def waits(self) -> bool:
        """Whether the youth is there, and the hour not over."""
        return self.state == "coming" and self.word is not None and self.word.arrived_at is not None


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """What one structure offers, week by week."""

    structure: str
    weeks: tuple[Offered, ...]


class SupplyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why slots are hidden or stale: the plugin's object by its label, the reason, since when.

    `href` is the plugin's page where the advisor may mend it; empty when it has none, or at another's desk.
    """

    label: str
    effect: Literal["hidden", "stale"]
    reason: str
    since: datetime
    href: str = ""


async def list_lines(
    platform: Platform, user: CurrentUser, desk: Desk, starts_at: datetime, ends_at: datetime
) -> list[Line]:
    """Appointments that start in the window, by start."""
    found = await list_for_advisor(platform, desk.advisor_id, starts_at, ends_at)
    words = await list_day_words(platform, [view.id for view in found])
    return [as_line(platform, user, desk, view, words.get(view.id)) for view in found]


def as_line(
    platform: Platform,
    user: CurrentUser,
    desk: Desk,
    view: AppointmentView,
    word: DayWord | None = None,
) -> Line:
    """The name of a youth is for the advisor while they work there, and for the managers of that structure: not for the
    region.
    """
    known = (desk.mine and user.sees(view.structure.id)) or any(
        m.structure_id == view.structure.id and m.role == "manager" for m in user.memberships
    )
    channel = platform.board.channels.get(view.channel)
    to_confirm = view.to_confirm and view.status == "booked"
    answer = timedelta(hours=platform.settings.booking.referral_answer_hours)
    return Line(
        key=view.id if known else None,
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        state=_state(view, platform.clock.now()),
        channel=_(view.channel_label),
        icon=channel.item.mode if channel else "calendar",
        structure=view.structure.name,
        site=view.site.name if view.site else "",
        name=view.youth.name if known else "",
        href=f"/entretiens/{view.id}" if known else "",
        phone=phone_shown(view.youth.phone) if known else "",
        is_over_age=known and view.is_over_age,
        booked_by=view.booked_by if known else "",
        out_of_lead=view.out_of_lead,
        to_confirm=to_confirm,
        unanswered=to_confirm and view.starts_at - platform.clock.now() <= answer,
        word=word if known and view.status == "booked" else None,
    )


def _state(view: AppointmentView, now: datetime) -> State:
    match view.status:
        case "booked":
            return "to_fill_in" if view.ends_at <= now else "coming"
        case "honoured" | "no_show":
            return view.status
        case _:
            return "cancelled"


async def list_to_fill_in(platform: Platform, user: CurrentUser, desk: Desk) -> list[Line]:
    """Appointments of the last three months that are over and still say nothing of what happened."""
    now = platform.clock.now()
    lines = await list_lines(platform, user, desk, now - _TO_FILL_IN, now)
    return [line for line in lines if line.state == "to_fill_in"]


async def count_to_fill_in(platform: Platform, advisor_id: UUID) -> int:
    """How many they are, in one step into an index: for the menu of every page."""
    now = platform.clock.now()
    count: int = await platform.db.fetch_value(
        "SELECT count(*) FROM appointment WHERE advisor = $1 AND status = 'booked'"
        " AND starts_at >= $2 AND starts_at < $3 AND ends_at <= $3",
        advisor_id,
        now - _TO_FILL_IN,
        now,
    )
    return count


async def list_days(
    platform: Platform, user: CurrentUser, desk: Desk, first: date, count: int
) -> dict[date, list[Line]]:
    """The lines of `count` days from `first`, day by day."""
    zone = platform.zone
    lines = await list_lines(
        platform,
        user,
        desk,
        instant(first, time.min, zone),
        instant(first + count * _DAY, time.min, zone),
    )
    days: dict[date, list[Line]] = {first + number * _DAY: [] for number in range(count)}
    for line in lines:
        days[local_date(line.starts_at, zone)].append(line)
    return days


async def list_today(platform: Platform, user: CurrentUser, desk: Desk) -> list[Line]:
    """The lines of the present day."""
    today = local_date(platform.clock.now(), platform.zone)
    return (await list_days(platform, user, desk, today, 1))[today]


async def list_gauges(platform: Platform, desk: Desk, weeks: int = GAUGE_WEEKS) -> list[Gauge]:
    """The offer of each workplace, and the advisor's own part in it, from the present week on."""
    ids = [workplace.id for workplace in desk.workplaces]
    monday = monday_of(local_date(platform.clock.now(), platform.zone))
    found = await offered_by_week(platform, ids, monday, weeks, advisor_id=desk.advisor_id)
    return [
        Gauge(structure=workplace.name, weeks=tuple(found[workplace.id]))
        for workplace in desk.workplaces
    ]


async def list_problems(platform: Platform, desk: Desk) -> list[SupplyProblem]:
    """What hides an advisor's slots, or keeps them as they last were."""
    rows = await platform.db.fetch(
        "SELECT source, effect, reason, since FROM supply_problem WHERE advisor = $1"
        " ORDER BY effect, source",
        desk.advisor_id,
    )
    return [
        SupplyProblem(
            label=_source_label(platform, row["source"]),
            effect=row["effect"],
            reason=row["reason"],
            since=row["since"],
            href=_mending_page(platform, row["source"]) if desk.mine else "",
        )
        for row in rows
    ]


def _source_label(platform: Platform, key: str) -> str:
    board = platform.board
    labels = {
        **{owned.item.key: owned.item.label for owned in board.slot_providers},
        **{owned.item.key: owned.item.label for owned in board.busy_sources},
    }
    return _(labels.get(key, key))


def _mending_page(platform: Platform, key: str) -> str:
    """The advisors' page of the plugin that a source belongs to."""
    plugin_id, _colon, _name = key.partition(":")
    pages = [
        owned.item.path
        for owned in platform.board.nav_items
        if owned.plugin_id == plugin_id and owned.item.personal
    ]
    return pages[0] if pages else ""
