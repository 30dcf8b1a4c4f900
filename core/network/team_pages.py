"""Pages of a structure's people: who they are, inviting, roles, training, and leaving with one's appointments settled."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.accounts.access import manager
from core.booking.choosing import Choosing, Turn
from core.contracts.booking import AppointmentView
from core.errors import FriendlyError
from core.network import team
from core.network.invitations import InviteForm, invitation_path, invite, invite_again
from core.network.leaving import end_membership, list_coming
from core.network.managed import Managed, read_managed
from core.network.team import Member, Role
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_TEAM = "/reseau/{slug:str}/equipe"
_ONE = f"{_TEAM}/{{account_id:uuid}}"


class RoleForm(msgspec.Struct, frozen=True, kw_only=True):
    """What someone becomes."""

    role: Role


class TrainingForm(msgspec.Struct, frozen=True, kw_only=True):
    """When the training was validated; without a day it is not."""

    trained_on: date | None = None


@get(_TEAM, guards=[manager], include_in_schema=False)
async def team_page(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    """The people of a structure."""
    structure = await _structure(request, slug)
    return await _team_page(request, structure, Form({"role": "advisor"}))


async def _structure(request: AnyRequest, slug: str) -> Managed:
    return await read_managed(platform_of(request), staff_of(request), slug)


async def _team_page(
    request: AnyRequest, structure: Managed, form: Form[Any], *, status: int = 200
) -> Response[str]:
    platform = platform_of(request)
    members = await team.list_members(platform, structure)
    links = {
        member.account_id: path and platform.settings.public_url + path
        for member in members
        if member.state == "invited"
        for path in [invitation_path(platform, member.account_id, structure.id, member.invited_at)]
    }
    values = {
        "structure": structure,
        "members": [one for one in members if one.state != "left"],
        "former": [one for one in members if one.state == "left"],
        "why": {one.account_id: team.why_no_slot(structure, one) for one in members},
        "links": links,
        "form": form,
    }
    return page(request, "network/team.html", values, status=status)


async def _refused(request: AnyRequest, structure: Managed, message: str) -> Response[str]:
    """The page again, with why one of its small forms was refused."""
    form: Form[Any] = Form({"role": "advisor"}, {"": message})
    return await _team_page(request, structure, form, status=422)


@post(_TEAM, guards=[manager], include_in_schema=False, status_code=303)
async def do_invite(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Invites someone: the link is shown, to be passed on."""
    structure = await _structure(request, slug)
    form = parse(InviteForm, await request.form())
    if form.data is None:
        return await _team_page(request, structure, form, status=422)
    try:
        account_id = await invite(platform_of(request), staff_of(request), structure, form.data)
    except FriendlyError as refusal:
        return await _team_page(request, structure, form.refuse(refusal), status=422)
    word = _("L’invitation est prête : transmettez son lien.")
    return redirect(f"/reseau/{slug}/equipe#{account_id}", flash=word)


@post(f"{_ONE}/inviter", guards=[manager], include_in_schema=False, status_code=303)
async def do_invite_again(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[Any]:
    """Makes a fresh link; the former is worthless."""
    structure = await _structure(request, slug)
    await invite_again(platform_of(request), staff_of(request), structure, account_id)
    word = _("Un nouveau lien est prêt ; l’ancien ne sert plus.")
    return redirect(f"/reseau/{slug}/equipe#{account_id}", flash=word)


@post(f"{_ONE}/role", guards=[manager], include_in_schema=False, status_code=303)
async def do_change_role(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[Any]:
    """Makes someone a manager, or an advisor again."""
    structure = await _structure(request, slug)
    sent = parse(RoleForm, await request.form()).data
    if sent is None:
        return await _refused(request, structure, _("Choisissez un rôle."))
    platform, user = platform_of(request), staff_of(request)
    try:
        await team.change_role(platform, user, structure, account_id, sent.role)
    except FriendlyError as refusal:
        return await _refused(request, structure, refusal.message)
    if not user.is_coordination and account_id == user.account_id:
        return redirect("/agenda", flash=_("Vous n’êtes plus référent·e de cette structure."))
    return redirect(f"/reseau/{slug}/equipe#{account_id}", flash=_("Le rôle est changé."))


@post(f"{_ONE}/formation", guards=[manager], include_in_schema=False, status_code=303)
async def do_set_training(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[Any]:
    """Validates a training, or takes the validation back."""
    structure = await _structure(request, slug)
    form = parse(TrainingForm, await request.form())
    if form.data is None:
        return await _refused(request, structure, form.error("trained_on"))
    trained_on = form.data.trained_on
    try:
        await team.set_training(
            platform_of(request), staff_of(request), structure, account_id, trained_on
        )
    except FriendlyError as refusal:
        return await _refused(request, structure, refusal.message)
    word = _("La formation est validée : ses créneaux peuvent être proposés.")
    if trained_on is None:
        word = _("La formation n’est plus validée : ses créneaux ne sont plus proposés.")
    return redirect(f"/reseau/{slug}/equipe#{account_id}", flash=word)


@get(f"{_ONE}/depart", guards=[manager], include_in_schema=False)
async def leaving_page(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[str]:
    """What keeps someone here, with what may become of it; else what their leaving does."""
    structure, member = await _member(request, slug, account_id)
    turn = await _choosing(request, structure, member).begin()
    return _leaving_page(request, structure, member, turn)


@post(f"{_ONE}/depart", guards=[manager], include_in_schema=False, status_code=200)
async def settle_leaving(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[Any]:
    """What was chosen for their appointments: shown with what it will send, then done."""
    structure, member = await _member(request, slug, account_id)
    turn = await _choosing(request, structure, member).go_on(await request.form())
    if turn.page == "done":
        return redirect(f"/reseau/{slug}/equipe/{account_id}/depart", flash=turn.word)
    return _leaving_page(request, structure, member, turn)


@post(f"{_ONE}/retirer", guards=[manager], include_in_schema=False, status_code=303)
async def do_end(
    request: AnyRequest, slug: FromPath[str], account_id: FromPath[UUID]
) -> Response[Any]:
    """Ends someone's place; refused, with the list, while they have appointments to come here."""
    structure, member = await _member(request, slug, account_id)
    platform, user = platform_of(request), staff_of(request)
    try:
        await end_membership(platform, user, structure, account_id)
    except FriendlyError as refusal:
        turn = await _choosing(request, structure, member).begin()
        turn.values["form"].refuse(refusal)
        return _leaving_page(request, structure, member, turn, status=409)
    word = _("%(name)s a quitté l’équipe %(structure)s.") % {
        "name": member.name,
        "structure": structure.name,
    }
    if not user.is_coordination and account_id == user.account_id:
        return redirect("/agenda", flash=word)
    return redirect(f"/reseau/{slug}/equipe", flash=word)


async def _member(request: AnyRequest, slug: str, account_id: UUID) -> tuple[Managed, Member]:
    structure = await _structure(request, slug)
    return structure, await team.read_member(platform_of(request), structure, account_id)


def _choosing(request: AnyRequest, structure: Managed, member: Member) -> Choosing:
    platform = platform_of(request)

    async def read_views() -> Sequence[AppointmentView]:
        return await list_coming(platform, structure, member)

    return Choosing(platform, staff_of(request), read_views, without=member.advisor_id)


def _leaving_page(
    request: AnyRequest,
    structure: Managed,
    member: Member,
    turn: Turn,
    *,
    status: int = 0,
) -> Response[str]:
    values = {
        **turn.values,
        "checking": turn.page == "check",
        "structure": structure,
        "member": member,
        "several": False,
    }
    return page(request, "network/leaving.html", values, status=status or turn.status)


routes: tuple[ControllerRouterHandler, ...] = (
    team_page,
    do_invite,
    do_invite_again,
    do_change_role,
    do_set_training,
    leaving_page,
    settle_leaving,
    do_end,
)
