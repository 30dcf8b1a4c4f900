"""What a plugin is given at each call: who asks, with which settings, and what it may use."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from core.contracts.agenda import Workplace
    from core.contracts.booking import AppointmentView
    from core.contracts.matching import Catalogue, PastNeed
    from core.contracts.messages import Written
    from core.storage.engine import Database


class StructureRef(msgspec.Struct, frozen=True, kw_only=True):
    """A partner structure, as far as a plugin needs to know it."""

    id: UUID
    name: str
    slug: str = ""
    department: str = ""
    phone: str = ""
    email: str = ""


class FetchedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an outbound request: `status` 304 comes with an empty body, and so do redirects."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Services(Protocol):
    """What the platform does for a plugin. Every method is safe to call from a job or a capability."""

    @property
    def database(self) -> "Database":
        """The database, for the plugin's own `<plugin>_` tables."""
        ...

    @property
    def public_url(self) -> str:
        """Where links start, without a final slash."""
        ...

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration, in which nobody's data is real."""
        ...

    async def refresh_slots(self, advisor_ids: Sequence[UUID]) -> None:
        """Computes the slots of these advisors again. Call it when outside busy time changed."""
        ...

    async def list_advisors(self, structure_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Who holds interviews in these structures now: advisors' ids, and the names that youths read."""
        ...

    async def list_workplaces(self, advisor_id: UUID) -> Sequence["Workplace"]:
        """The active structures where an advisor works, by name."""
        ...

    async def list_appointments(
        self, advisor_id: UUID, starts_at: datetime, ends_at: datetime
    ) -> Sequence["AppointmentView"]:
        """Appointments of an advisor in [starts_at, ends_at), cancelled ones included, by start."""
        ...

    async def read_link(self, token: str) -> "AppointmentView":
        """The appointment behind the token of a youth's stable link (`/rdv/<token>`). Raises `NotFound` when it is forged or revoked."""
        ...

    async def read_catalogue(self) -> "Catalogue":
        """The published programme sheets."""
        ...

    async def list_past_needs(self, most: int = 500) -> Sequence["PastNeed"]:
        """The needs of the latest interviews that were held, without a name, the latest first: to try rules on."""
        ...

    async def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
        timeout_seconds: float = 10,
    ) -> FetchedPage:
        """GET of a public address given by a person.

        Refuses private addresses, more than three redirects and bodies above `max_bytes`. Raises
        `OutboundError` with a French reason that can be shown.
        """
        ...

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = 1_000_000,
        timeout_seconds: float = 10,
    ) -> FetchedPage:
        """Any other request to an address given by a person, with the refusals of `fetch`.

        No redirect is followed: it is the answer. Raises `OutboundError`.
        """
        ...

    def sign(self, purpose: str, text: str) -> str:
        """A short URL-safe signature of `text`, under the platform's key; the same text gives the same signature."""
        ...

    def seal(self, purpose: str, text: str) -> str:
        """Encrypts a secret to be stored, under the platform's key; only the same purpose opens it."""
        ...

    def unseal(self, purpose: str, sealed: str) -> str:
        """What was sealed. Raises `SealError` when the key changed or the text was tampered with."""
        ...

    def render(self, template: str, values: Mapping[str, Any], *, locale: str = "fr") -> str:
        """Renders one of the plugin's templates (`<plugin>/name.html`), outside any request."""
        ...

    async def write_message(
        self, key: str, values: Mapping[str, str], *, locale: str = "fr"
    ) -> "Written":
        """A message in words: by the coordination's text when it rewrote the template `key`, else by the default.

        `values` are those of the template's variables, in the same language; French when the template has no such language.
        """
        ...

    def quiet_until(self, instant: datetime) -> datetime | None:
        """When the region's quiet hours in which `instant` falls are over; None outside them. The core holds reminders
        back by itself; what rings asks this for news too.
        """
        ...


class PluginContext(msgspec.Struct, frozen=True, kw_only=True):
    """Passed at every call. A plugin keeps no other state and reads no global.

    `structure` is None for region-level calls (jobs with scope `region`, public and administration pages); then
    `structures` holds those where the plugin is on, by name. `delegated`: the coordination lets each structure's manager decide.
    `edition` is what a strategy's own `read_edition` gave.
    """

    structure: StructureRef | None
    settings: Any
    now: datetime
    services: Services
    locale: str = "fr"
    request_id: str = ""
    structures: tuple[StructureRef, ...] = ()
    delegated: bool = False
    edition: Any = None


class OutboundError(Exception):
    """An outbound request was refused or failed; the message is French and can be shown.

    `kind`: `large` for an answer above the limit.
    """

    def __init__(self, message: str, *, kind: Literal["", "large"] = "") -> None:
        super().__init__(message)
        self.kind = kind
