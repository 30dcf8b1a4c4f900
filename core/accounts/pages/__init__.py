"""Pages of this room: signing in and its second step, one's own account, the accounts of others."""

from litestar.types import ControllerRouterHandler

from core.accounts.pages import account, factor, forgotten, people, second_step, sign_in

routes: tuple[ControllerRouterHandler, ...] = (
    *sign_in.routes,
    *second_step.routes,
    *forgotten.routes,
    *account.routes,
    *factor.routes,
    *people.routes,
)
