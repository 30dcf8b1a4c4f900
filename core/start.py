"""The start of a server's worker process: nothing that is made while starting is garbage, so the collector looks away."""

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import ASGIApp


def create() -> "ASGIApp":
    """The application of this process, as `core.serve.create` makes it, in two thirds of the time.

    The modules, the board and the routes stay as long as the process: later collections do not walk them again.
    """
    gc.disable()
    try:
        from core import serve  # noqa: PLC0415 - importing is the longest part of the start

        application = serve.create()
    finally:
        gc.enable()
    gc.freeze()
    return application
