"""What is asked of a CalDAV server: which calendars, what is in one, write this, remove that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from caldav.collection import Calendar
from caldav.lib.error import DAVError
from caldav.lib.url import URL

from hookspecs import _

from .client import Client
from .exchange import CalendarRef, Look, NotCaldav, Trouble

_MOST_CALENDARS = 50


class Server:
    """A CalDAV server during one exchange. Its questions raise `Trouble`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find_calendars(self) -> tuple[CalendarRef, ...]:
        """The calendars of the account that take events. Raises `Trouble` when there is none.

        The bare address of a host is enough where the server tells the rest at its well-known address.
        """
        bare = urlsplit(str(self._client.url)).path in {"", "/"}
        try:
            found = self._calendars()
        except (DAVError, NotCaldav):
            if not bare:
                raise
            found = []
        if not found and bare:
            self._client.url = URL.objectify(urljoin(str(self._client.url), "/.well-known/caldav"))
            found = self._calendars()
        refs = tuple(
            CalendarRef(
                url=str(calendar.url), name=calendar.get_display_name() or str(calendar.url)
            )
            for calendar in found[:_MOST_CALENDARS]
            if "VEVENT" in calendar.get_supported_components()
        )
        if not refs:
            raise Trouble(_("Ce compte n’a aucun agenda : créez-en un, puis réessayez."))
        return refs

    def look(
        self, calendar: str, starts_at: datetime, ends_at: datetime, asked: Sequence[str]
    ) -> Look:
        """What is in a window of the calendar; `asked` addresses that are not in it are read one by one."""
        # The filter of the library would unfold recurrences without a limit: `reading` does it with one.
        collection: Any = Calendar(client=self._client, url=calendar)
        found = collection.search(
            event=True, start=starts_at, end=ends_at, expand=False, post_filter=False
        )
        window = {_path(str(item.url)): item.data for item in found}
        return Look(
            window=window,
            asked={
                href: window[_path(href)] if _path(href) in window else self.read(href)
                for href in asked
            },
        )

    def read(self, href: str) -> str | None:
        """The text of one event, or None when there is none any more."""
        answer = self._client.request(href)
        if answer.status in {404, 410}:
            return None
        if answer.status != 200:
            raise Trouble(
                _("Un événement ne peut pas être lu (%(status)d).") % {"status": answer.status}
            )
        text: str = answer.raw
        return text

    def write(self, href: str, content: bytes) -> None:
        """Writes one event, whatever was there."""
        answer = self._client.put(
            href, content.decode(), {"Content-Type": "text/calendar; charset=utf-8"}
        )
        if answer.status not in {200, 201, 204}:
            raise Trouble(
                _("Cet agenda n’accepte pas nos rendez-vous (%(status)d) : choisissez-en un autre.")
                % {"status": answer.status}
            )

    def remove(self, href: str) -> None:
        """Removes one event; it may be gone already."""
        answer = self._client.delete(href)
        if answer.status not in {200, 202, 204, 404, 410}:
            raise Trouble(
                _("Un événement ne peut pas être retiré (%(status)d).") % {"status": answer.status}
            )

    def _calendars(self) -> list[Any]:
        """The library types every answer as perhaps asynchronous; ours never is."""
        found: Any = self._client.get_principal().get_calendars()
        return list(found)


def _path(href: str) -> str:
    return str(URL.objectify(href).canonical().path)
