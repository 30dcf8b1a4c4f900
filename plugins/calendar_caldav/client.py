"""The CalDAV library over the platform's own outbound requests: public addresses only, bounded in time and size."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
from caldav.davclient import DAVClient
from caldav.response import DAVResponse

from hookspecs import PluginContext, _

from .exchange import Login, NotCaldav, Trouble
from .settings import CaldavSettings

MAX_REDIRECTS = 3
_MULTISTATUS = {"PROPFIND", "REPORT"}
_REDIRECTS = {301, 302, 303, 307, 308}


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
