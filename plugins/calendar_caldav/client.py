"""The CalDAV library over the platform's own outbound requests: public addresses only, bounded in time and size."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from caldav.davclient import DAVClient
from caldav.response import DAVResponse

from hookspecs import OutboundError, PluginContext, _

from .settings import CaldavSettings

T = TypeVar("T")
MAX_REDIRECTS = 3
_MULTISTATUS = {"PROPFIND", "REPORT"}
_REDIRECTS = {301, 302, 303, 307, 308}
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


class Client(DAVClient):
    """The library's client. Every request runs on the platform's loop; this thread waits for it."""

    def __init__(
        self,
        context: PluginContext,
        login: Login,
        loop: asyncio.AbstractEventLoop,
        timeout_seconds: float,
    ) -> None:
        super().__init__(url=login.server, enable_rfc6764=False)
        settings: CaldavSettings = context.settings
        self._services, self._loop = context.services, loop
        self._max_bytes = settings.max_megabytes * 1_000_000
        self._until = time.monotonic() + timeout_seconds
        self._login = login
        self._auth: httpx.Auth = httpx.BasicAuth(login.username, login.password)

    def request(
        self,
        url: str,
        method: str = "GET",
        body: Any = "",
        headers: Mapping[str, str] | None = None,
        rate_limit_time_slept: float = 0,
    ) -> DAVResponse:
        """One request of the library, redirects followed. Raises `Trouble`."""
        content = body.encode() if isinstance(body, str) else bytes(body or b"")
        fields: dict[str, str] = {**dict(self.headers), **(headers or {})}
        if not content:
            fields.pop("Content-Type", None)
        target = str(self.url.join(url))
        for _hop in range(MAX_REDIRECTS + 1):
            answer = self._authenticated(
                httpx.Request(method, target, headers=fields, content=content)
            )
            location = answer.headers.get("location", "")
            if answer.status_code not in _REDIRECTS or not location:
                _refuse(answer.status_code)
                if method in _MULTISTATUS and answer.is_success and answer.status_code != 207:
                    raise NotCaldav
                return DAVResponse(answer, self)
            target = str(httpx.URL(target).join(location))
        raise Trouble(_("Ce serveur renvoie d’une page à l’autre sans fin."))

    def _authenticated(self, request: httpx.Request) -> httpx.Response:
        """The answer, by the way of proving who one is that the server asks for: basic, else digest."""
        answer = self._proven(request)
        wanted = answer.headers.get("www-authenticate", "").lower()
        if (
            answer.status_code == 401
            and "digest" in wanted
            and isinstance(self._auth, httpx.BasicAuth)
        ):
            self._auth = httpx.DigestAuth(self._login.username, self._login.password)
            request.headers.pop("authorization", None)
            answer = self._proven(request)
        return answer

    def _proven(self, request: httpx.Request) -> httpx.Response:
        flow = self._auth.sync_auth_flow(request)
        try:
            asked = next(flow)
            while True:
                answer = self._send(asked)
                asked = flow.send(answer)
        except StopIteration:
            return answer
        finally:
            flow.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https" and request.url.host not in {"127.0.0.1", "::1"}:
            raise Trouble(_("L’adresse doit commencer par https:// : votre mot de passe y voyage."))
        left = self._until - time.monotonic()
        if left <= 0:
            raise Trouble(_("Ce serveur met trop de temps à répondre."))
        sent = {
            name: value
            for name, value in request.headers.items()
            if name not in {"host", "content-length", "user-agent"}
        }
        future = asyncio.run_coroutine_threadsafe(
            self._services.request(
                request.method,
                str(request.url),
                headers=sent,
                body=request.content,
                max_bytes=self._max_bytes,
                timeout_seconds=left,
            ),
            self._loop,
        )
        answer = future.result()
        return httpx.Response(
            answer.status, headers=dict(answer.headers), content=answer.body, request=request
        )


async def exchange(
    context: PluginContext,
    login: Login,
    work: Callable[[Client], T],
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
        with Client(context, login, loop, limit) as client:
            return work(client)

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


def _refuse(status: int) -> None:
    """Says in words what no request of ours goes on from."""
    if status == 401:
        raise Trouble(_("Identifiant ou mot de passe refusé par le serveur."), field="password")
    if status == 403:
        raise Trouble(_("Le serveur refuse cette action : vérifiez vos droits sur cet agenda."))
    if status in {429, 503}:
        raise Trouble(_("Ce serveur est débordé : un nouvel essai aura lieu plus tard."))
    if status >= 500:
        raise Trouble(_("Ce serveur répond par une erreur (%(status)d).") % {"status": status})
