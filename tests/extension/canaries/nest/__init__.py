from typing import Annotated

import msgspec
from msgspec import Meta

from hookspecs import SettingsSpec, hookimpl


class NestSettings(msgspec.Struct, frozen=True, kw_only=True):
    eggs: Annotated[int, Meta(title="Œufs", ge=0)] = 3


@hookimpl
def register_settings():
    return SettingsSpec(struct=NestSettings)
