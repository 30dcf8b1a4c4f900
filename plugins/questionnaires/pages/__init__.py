"""Pages: answering, writing the questions, reading the results."""

from collections.abc import Sequence

from hookspecs import RouteSet

from . import answering, region, structure

ROUTES: Sequence[RouteSet] = (
    RouteSet(handlers=answering.YOUTH, scope="structure", access="anyone"),
    RouteSet(handlers=answering.ADVISOR, scope="structure", access="advisor"),
    RouteSet(handlers=structure.HANDLERS, scope="structure", access="manager"),
    RouteSet(handlers=region.HANDLERS, scope="public", access="coordinator"),
)
