"""An exchange with a CalDAV server: where and as whom, what came of it, and what may go wrong.

The library behind it is loaded with the first exchange, on its thread: it is the longest to load of all that the platform stands on.
"""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from hookspecs import OutboundError, PluginContext, _

from .settings import CaldavSettings

if TYPE_CHECKING:
    from .server import Server

T = TypeVar("T")
# Not the loop's own threads: names are resolved there, and each of ours waits for such an answer.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="caldav")


class Trouble(Exception):
    """The exchange failed; the message is French and can be shown. `field` names the answer to mend, if any."""

    def __init__(self, message: str, *, field: str = "server") -> None:
        super().__init__(message)
        self.field = field


class NotCaldav(Trouble):
    """Something answers there, which is no CalDAV server."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Cette adresse répond, mais pas comme un serveur CalDAV : copiez celle que donne votre agenda."
            )
        )


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and as whom."""

    server: str
    username: str
    password: str


class CalendarRef(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar of the account."""

    url: str
    name: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The calendar's content: iCalendar texts of a window by address, and those asked for by address (None: gone)."""

    window: Mapping[str, str]
    asked: Mapping[str, str | None]


async def exchange(
    context: PluginContext,
    login: Login,
    work: Callable[["Server"], T],
    *,
    timeout_seconds: float | None = None,
) -> T:
    """Runs `work` with the library, on a thread. Raises `Trouble`, whatever happens there."""
    settings: CaldavSettings = context.settings
    limit = timeout_seconds or settings.timeout_seconds
    if urlsplit(login.server).scheme not in {"http", "https"}:
        raise Trouble(_("L’adresse doit commencer par https://."))
    loop = asyncio.get_running_loop()

    def run() -> T:
        from .client import Client  # noqa: PLC0415 - see the top of this file
        from .server import Server  # noqa: PLC0415

        with Client(context, login, loop, limit) as client:
            return work(Server(client))

    try:
        async with asyncio.timeout(limit + 1):
            # In the present context: what goes wrong there is told in the reader's language.
            return await loop.run_in_executor(_THREADS, contextvars.copy_context().run, run)
    except Trouble:
        raise
    except TimeoutError as error:
        raise Trouble(_("Ce serveur met trop de temps à répondre.")) from error
    except OutboundError as error:
        raise Trouble(str(error)) from error
    except Exception as error:  # the library raises many kinds
        raise NotCaldav from error
