"""The names that pluggy needs, apart from `hookspecs.py` so that the core itself may implement hooks."""

import pluggy

PROJECT = "somobilite"
API_VERSION = (1, 0)

hookimpl = pluggy.HookimplMarker(PROJECT)
