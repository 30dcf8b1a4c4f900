"""What the agenda pages show: appointments as lines, the offer of the week, what hinders the supply."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.agenda.desk import Desk
from core.agenda.gauge import offered_by_week
from core.agenda.recurrence import instant
from core.booking.arrivals import DayWord, list_day_words
from core.booking.search import FREE
from core.booking.views import list_for_advisor
from core.clock import local_date
from core.contracts.booking import AppointmentView
from core.platform import Platform
from core.web.i18n import _

_DAY = timedelta(days=1)
_TO_FILL_IN = timedelta(days=90)
_GAUGE_WEEKS = 5

State = Literal["coming", "to_fill_in", "honoured", "no_show", "cancelled"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment. For who may not know whose it is, there is no `key`, no `word` of the day, and no name or address.

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
    """Hours of slots offered by one structure, from each of the coming Mondays on, the present week first."""

    structure: str
    weeks: tuple[tuple[date, int], ...]


class SupplyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why slots are hidden or stale: the plugin's object by its label, the reason, since when."""

    label: str
    effect: Literal["hidden", "stale"]
    reason: str
    since: datetime


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


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
        channel=view.channel_label,
        icon=channel.item.mode if channel else "calendar",
        structure=view.structure.name,
        site=view.site.name if view.site else "",
        name=view.youth.name if known else "",
        href=f"/entretiens/{view.id}" if known else "",
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


async def count_to_fill_in(platform: Platform, desk: Desk) -> int:
    """How many they are."""
    now = platform.clock.now()
    count: int = await platform.db.fetch_value(
        "SELECT count(*) FROM appointment WHERE advisor = $1 AND status = 'booked' AND ends_at <= $2"
        " AND starts_at >= $3",
        desk.advisor_id,
        now,
        now - _TO_FILL_IN,
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


async def list_gauges(platform: Platform, desk: Desk) -> list[Gauge]:
    """The offer of each workplace, this week and the next four."""
    monday = monday_of(local_date(platform.clock.now(), platform.zone))
    ids = [workplace.id for workplace in desk.workplaces]
    offered = await offered_by_week(platform, ids, monday, _GAUGE_WEEKS)
    return [
        Gauge(
            structure=workplace.name,
            weeks=tuple(
                (monday + 7 * number * _DAY, hours)
                for number, hours in enumerate(offered[workplace.id])
            ),
        )
        for workplace in desk.workplaces
    ]


async def list_problems(platform: Platform, advisor_id: UUID) -> list[SupplyProblem]:
    """What hides an advisor's slots, or keeps them as they last were."""
    rows = await platform.db.fetch(
        "SELECT source, effect, reason, since FROM supply_problem WHERE advisor = $1"
        " ORDER BY effect, source",
        advisor_id,
    )
    board = platform.board
    labels = {
        **{owned.item.key: owned.item.label for owned in board.slot_providers},
        **{owned.item.key: owned.item.label for owned in board.busy_sources},
    }
    return [
        SupplyProblem(
            label=labels.get(row["source"], row["source"]),
            effect=row["effect"],
            reason=row["reason"],
            since=row["since"],
        )
        for row in rows
    ]


async def list_obstacles(platform: Platform, desk: Desk) -> list[str]:
    """Why nobody can book the advisor, and who mends it: training, structure, agreement of the year, then the openings."""
    today = local_date(platform.clock.now(), platform.zone)
    found = []
    if not await platform.db.fetch_value(
        "SELECT trained_on <= $2 FROM advisor WHERE id = $1", desk.advisor_id, today
    ):
        found.append(
            _(
                "La formation n’est pas encore validée : les créneaux ne sont pas proposés. La page « Équipe » de la structure permet de la valider."
            )
        )
    rows = await platform.db.fetch(
        "SELECT s.name, s.status, EXISTS (SELECT FROM agreement g WHERE g.structure = s.id"
        "  AND g.year = $2 AND g.status = 'active') AS agreed"
        " FROM structure s WHERE s.id = ANY($1::uuid[]) ORDER BY s.name",
        [workplace.id for workplace in desk.workplaces],
        today.year,
    )
    for row in rows:
        values = {"structure": row["name"], "year": today.year}
        if row["status"] != "active":
            found.append(
                _("%(structure)s n’est pas ouverte au public : la coordination peut l’ouvrir.")
                % values
            )
        elif not row["agreed"]:
            found.append(
                _(
                    "%(structure)s n’a pas de convention active en %(year)d : voyez avec la coordination."
                )
                % values
            )
    return found or await _empty_supply(platform, desk)


_WHAT_THERE_IS = f"""
    SELECT EXISTS (SELECT FROM supply_problem WHERE advisor = $2) AS troubled,
        EXISTS (SELECT FROM opening WHERE advisor = $2
            AND coalesce(ends_on, CASE WHEN repeat = 'none' THEN starts_on ELSE 'infinity' END) >= $3) AS open,
        EXISTS (SELECT FROM slot s WHERE s.advisor = $2 AND s.starts_at > $1) AS slots,
        EXISTS (SELECT FROM slot s WHERE s.advisor = $2 AND s.starts_at > $1 AND {FREE}) AS free
"""  # noqa: S608 - a constant of ours


async def _empty_supply(platform: Platform, desk: Desk) -> list[str]:
    """Why the openings themselves give nothing to book."""
    row = await platform.db.fetch_one(
        _WHAT_THERE_IS,
        platform.clock.now(),
        desk.advisor_id,
        local_date(platform.clock.now(), platform.zone),
    )
    assert row is not None
    if row["troubled"] or row["free"]:
        return []
    if row["slots"]:
        return [_("Tous les créneaux à venir sont pris : une plage de plus en ouvrirait d’autres.")]
    if row["open"]:
        return [
            _(
                "Les plages à venir ne donnent aucun créneau : une absence, un jour férié ou un autre agenda les couvre, ou elles sont plus courtes qu’un créneau."
            )
        ]
    return [_("Aucune plage à venir : ouvrez-en une pour que l’on puisse prendre rendez-vous.")]
