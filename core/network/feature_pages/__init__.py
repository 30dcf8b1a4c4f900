"""Pages of structures × plugins."""

from litestar.types import ControllerRouterHandler

from core.network.feature_pages import (
    bulk,
    cell,
    feature,
    grid,
    history,
    settings,
    sight,
    structure,
)

routes: tuple[ControllerRouterHandler, ...] = (
    grid.features_page,
    grid.features_csv,
    *cell.routes,
    *bulk.routes,
    *feature.routes,
    *structure.routes,
    *sight.routes,
    *history.routes,
    *settings.routes,
)
