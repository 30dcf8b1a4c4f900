"""The start of a server's worker process: nothing that is made while starting is garbage, so the collector looks away."""

import gc
from typing import TYPE_CHECKING

from core.settings import load_settings

if TYPE_CHECKING:
    from litestar.types import ASGIApp


def create() -> "ASGIApp":
    """The application of one worker process, from `SOMOBILITE_*` and `DATABASE_URL`.

    The modules, the board and the routes stay as long as the process: later collections do not walk them again.
    """
    gc.disable()
    try:
        from core import app  # noqa: PLC0415 - importing is the longest part of the start

        application = app.build_app(app.set_up(load_settings()))
    finally:
        gc.enable()
    gc.freeze()
    return application
