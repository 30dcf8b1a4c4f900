"""What the pages of the room share: at whose desk one sits, and where one goes who has none."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from core.agenda.desk import Desk, list_colleagues, read_desk
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of


async def desk_of(request: AnyRequest, advisor_id: UUID | None) -> Desk | None:
    """The desk asked for; None when none is named and the user is not an advisor. Raises `NotFound`."""
    user = staff_of(request)
    if advisor_id is None and user.advisor_id is None:
        return None
    return await read_desk(platform_of(request), user, advisor_id)


def read_hour(text: str) -> str | None:
    """An hour that was pointed at, as a field of a form writes it; None for anything else."""
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError:
        return None


def hours_after(hour: str, count: int) -> str:
    """So many hours after an hour of the same day, or the end of that day."""
    begins = time.fromisoformat(hour)
    return (
        f"{begins.replace(hour=begins.hour + count):%H:%M}" if begins.hour + count < 24 else "23:59"
    )


def from_calendar(request: AnyRequest) -> bool:
    """Whether one came from the calendar, and goes back to it once the form is sent."""
    return request.query_params.get("retour") == "agenda"


def after(request: AnyRequest, desk: Desk, path: str, day: date) -> str:
    """Where one goes once a form is sent: the list; or the calendar, at the day that it was opened on or at `day`."""
    if not from_calendar(request):
        return f"{path}{desk.query}"
    query = {"jour": request.query_params.get("jour") or day.isoformat()}
    if not desk.mine:
        query["conseiller"] = str(desk.advisor_id)
    return f"/agenda/semaine?{urlencode(query)}"


def form_address(request: AnyRequest, path: str, **query: object) -> str:
    """The address of a form's button: what is not None, and the way back."""
    kept = {name: str(value) for name, value in query.items() if value is not None}
    if from_calendar(request):
        kept["retour"] = "agenda"
    return f"{path}?{urlencode(kept)}" if kept else path


async def without_desk(request: AnyRequest) -> Response[Any]:
    """For who is not an advisor: a manager chooses one, the coordination goes to its network."""
    user = staff_of(request)
    colleagues = await list_colleagues(platform_of(request), user)
    if not colleagues and user.is_coordination:
        return redirect("/reseau")
    return page(request, "agenda/choose.html", {"colleagues": colleagues})


async def desk_page(
    request: AnyRequest,
    desk: Desk,
    template: str,
    values: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response[str]:
    """A page at a desk, with the colleagues at whose desk the user may sit too."""
    colleagues = await list_colleagues(platform_of(request), staff_of(request))
    return page(
        request, template, {"desk": desk, "colleagues": colleagues, **values}, status=status
    )
