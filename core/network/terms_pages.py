"""The page where a structure's terms are settled: what the region says, what a change would do, then the change."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import manager
from core.agenda.terms import OwnTerms, Terms, resolve
from core.booking.lead import earliest_start
from core.clock import local_date
from core.errors import Conflict
from core.network import terms, terms_words
from core.network.terms import TermsView
from core.platform import Platform
from core.settings import (
    MOST_LEAD_DAYS,
    AgeRule,
    BufferMinutes,
    HorizonDays,
    LeadHours,
    LeadUnit,
    Pentecost,
    SlotMinutes,
    StepMinutes,
)
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_STEPS = (0, 10, 15, 20, 30, 45, 60, 75, 90, 120)


class TermsForm(msgspec.Struct, frozen=True, kw_only=True):
    """The terms as they are typed; an empty field follows the region. `seen` marks the change whose effect was shown."""

    slot_minutes: SlotMinutes | None = None
    step_minutes: StepMinutes | None = None
    buffer_minutes: BufferMinutes | None = None
    lead: LeadHours | None = None
    lead_unit: LeadUnit | None = None
    horizon_days: HorizonDays | None = None
    open_on_holidays: Literal["open", "closed"] | None = None
    pentecost_monday: Pentecost | None = None
    age_rule: AgeRule | None = None
    seen: Annotated[str, Meta(max_length=64)] = ""


@get("/reseau/{slug:str}/reglages", guards=[manager], include_in_schema=False)
async def terms_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """The terms of one structure beside the region's, and their past changes."""
    view = await terms.read_terms_of(platform_of(request), staff_of(request), slug)
    return await _page(request, view, _filled(view.own))


@post("/reseau/{slug:str}/reglages", guards=[manager], include_in_schema=False, status_code=200)
async def change_terms(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Shows first what the change would do; sent again as it was shown, makes it."""
    platform, user = platform_of(request), staff_of(request)
    view = await terms.read_terms_of(platform, user, slug)
    form = parse(TermsForm, await request.form())
    if form.data is not None:
        form.errors.update(faults(platform, form.data))
    if form.data is None or form.errors:
        return await _page(request, view, form, status=422)
    own = as_terms(form.data)
    if own == view.own:
        return redirect(
            f"/reseau/{slug}/reglages", flash=_("Ces réglages sont déjà en place."), tone="info"
        )
    if form.data.seen != terms.sign(view.own, own):
        return await _page(request, view, form, wanted=own)
    try:
        await terms.save_terms(platform, user, view, own)
    except Conflict as conflict:
        return redirect(f"/reseau/{slug}/reglages", flash=conflict.message, tone="bad")
    return redirect(
        f"/reseau/{slug}/reglages",
        flash=_("C’est en place : les créneaux suivent les nouveaux réglages."),
    )


def as_terms(form: TermsForm) -> OwnTerms:
    """The terms that a form without faults says."""
    in_days = form.lead_unit == "working_days"
    return OwnTerms(
        slot_minutes=form.slot_minutes,
        step_minutes=form.step_minutes,
        buffer_minutes=form.buffer_minutes,
        lead_hours=None if in_days else form.lead,
        lead_days=form.lead if in_days else None,
        horizon_days=form.horizon_days,
        open_on_holidays=None if form.open_on_holidays is None else form.open_on_holidays == "open",
        pentecost_monday=form.pentecost_monday,
        age_rule=form.age_rule,
    )


def faults(platform: Platform, form: TermsForm) -> dict[str, str]:
    """What is wrong with terms that are each possible by themselves, in French, by field."""
    if form.lead is not None and form.lead_unit is None:
        return {"lead_unit": _("Dites si ce délai se compte en heures ou en jours ouvrés.")}
    if form.lead is None and form.lead_unit is not None:
        return {
            "lead": _("Écrivez combien d’heures ou de jours, ou choisissez « comme la région ».")
        }
    if form.lead_unit == "working_days" and not 1 <= (form.lead or 0) <= MOST_LEAD_DAYS:
        message = _(
            "Écrivez un nombre de jours entre 1 et %(most)d. Pour ouvrir le jour même, comptez en heures."
        )
        return {"lead": message % {"most": MOST_LEAD_DAYS}}
    now, zone = platform.clock.now(), platform.zone
    wanted = resolve(as_terms(form), platform.settings.booking)
    opens = earliest_start(now, wanted.lead_hours, wanted.lead_days, zone)
    if local_date(opens, zone) >= local_date(now, zone) + timedelta(days=wanted.horizon_days):
        message = _(
            "Plus aucun jour ne serait ouvert : le délai doit être plus court que les %(days)d jours de réservation à l’avance."
        )
        field = "lead" if form.lead is not None else "horizon_days"
        return {field: message % {"days": wanted.horizon_days}}
    return {}


def _filled(own: OwnTerms) -> Form[TermsForm]:
    values = msgspec.structs.asdict(own)
    on_holidays = values["open_on_holidays"]
    values["open_on_holidays"] = {None: "", True: "open", False: "closed"}[on_holidays]
    if own.lead_days is not None:
        values.update(lead=own.lead_days, lead_unit="working_days")
    elif own.lead_hours is not None:
        values.update(lead=own.lead_hours, lead_unit="hours")
    return Form(values)


async def _page(
    request: AnyRequest,
    view: TermsView,
    form: Form[TermsForm],
    *,
    wanted: OwnTerms | None = None,
    status: int = 200,
) -> Response[str]:
    """The form; with `wanted`, what these terms would change."""
    platform = platform_of(request)
    region = platform.settings.booking
    now_free = await terms.forecast(platform, view.id)
    then_free = await terms.try_out(platform, view.id, wanted) if wanted else None
    values = {
        "structure": view,
        "form": form,
        "labels": terms_words.labels(),
        "regional": terms_words.regional(region),
        "choices": _choices(form),
        "region_name": platform.settings.region_name,
        "now_free": now_free,
        "then_free": then_free,
        "overlapping": any(one and one.interviews != one.slots for one in (now_free, then_free)),
        "changes": terms_words.changes(view.own, wanted, region) if wanted else [],
        "seen": terms.sign(view.own, wanted) if wanted else "",
        "wasted": _wasted(resolve(wanted or view.own, region)),
        "history": [
            (past, terms_words.changes(past.before, past.after, None)) for past in view.history
        ],
    }
    return page(request, "network/terms.html", values, status=status)


def _choices(form: Form[TermsForm]) -> dict[str, list[tuple[str, str]]]:
    """The answers of each list; a step that is not among the usual ones stays possible."""
    own_step = str(form.value("step_minutes"))
    steps = {*_STEPS, *([int(own_step)] if own_step.isascii() and own_step.isdigit() else [])}
    return {
        "step_minutes": [(str(number), terms_words.step(number)) for number in sorted(steps)],
        "lead_unit": [("hours", _("heures")), ("working_days", _("jours ouvrés"))],
        "open_on_holidays": [("open", _("ouvert")), ("closed", _("fermé"))],
        "pentecost_monday": list(terms_words.pentecost().items()),
        "age_rule": list(terms_words.age_rules().items()),
    }


def _wasted(found: Terms) -> dict[str, int] | None:
    """When an interview and its pause do not end where a slot begins: how long they last, how far apart slots begin, the
    minutes lost.
    """
    whole = found.slot_minutes + found.buffer_minutes
    step = found.step_minutes or found.slot_minutes
    lost = -whole % step
    return {"whole": whole, "step": step, "lost": lost} if lost else None


routes: tuple[ControllerRouterHandler, ...] = (terms_page, change_terms)
