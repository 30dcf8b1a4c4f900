"""The pages that belong to no room: home, style, language."""

from litestar.types import ControllerRouterHandler

routes: tuple[ControllerRouterHandler, ...] = ()
