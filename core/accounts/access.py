"""Who may call a route. Every route declares it; a platform with one that does not will not start."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from core.errors import SoMobiliteError

Level = Literal["anyone", "link", "advisor", "manager", "coordinator", "admin"]
"""`link`: the handler itself checks the youth's stable link. The others: staff, from least to most."""

_RANK = {"advisor": 1, "manager": 2, "coordinator": 3, "admin": 4}


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """The place of an account in one structure."""

    structure_id: UUID
    role: Literal["advisor", "manager"]


class CurrentUser(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in member of staff. `region_role` is set for the coordination."""

    account_id: UUID
    name: str
    email: str
    region_role: Literal["coordinator", "admin"] | None = None
    advisor_id: UUID | None = None
    memberships: tuple[Membership, ...] = ()
    session_id: bytes = b""
    proved: bool = False
    """Whether this session passed a second factor."""

    @property
    def level(self) -> str:
        """The highest level that the user has anywhere."""
        if self.region_role is not None:
            return self.region_role
        return "manager" if any(m.role == "manager" for m in self.memberships) else "advisor"

    @property
    def is_coordination(self) -> bool:
        """Whether the user works for the region."""
        return self.region_role is not None

    def may(self, level: str) -> bool:
        """Whether the user reaches `level` somewhere."""
        return level in {"anyone", "link"} or _RANK[self.level] >= _RANK[level]

    def sees(self, structure_id: UUID) -> bool:
        """Whether the user works for this structure, or for the region."""
        return self.is_coordination or any(m.structure_id == structure_id for m in self.memberships)

    def manages(self, structure_id: UUID) -> bool:
        """Whether the user manages this structure, or coordinates the region."""
        return self.is_coordination or any(
            m.structure_id == structure_id and m.role == "manager" for m in self.memberships
        )


class Requires:
    """The guard of a route: `guards=[Requires("advisor")]`.

    Someone who is not signed in is asked to; someone below the level gets a 404, as for a page that does not exist.
    """

    def __init__(self, level: Level) -> None:
        self.level = level

    @property
    def is_open(self) -> bool:
        """Whether nobody is refused here: a link is checked where it is read."""
        return self.level in {"anyone", "link"}

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        """Litestar's protocol for guards."""
        if self.is_open:
            return
        user: CurrentUser | None = connection.scope.get("user")
        if user is None:
            raise NotAuthorizedException("sign in first")
        if not user.may(self.level):
            raise NotFoundException


def settle_guards(app: Litestar) -> None:
    """Raises `SoMobiliteError` when a route does not say who may call it: without `Requires` it would be open to everyone.

    A guard that refuses nobody has said all it has to say: it is not asked at each request.
    """
    handlers = [
        (route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
    ]
    undeclared = [
        f"{handler.handler_name} at {path}"
        for path, handler in handlers
        if handler.http_methods != {"OPTIONS"}  # Litestar's own
        and not any(isinstance(guard, Requires) for guard in handler.resolve_guards())
    ]
    if undeclared:
        raise SoMobiliteError(f"say who may call {', '.join(undeclared)}: `guards=[anyone]`, …")
    for _path, handler in handlers:
        guards = handler.resolve_guards()
        guards[:] = [g for g in guards if not (isinstance(g, Requires) and g.is_open)]


anyone = Requires("anyone")
by_link = Requires("link")
advisor = Requires("advisor")
manager = Requires("manager")
coordinator = Requires("coordinator")
admin = Requires("admin")
