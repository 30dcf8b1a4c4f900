"""JSON routes of this room."""

from litestar.types import ControllerRouterHandler

routes: tuple[ControllerRouterHandler, ...] = ()
