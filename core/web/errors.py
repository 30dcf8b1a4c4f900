"""Errors: problem+json for programs, a kind French page for people, never a stack trace."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from litestar.response import Redirect

from core.errors import Conflict, FriendlyError, NotFound
from core.web.i18n import _
from core.web.pages import page

log = structlog.get_logger("somobilite.errors")


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether the asker is a program: under `/api/`, or asking for JSON first."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or accept.startswith(
        ("application/json", "application/problem+json")
    )


def problem(
    request: Request[Any, Any, Any], status: int, title: str, detail: str, **extra: Any
) -> Response[Any]:
    """An RFC 9457 answer."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request.scope.get("state", {}).get("request_id", ""),
        **extra,
    }
    return Response(content, status_code=status, media_type="application/problem+json")


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Litestar's own refusals: not found, method, form token, size, sign-in. Their headers (Retry-After) are kept."""
    response = _on_http(request, error)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    status = error.status_code
    if wants_json(request):
        extra = {"errors": error.extra} if error.extra else {}
        return problem(request, status, type(error).__name__, str(error.detail), **extra)
    if isinstance(error, NotAuthorizedException):
        here = f"{request.url.path}?{request.url.query}".rstrip("?")
        suite = quote(here if request.method == "GET" else "/agenda", safe="/")
        return Redirect(f"/connexion?suite={suite}", status_code=303)
    if isinstance(error, PermissionDeniedException) and "CSRF" in str(error.detail):
        return _page(
            request,
            status,
            _("Cette page était ouverte depuis trop longtemps"),
            _(
                "Revenez en arrière, rechargez la page puis recommencez : ce que vous avez écrit est encore là."
            ),
        )
    title, advice = _words(status)
    return _page(request, status, title, advice)


def on_friendly(request: Request[Any, Any, Any], error: FriendlyError) -> Response[Any]:
    """A refusal that no page took care of."""
    status = 409 if isinstance(error, Conflict) else 422
    if wants_json(request):
        extra = {"field": error.field} if error.field else {}
        return problem(request, status, _("Demande refusée"), error.message, **extra)
    return _page(request, status, _("Ce n’est pas possible"), error.message)


def on_not_found(request: Request[Any, Any, Any], _error: NotFound) -> Response[Any]:
    """An object that is not there, or is another's."""
    title, advice = _words(404)
    if wants_json(request):
        return problem(request, 404, title, advice)
    return _page(request, 404, title, advice)


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What nobody expected: logged whole, said plainly."""
    log.error("unexpected error", exc_info=error, path=request.url.path)
    title, advice = _words(500)
    if wants_json(request):
        return problem(request, 500, title, advice)
    return _page(request, 500, title, advice)


def _words(status: int) -> tuple[str, str]:
    if status == 404:
        return _("Cette page n’existe pas"), _(
            "Le lien est peut-être incomplet : recopiez-le en entier, ou repartez de l’accueil."
        )
    if status == 405:
        return _("Cette adresse ne s’ouvre pas ainsi"), _("Repartez de l’accueil.")
    if status == 413:
        return _("C’est trop long"), _("Revenez en arrière et raccourcissez votre texte.")
    if status == 429:
        return _("Beaucoup d’essais en peu de temps"), _("Attendez une minute, puis recommencez.")
    if status < 500:
        return _("Cette demande n’a pas pu être lue"), _(
            "Revenez en arrière, vérifiez ce que vous avez écrit et recommencez."
        )
    return _("Quelque chose s’est mal passé chez nous"), _(
        "Rien de ce que vous avez confirmé n’est perdu. Réessayez dans un instant."
    )


def _page(request: Request[Any, Any, Any], status: int, title: str, advice: str) -> Response[Any]:
    """The error page; should even that fail, plain words."""
    try:
        return page(
            request,
            "web/error.html",
            {"status": status, "title": title, "advice": advice},
            status=status,
        )
    except Exception:
        log.exception("the error page failed")
        return Response(f"{title}\n\n{advice}\n", status_code=status, media_type=MediaType.TEXT)
