"""Settings: one frozen Struct, from `config/somobilite.toml`, then `SOMOBILITE_*` variables.

Order, later wins: the defaults below, the packaged `config/somobilite.toml` and `config/plugins.toml`, the deployer's
file (`--config` or `SOMOBILITE_CONFIG`), the environment. `SOMOBILITE_SERVER_PORT` sets `[server] port`,
`SOMOBILITE_PLUGIN__VISIO_JITSI__SERVER` sets `server` among the settings of one plugin, `DATABASE_URL` the database.
An unknown key or a bad value stops the start with source, key, reason and an example.
"""

import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from core.errors import SettingsError

_PREFIX = "SOMOBILITE_"
_PLUGIN_PREFIX = "SOMOBILITE_PLUGIN__"
_EXAMPLES = {
    "int": "8000",
    "float": "1.5",
    "bool": "true",
    "str": '"text"',
}

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
LeadUnit = Literal["hours", "working_days"]
FactorPolicy = Literal["required", "offered", "off"]
Pentecost = Literal["open", "closed", "as_holidays"]
AgeRule = Literal["refuse", "flag"]
SlotMinutes = Annotated[int, Meta(ge=15, le=240)]
BufferMinutes = Annotated[int, Meta(ge=0, le=120)]
StepMinutes = Annotated[int, Meta(ge=0, le=240, multiple_of=5)]
LeadHours = Annotated[int, Meta(ge=0, le=720)]
MOST_LEAD_DAYS = 20
LeadDays = Annotated[int, Meta(ge=1, le=MOST_LEAD_DAYS)]
HorizonDays = Annotated[int, Meta(ge=7, le=365)]


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the platform is served."""

    host: str = "127.0.0.1"
    port: Port = 8000
    workers: Positive = 1
    public_url: str = ""
    jobs: bool = False
    trusted_proxies: tuple[str, ...] = ()
    memory_seconds: Annotated[float, Meta(ge=0, le=10)] = 1.0


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the data is. An empty url means the embedded server in `data_dir`."""

    url: str = ""
    pool_size: Annotated[int, Meta(ge=2, le=200)] = 10


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a code is asked after the password: of the coordination, and of the other members of staff. `off`: of nobody, not
    even of who has one. Where it is required, it may be put off for `second_factor_grace_days` after the first sign-in.
    """

    second_factor: FactorPolicy = "required"
    second_factor_staff: FactorPolicy = "offered"
    second_factor_grace_days: Annotated[int, Meta(ge=0, le=90)] = 7


class BookingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Regional rules. A structure may have its own terms: everything down to `age_rule`."""

    slot_minutes: SlotMinutes = 60
    buffer_minutes: BufferMinutes = 0
    step_minutes: StepMinutes = 0
    lead_unit: LeadUnit = "hours"
    lead_hours: LeadHours = 48
    lead_days: LeadDays = 2
    horizon_days: HorizonDays = 90
    open_on_holidays: bool = False
    pentecost_monday: Pentecost = "as_holidays"
    age_rule: AgeRule = "refuse"
    hold_minutes: Annotated[int, Meta(ge=2, le=60)] = 10
    cancel_limit_hours: Annotated[int, Meta(ge=0, le=168)] = 4
    max_age: Annotated[int, Meta(ge=16, le=120)] = 35
    minimum_weekly_slots: Positive = 3
    referral_answer_hours: Annotated[int, Meta(ge=1, le=336)] = 24
    referral_unanswered: Literal["keep", "release"] = "keep"


class NoticeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When messages may leave: no reminder, and nothing that rings, between these hours of the wall. `digests`: staff are told
    of their week and of slots that are missing.
    """

    quiet_from: Annotated[int, Meta(ge=0, le=23)] = 21
    quiet_until: Annotated[int, Meta(ge=0, le=23)] = 8
    digests: bool = True


class PrivacySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long what says who came is kept after the last appointment of a person."""

    retention_months: Annotated[int, Meta(ge=1, le=120)] = 24


class PluginPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The region's word on one plugin; `settings` are checked by the plugin's own Struct. `permissions` give the least role for what
    the plugin lets people do, in place of the plugin's own.
    """

    policy: Annotated[str, Meta(pattern="^(forbidden|available|default_on|mandatory)$")] = (
        "available"
    )
    delegated: bool = False
    permissions: dict[str, Literal["anyone", "advisor", "manager", "coordinator", "admin"]] = {}
    settings: dict[str, Any] = {}


class PluginHostSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which plugins may load, and how faults are taken."""

    denied: tuple[str, ...] = ()
    strict: bool = False
    timeout_seconds: Annotated[float, Meta(gt=0, le=60)] = 2.0
    allow_private_hosts: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of a running platform."""

    region_name: str = "Nouvelle-Aquitaine"
    timezone: str = "Europe/Paris"
    default_locale: Annotated[str, Meta(pattern="^(fr|en)$")] = "fr"
    data_dir: Path = Path("var")
    secret_key: str = ""
    sealing_keys: tuple[str, ...] = ()
    demo: bool = False
    log_format: Annotated[str, Meta(pattern="^(console|json)$")] = "console"
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning)$")] = "info"
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    accounts: AccountSettings = AccountSettings()
    booking: BookingSettings = BookingSettings()
    notices: NoticeSettings = NoticeSettings()
    privacy: PrivacySettings = PrivacySettings()
    plugins: PluginHostSettings = PluginHostSettings()
    plugin: dict[str, PluginPolicy] = {}

    @property
    def public_url(self) -> str:
        """The address that links in messages start with, without a final slash."""
        return self.server.public_url.rstrip("/") or f"http://{self.server.host}:{self.server.port}"


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force. Raises `SettingsError` with source, key, reason and example."""
    env = os.environ if environment is None else environment
    sources: dict[str, str] = {}
    raw: dict[str, Any] = {}
    for packaged in (files("config") / "somobilite.toml", files("config") / "plugins.toml"):
        values = _read_toml(packaged.read_text("utf-8"), str(packaged))
        if packaged.name == "plugins.toml":
            values = {"plugin": values}
        _merge(raw, values, str(packaged), sources)
    if path is None and env.get("SOMOBILITE_CONFIG"):
        path = Path(env["SOMOBILITE_CONFIG"])
    if path is not None:
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"{path}: is not UTF-8 text ({error}). Save it as UTF-8."
            ) from error
        _merge(raw, _read_toml(text, str(path)), str(path), sources)
    _merge_environment(raw, env, sources)
    return _convert(raw, sources)


def _read_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f'{source}: not valid TOML: {error}. A line reads: key = "value"'
        ) from error


def _merge(
    into: dict[str, Any],
    new: Mapping[str, Any],
    source: str,
    sources: dict[str, str],
    path: str = "",
) -> None:
    """Pours `new` into `into`, table by table, and remembers where each key came from."""
    for key, value in new.items():
        sources[path + key] = source
        known = into.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value, source, sources, f"{path}{key}.")
        elif isinstance(value, dict):
            into[key] = {}
            _merge(into[key], value, source, sources, f"{path}{key}.")
        else:
            into[key] = value


def _merge_environment(
    raw: dict[str, Any], env: Mapping[str, str], sources: dict[str, str]
) -> None:
    """`SOMOBILITE_SECTION_KEY` or `SOMOBILITE_KEY`; values are text, numbers or comma lists."""
    known = _environment_names()
    for name, text in env.items():
        if name == "DATABASE_URL" and text:
            raw.setdefault("database", {})["url"] = text
            sources["database.url"] = "environment DATABASE_URL"
        elif name.startswith(_PLUGIN_PREFIX):
            plugin, _, key = name.removeprefix(_PLUGIN_PREFIX).lower().partition("__")
            policy = raw.setdefault("plugin", {}).setdefault(plugin, {})
            policy.setdefault("settings", {})[key] = text
        elif name.startswith(_PREFIX) and name != "SOMOBILITE_CONFIG":
            if name not in known:
                raise SettingsError(
                    f"environment {name}: no such setting. Known: {', '.join(sorted(known))}"
                )
            section, key, kind = known[name]
            value: Any = text
            if kind is bool:
                value = {"1": True, "true": True, "0": False, "false": False}.get(
                    text.lower(), text
                )
            elif "tuple" in str(kind):
                value = [part.strip() for part in text.split(",") if part.strip()]
            target = raw.setdefault(section, {}) if section else raw
            target[key] = value
            sources[f"{section}.{key}" if section else key] = f"environment {name}"


def _environment_names() -> dict[str, tuple[str, str, Any]]:
    names: dict[str, tuple[str, str, Any]] = {}
    for key, kind in get_type_hints(Settings).items():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for sub, subkind in get_type_hints(kind).items():
                names[f"{_PREFIX}{key}_{sub}".upper()] = (key, sub, subkind)
        elif key != "plugin":
            names[f"{_PREFIX}{key}".upper()] = ("", key, kind)
    return names


def _convert(raw: dict[str, Any], sources: Mapping[str, str]) -> Settings:
    try:
        settings = msgspec.convert(
            raw, Settings, strict=False, dec_hook=lambda kind, value: kind(value)
        )
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        key = ".".join(filter(None, [where.strip("`.").replace("[...]", ""), _unknown_key(reason)]))
        source = sources.get(key) or sources.get(key.split(".", maxsplit=1)[0]) or "the settings"
        raise SettingsError(
            f"{source}: {key or 'a key'}: {reason}. {_example(reason, key)}"
        ) from error
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"{sources['timezone']}: timezone: {settings.timezone!r} is not a time zone."
            ' For example: timezone = "Europe/Paris"'
        ) from error
    return settings


def _unknown_key(reason: str) -> str:
    return reason.split("`")[1] if "unknown field" in reason and "`" in reason else ""


def _example(reason: str, key: str) -> str:
    for name, example in _EXAMPLES.items():
        if f"`{name}`" in reason:
            return f"For example: {key.rsplit('.', maxsplit=1)[-1]} = {example}"
    return "Every setting is explained in config/somobilite.toml."
