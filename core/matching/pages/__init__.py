"""Pages of matching: who ranks by what, the laboratory, what is missing, whom a sheet would suit, and what youths agree to."""

from litestar.types import ControllerRouterHandler

from core.matching.pages import choice, ideas, lab, reverse

routes: tuple[ControllerRouterHandler, ...] = (
    *choice.routes,
    *lab.routes,
    *reverse.routes,
    *ideas.routes,
)
