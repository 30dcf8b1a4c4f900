"""What the pages of the room share: at whose desk one sits, and where one goes who has none."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from litestar import Response

from core.agenda.desk import Desk, list_colleagues, read_desk
from core.agenda.views import count_to_fill_in
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
    platform = platform_of(request)
    shared = {
        "desk": desk,
        "colleagues": await list_colleagues(platform, staff_of(request)),
        "to_fill_in_count": await count_to_fill_in(platform, desk) if desk.mine else 0,
    }
    return page(request, template, {**shared, **values}, status=status)
