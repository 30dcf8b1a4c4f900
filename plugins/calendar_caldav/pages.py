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
    advisor_of,
    ngettext,
    page,
    parse,
    redirect,
)

from . import accounts, joining, questions, sync
from .accounts import Account
from .exchange import Login, Trouble

AnyRequest = Request[Any, Any, Any]
_HERE = "/p/calendar_caldav/"


class AccountForm(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and as whom. Without a password, the present one. `titles`: those of busy time are kept."""

    server: Annotated[str, Meta(max_length=2000)]
    username: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=500)] = ""
    titles: bool = False


class CalendarForm(msgspec.Struct, frozen=True, kw_only=True):
    """One of the account's calendars."""

    calendar: Annotated[str, Meta(max_length=2000)]


@get("/")
async def account_page(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str]:
    """The account, and how the exchange goes."""
    return await _show(request, context, advisor_of(request, context))


@post("/compte")
async def set_account(
    request: AnyRequest, context: NamedDependency[PluginContext]
) -> Response[str] | Redirect:
    """Keeps an account once one could sign in with it."""
    advisor_id = advisor_of(request, context)
    form = parse(AccountForm, await request.form())
    if form.data is not None:
        login = Login(
            server=form.data.server, username=form.data.username, password=form.data.password
        )
        try:
            account = await joining.set_account(
                context, advisor_id, login, is_titled=form.data.titles
            )
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
    advisor_id = advisor_of(request, context)
    account = await _account(context, advisor_id)
    form = parse(CalendarForm, await request.form())
    if form.data is not None:
        try:
            clean = await joining.choose_calendar(context, account, form.data.calendar)
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
    advisor_id = advisor_of(request, context)
    await _account(context, advisor_id)
    return await _compare(context, advisor_id)


@post("/retirer")
async def remove_account(request: AnyRequest, context: NamedDependency[PluginContext]) -> Redirect:
    """Forgets the account."""
    account = await _account(context, advisor_of(request, context))
    try:
        clean = await joining.remove_account(context, account)
    except Refused as refusal:
        return redirect(_HERE, flash=refusal.message, tone="bad")
    if clean:
        return redirect(_HERE, flash=_("Votre compte est oublié, vos rendez-vous y sont retirés."))
    return redirect(_HERE, flash=_leftover(), tone="warn")


@post("/question/{appointment_id:uuid}/remettre")
async def put_back(
    request: AnyRequest, context: NamedDependency[PluginContext], appointment_id: FromPath[UUID]
) -> Redirect:
    """Writes the appointment again as it is here."""
    advisor_id = advisor_of(request, context)
    account = await _account(context, advisor_id)
    question = await questions.read_question(context, advisor_id, appointment_id)
    try:
        await sync.put_back(context, account, question.appointment)
    except (Trouble, Refused) as error:
        return redirect(_HERE, flash=str(error), tone="bad")
    return redirect(_HERE, flash=_("Le rendez-vous est remis dans votre agenda."))


HANDLERS = (account_page, set_account, choose_calendar, compare, remove_account, put_back)


def _leftover() -> str:
    return _(
        "C’est fait, mais l’ancien agenda n’a pas répondu : supprimez-y vous-même nos rendez-vous."
    )


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
    unsettled = len(await questions.list_questions(context, advisor_id))
    if unsettled:
        text = ngettext(
            "Votre agenda est lu : un rendez-vous y est autrement qu’ici, dites ci-dessous que faire.",
            "Votre agenda est lu : %(num)d rendez-vous y sont autrement qu’ici, dites ci-dessous que faire.",
            unsettled,
        )
        return redirect(_HERE, flash=text % {"num": unsettled}, tone="warn")
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
    account = await accounts.read_account(context, advisor_id)
    known = (
        {"server": account.server, "username": account.username, "titles": account.is_titled}
        if account
        else {"titles": True}
    )
    values = {
        "account": account,
        "calendars": [(ref.url, ref.name) for ref in account.calendars] if account else [],
        "state": account.state_for(context) if account else "none",
        "questions": await questions.list_questions(context, advisor_id),
        "form": form or Form(known),
        "choice": choice or Form({"calendar": account.calendar} if account else {}),
        "plugin_settings": context.settings,
    }
    return page(request, "calendar_caldav/account.html", values, status=status)
