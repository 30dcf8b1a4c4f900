"""The advisor's page: the account, the calendar, the questions."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hookspecs import (
    Form,
    NotFound,
    PluginContext,
    Refused,
    _,
    page,
    parse,
    redirect,
    staff_of,
)

from . import accounts, questions, sync
from .accounts import Account
from .client import Login, Trouble
from .settings import CaldavSettings

AnyRequest = Request[Any, Any, Any]
_HERE = "/p/calendar_caldav/"


class AccountForm(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and as whom."""

    server: Annotated[str, Meta(max_length=2000)]
    username: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=500)]


class CalendarForm(msgspec.Struct, frozen=True, kw_only=True):
    """One of the account's calendars."""

    calendar: Annotated[str, Meta(max_length=2000)]


@get("/")
async def account_page(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """The account, and how the exchange goes."""
    return await _show(request, context, _advisor(request, context))


@post("/compte")
async def set_account(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Keeps an account once one could sign in with it."""
    advisor_id = _advisor(request, context)
    form = parse(AccountForm, await request.form())
    if form.data is not None:
        login = Login(
            server=form.data.server, username=form.data.username, password=form.data.password
        )
        try:
            account = await accounts.set_account(context, advisor_id, login)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            if account.calendar:
                return await _compare(context, advisor_id)
            return redirect(_HERE, flash=_("Connexion réussie : choisissez maintenant l’agenda."))
    return await _show(request, context, advisor_id, form=form, status=422)


@post("/agenda")
async def choose_calendar(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Takes one of the account's calendars."""
    advisor_id = _advisor(request, context)
    account = await _account(context, advisor_id)
    form = parse(CalendarForm, await request.form())
    if form.data is not None:
        try:
            clean = await accounts.choose_calendar(context, account, form.data.calendar)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            if not clean:
                await _compare(context, advisor_id)
                return redirect(_HERE, flash=_leftover(), tone="warn")
            return await _compare(context, advisor_id)
    return await _show(request, context, advisor_id, choice=form, status=422)


@post("/comparer")
async def compare(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Compares now."""
    advisor_id = _advisor(request, context)
    await _account(context, advisor_id)
    return await _compare(context, advisor_id)


@post("/retirer")
async def remove_account(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Forgets the account."""
    account = await _account(context, _advisor(request, context))
    if await accounts.remove_account(context, account):
        return redirect(_HERE, flash=_("Votre compte est oublié, vos rendez-vous y sont retirés."))
    return redirect(_HERE, flash=_leftover(), tone="warn")


@post("/question/{appointment_id:uuid}/remettre")
async def put_back(
    request: AnyRequest, context: NamedDependency[PluginContext], appointment_id: FromPath[UUID]
) -> Redirect:
    """Writes the appointment again as it is here."""
    advisor_id = _advisor(request, context)
    account = await _account(context, advisor_id)
    question = await questions.read_question(context, advisor_id, appointment_id)
    try:
        await sync.put_back(context, account, question.appointment)
    except Trouble as trouble:
        return redirect(_HERE, flash=str(trouble), tone="bad")
    return redirect(_HERE, flash=_("Le rendez-vous est remis dans votre agenda."))


HANDLERS = (account_page, set_account, choose_calendar, compare, remove_account, put_back)


def _leftover() -> str:
    return _(
        "C’est fait, mais l’ancien agenda n’a pas répondu : supprimez-y vous-même nos rendez-vous."
    )


def _advisor(request: AnyRequest, context: PluginContext) -> UUID:
    """The advisor who asks. Raises `NotFound` for someone who is none, or none where the plugin is on."""
    user = staff_of(request)
    on = {structure.id for structure in context.structures}
    if user.advisor_id is None or not any(m.structure_id in on for m in user.memberships):
        raise NotFound("not an advisor of a structure where this is on")
    return user.advisor_id


async def _account(context: PluginContext, advisor_id: UUID) -> Account:
    account = await accounts.read_account(context, advisor_id)
    if account is None:
        raise NotFound("no account")
    return account


async def _compare(context: PluginContext, advisor_id: UUID) -> Redirect:
    """Compares now, and says how it went."""
    for account in await accounts.claim(context, [advisor_id]):
        await sync.synchronise(context, account)
    account = await _account(context, advisor_id)
    if account.problem:
        return redirect(_HERE, flash=account.problem, tone="bad")
    return redirect(_HERE, flash=_("Votre agenda et vos rendez-vous sont d’accord."))


async def _show(
    request: AnyRequest,
    context: PluginContext,
    advisor_id: UUID,
    *,
    form: Form[AccountForm] | None = None,
    choice: Form[CalendarForm] | None = None,
    status: int = 200,
) -> Response[str]:
    settings: CaldavSettings = context.settings
    account = await accounts.read_account(context, advisor_id)
    known = {"server": account.server, "username": account.username} if account else {}
    values = {
        "account": account,
        "calendars": [(ref.url, ref.name) for ref in account.calendars] if account else [],
        "state": account.state(settings, context.now) if account else "none",
        "questions": await questions.list_questions(context, advisor_id),
        "form": form or Form(known),
        "choice": choice or Form({"calendar": account.calendar} if account else {}),
        "plugin_settings": settings,
    }
    return page(request, "calendar_caldav/account.html", values, status=status)
