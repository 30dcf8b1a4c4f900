"""What the platform does for plugins: the one implementation of `contracts.context.Services`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.agenda import service as agenda
from core.agenda.workplaces import list_advisors, list_workplaces
from core.booking import views
from core.booking.links import read_token
from core.catalogue.service import read_catalogue
from core.contracts.agenda import Workplace
from core.contracts.booking import AppointmentView
from core.contracts.context import FetchedPage
from core.contracts.matching import Catalogue, PastNeed
from core.contracts.messages import Written
from core.extension import outbound
from core.matching.past import list_past
from core.notices import texts
from core.notices.quiet import quiet_hours, quiet_until
from core.platform import Platform
from core.storage.engine import Database
from core.web import templating


class PlatformServices:
    """See `contracts.context.Services` for what each method promises."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def platform(self) -> Platform:
        """The platform itself: for the core's own registrations, see `core.platform.platform_behind`."""
        return self._platform

    @property
    def database(self) -> Database:
        """The database."""
        return self._platform.db

    @property
    def public_url(self) -> str:
        """Where links start."""
        return self._platform.settings.public_url

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration."""
        return self._platform.settings.demo

    async def refresh_slots(self, advisor_ids: Sequence[UUID]) -> None:
        """Computes the slots of these advisors again."""
        await agenda.refresh(self._platform, advisor_ids)

    async def list_advisors(self, structure_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Who works in these structures."""
        return await list_advisors(self._platform, structure_ids)

    async def list_workplaces(self, advisor_id: UUID) -> Sequence[Workplace]:
        """Where an advisor works."""
        return await list_workplaces(self._platform, advisor_id)

    async def list_appointments(
        self, advisor_id: UUID, starts_at: datetime, ends_at: datetime
    ) -> Sequence[AppointmentView]:
        """Appointments of an advisor over a window."""
        return await views.list_for_advisor(self._platform, advisor_id, starts_at, ends_at)

    async def read_link(self, token: str) -> AppointmentView:
        """The appointment of a youth's link."""
        return await views.read_view(self._platform, await read_token(self._platform, token))

    async def read_catalogue(self) -> Catalogue:
        """The published sheets."""
        return await read_catalogue(self._platform)

    async def list_past_needs(self, most: int = 500) -> Sequence[PastNeed]:
        """Past needs, without a name."""
        return await list_past(self._platform, most=most)

    async def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 5_000_000,
        timeout_seconds: float = 10,
    ) -> FetchedPage:
        """GET of a public address."""
        return await outbound.fetch(
            url,
            headers=headers or {},
            max_bytes=max_bytes,
            timeout_seconds=timeout_seconds,
            private_hosts=self._platform.settings.plugins.allow_private_hosts,
        )

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
        """Any other request to a public address."""
        return await outbound.request(
            method,
            url,
            headers=headers or {},
            body=body,
            max_bytes=max_bytes,
            timeout_seconds=timeout_seconds,
            private_hosts=self._platform.settings.plugins.allow_private_hosts,
        )

    def sign(self, purpose: str, text: str) -> str:
        """A short signature under the platform's key."""
        return self._platform.keys.sign(f"plugin:{purpose}", text)

    def seal(self, purpose: str, text: str) -> str:
        """Encrypts under the platform's key."""
        return self._platform.keys.seal(f"plugin:{purpose}", text)

    def unseal(self, purpose: str, sealed: str) -> str:
        """Opens what `seal` made."""
        return self._platform.keys.unseal(f"plugin:{purpose}", sealed)

    def render(self, template: str, values: Mapping[str, Any], *, locale: str = "fr") -> str:
        """Renders a template outside a request."""
        return templating.render(self._platform.templates, template, values, locale)

    async def write_message(
        self, key: str, values: Mapping[str, str], *, locale: str = "fr"
    ) -> Written:
        """A message in words, by the text in force."""
        return await texts.write_message(self._platform, key, values, locale)

    def quiet_until(self, instant: datetime) -> datetime | None:
        """When the night in which an instant falls is over."""
        return quiet_until(instant, quiet_hours(self._platform.settings))
