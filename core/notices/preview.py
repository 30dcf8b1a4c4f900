"""What a change would send, to whom and how, before it is made: the same decision as afterwards, on the state to come."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking import views
from core.booking.handling import as_seen
from core.contracts.booking import AppointmentStatus, AppointmentView, PersonRef
from core.contracts.notices import Audience, Notice, NoticeKind
from core.extension.state import Snapshot
from core.notices.cases import load_cases
from core.notices.due import Due, NoticeLevel, State, due_notices
from core.platform import Platform
from core.web.i18n import _


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What an appointment is about to be; what is None stays as it is. An empty `email` or `phone` does too."""

    status: AppointmentStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    advisor_id: UUID | None = None
    channel: str | None = None
    email: str = ""
    phone: str = ""


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """One person whom a change concerns, and what they will receive; without carriers nothing leaves for them."""

    audience: Audience
    name: str
    kind: NoticeKind | None = None
    carriers: tuple[str, ...] = ()


class _Advisor(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    person: PersonRef
    notice_level: NoticeLevel


class _Future(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment, before and after."""

    before: State
    after: State
    view: AppointmentView
    changed: AppointmentView


async def foretell(
    platform: Platform, user: CurrentUser, plans: Mapping[UUID, Planned]
) -> dict[UUID, list[Foretold]]:
    """For each appointment, everyone whom its change by `user` concerns; appointments that are gone are left out.

    Names are those that the user may know. A carrier that fails to say whether it would do something counts as one
    that would not.
    """
    ids = list(plans)
    states = {case.state.appointment_id: case.state for case in await load_cases(platform, ids)}
    advisors = await _advisors(platform, plans)
    snapshot = await platform.plugins.current()
    told: dict[UUID, list[Foretold]] = {}
    for view in await views.list_views(platform, ids):
        plan, state = plans[view.id], states[view.id]
        advisor = advisors.get(plan.advisor_id or state.advisor_id)
        future = _future(platform, user, state, view, plan=plan, advisor=advisor)
        names: dict[Audience, str] = {
            "youth": as_seen(user, view).youth.name,
            "advisor": future.changed.advisor.name,
            "former_advisor": view.advisor.name,
        }
        told[view.id] = [
            await _foretold(platform, snapshot, future, audience, names[audience])
            for audience in _concerned(future.before, future.after)
        ]
    return told


def news(before: State, after: State, now: datetime) -> list[Due]:
    """The notices that become due by going from one state to the other. Pure."""
    known = due_notices(before, now)
    return [due for due in due_notices(after, now) if due not in known]


def _concerned(before: State, after: State) -> list[Audience]:
    own: list[Audience] = ["youth", "advisor"]
    return own if before.advisor_id == after.advisor_id else [*own, "former_advisor"]


async def _advisors(platform: Platform, plans: Mapping[UUID, Planned]) -> dict[UUID, _Advisor]:
    """The advisors to come."""
    found = await platform.db.structs(
        _Advisor,
        "SELECT a.id, jsonb_build_object('name', a.display_name, 'email', c.email, 'phone', a.phone) AS person,"
        " a.notice_level FROM advisor a JOIN account c ON c.id = a.account WHERE a.id = ANY($1::uuid[])",
        list({plan.advisor_id for plan in plans.values() if plan.advisor_id}),
    )
    return {advisor.id: advisor for advisor in found}


def _future(
    platform: Platform,
    user: CurrentUser,
    state: State,
    view: AppointmentView,
    *,
    plan: Planned,
    advisor: _Advisor | None,
) -> _Future:
    """The appointment after the change; `advisor` is the one to come, None when they stay."""
    now, sequence = platform.clock.now(), state.sequence + 1
    holder = advisor.id if advisor else state.advisor_id
    passed_on = () if holder == state.advisor_id else ((sequence, state.advisor_id),)
    owned = platform.board.channels.get(plan.channel or view.channel)
    settled = {
        "status": plan.status or state.status,
        "sequence": sequence,
        "starts_at": plan.starts_at or state.starts_at,
        "ends_at": plan.ends_at or state.ends_at,
        "advisor_id": holder,
    }
    after = msgspec.structs.replace(
        state,
        **settled,
        is_video=owned is not None and owned.item.mode == "video",
        told_at=now,
        by_advisor=user.advisor_id == holder,
        notice_level=advisor.notice_level if advisor else state.notice_level,
        cancelled_at=now if (plan.status or "").startswith("cancelled") else None,
        handed_over=(*state.handed_over, *passed_on),
    )
    youth = msgspec.structs.replace(
        view.youth, email=plan.email or view.youth.email, phone=plan.phone or view.youth.phone
    )
    changed = msgspec.structs.replace(
        view,
        **settled,
        youth=youth,
        advisor=advisor.person if advisor else view.advisor,
        channel=plan.channel or view.channel,
    )
    return _Future(before=state, after=after, view=view, changed=changed)


async def _foretold(
    platform: Platform, snapshot: Snapshot, future: _Future, audience: Audience, name: str
) -> Foretold:
    """What one audience will receive: at most one notice leaves at once for each."""
    for due in news(future.before, future.after, platform.clock.now()):
        if due.audience == audience:
            notice = Notice(
                key=f"{future.view.id}.{due.kind}.{audience}.{due.revision}",
                kind=due.kind,
                audience=audience,
                appointment=future.changed,
                previous=future.view,
            )
            carriers = await _carriers(platform, snapshot, notice)
            return Foretold(audience=audience, name=name, kind=due.kind, carriers=carriers)
    return Foretold(audience=audience, name=name)


async def _carriers(platform: Platform, snapshot: Snapshot, notice: Notice) -> tuple[str, ...]:
    """The labels of the carriers that would bring it."""
    structure_id = notice.appointment.structure.id
    labels = []
    for owned in platform.board.notice_carriers:
        if not snapshot.is_on(owned.plugin_id, structure_id):
            continue
        context = platform.context(owned.plugin_id, snapshot, structure_id)
        outcome = await platform.dispatch.ask(
            owned.plugin_id,
            "notice_carrier",
            partial(owned.item.carries, context, notice),
            bool,
        )
        if outcome.value:
            labels.append(_(owned.item.label))
    return tuple(labels)
