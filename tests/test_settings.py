"""Settings: a fault stops the start with its source, its key, the reason and an example."""

import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from core.errors import SettingsError
from core.settings import Settings, load_settings


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def fault(path=None, **environment):
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environment)
    return str(caught.value)


def test_the_packaged_file_says_exactly_what_the_defaults_are():
    raw = tomllib.loads((files("config") / "somobilite.toml").read_text("utf-8"))
    assert msgspec.convert(raw, Settings, dec_hook=lambda kind, value: kind(value)) == Settings()
    assert raw.keys() | {"plugin"} == {field.name for field in msgspec.structs.fields(Settings)}
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.default, msgspec.Struct):
            named = {sub.name for sub in msgspec.structs.fields(type(field.default))}
            assert raw[field.name].keys() == named


def test_a_file_wins_over_the_defaults_and_a_variable_over_the_file(tmp_path):
    path = written(tmp_path, "[server]\nport = 8001\nworkers = 2\n[booking]\nlead_hours = 24")
    settings = load_settings(path, {"SOMOBILITE_SERVER_PORT": "8002"})
    assert (settings.server.port, settings.server.workers) == (8002, 2)
    assert (settings.booking.lead_hours, settings.booking.horizon_days) == (24, 90)


def test_a_file_may_be_named_by_a_variable(tmp_path):
    path = written(tmp_path, 'region_name = "Ailleurs"')
    assert load_settings(environment={"SOMOBILITE_CONFIG": str(path)}).region_name == "Ailleurs"


def test_variables_of_every_kind_are_read():
    settings = load_settings(
        environment={
            "SOMOBILITE_DEMO": "true",
            "SOMOBILITE_DATA_DIR": "elsewhere",
            "SOMOBILITE_PLUGINS_TIMEOUT_SECONDS": "0.5",
            "SOMOBILITE_PLUGINS_DENIED": "one, two",
            "SOMOBILITE_SERVER_TRUSTED_PROXIES": "",
            "DATABASE_URL": "postgresql://db.example/so",
        }
    )
    assert settings.demo is True
    assert settings.data_dir == Path("elsewhere")
    assert settings.plugins.timeout_seconds == 0.5
    assert settings.plugins.denied == ("one", "two")
    assert settings.server.trusted_proxies == ()
    assert settings.database.url == "postgresql://db.example/so"


def test_a_variable_sets_one_value_of_a_plugin_and_leaves_the_others(tmp_path):
    path = written(tmp_path, '[plugin.visio_jitsi.settings]\nserver = "a"\nother = 1')
    settings = load_settings(path, {"SOMOBILITE_PLUGIN__VISIO_JITSI__SERVER": "b"})
    assert settings.plugin["visio_jitsi"].settings == {"server": "b", "other": 1}
    assert settings.plugin["visio_jitsi"].policy == "default_on"


def test_links_start_at_the_public_address_or_where_we_serve():
    assert load_settings(environment={}).public_url == "http://127.0.0.1:8000"
    given = {"SOMOBILITE_SERVER_PUBLIC_URL": "https://rdv.example/"}
    assert load_settings(environment=given).public_url == "https://rdv.example"


def test_malformed_toml_names_the_file_the_line_and_a_good_one(tmp_path):
    path = written(tmp_path, "[server]\nport = = 8000")
    message = fault(path)
    assert str(path) in message
    assert "line 2" in message
    assert 'key = "value"' in message


def test_text_that_is_not_utf_8_is_said(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b'region_name = "\xe9t\xe9"')
    message = fault(path)
    assert str(path) in message
    assert "UTF-8" in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "nowhere.toml: cannot be read" in fault(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("colour = 'red'", "colour", "unknown"),
        ("[server]\nprot = 8000", "server.prot", "unknown"),
        ("[serveur]\nport = 8000", "serveur", "unknown"),
        ("[server]\nport = 'many'", "server.port", "int"),
        ("[server]\nport = 70000", "server.port", "65535"),
        ("[booking]\nlead_hours = -1", "booking.lead_hours", "0"),
        ("demo = 'perhaps'", "demo", "bool"),
        ("default_locale = 'de'", "default_locale", "fr"),
        ("server = 8000", "server", "object"),
        ("[plugin.stats_export]\npolicy = 'maybe'", "policy", "forbidden"),
        ("timezone = 'Europe/Pariss'", "timezone", "Europe/Paris"),
    ],
)
def test_an_unknown_key_or_a_bad_value_names_the_file_the_key_and_the_reason(
    tmp_path, text, key, reason
):
    path = written(tmp_path, text)
    message = fault(path)
    assert str(path) in message
    assert key in message
    assert reason in message


def test_a_bad_variable_is_named_with_an_example():
    message = fault(SOMOBILITE_SERVER_PORT="many")
    assert "SOMOBILITE_SERVER_PORT" in message
    assert "port = 8000" in message


def test_an_unknown_variable_is_refused_with_the_known_ones():
    message = fault(SOMOBILITE_SERVER_PROT="8000")
    assert "SOMOBILITE_SERVER_PROT" in message
    assert "SOMOBILITE_SERVER_PORT" in message


def test_variables_of_others_are_none_of_our_business():
    assert load_settings(environment={"PATH": "/bin", "HOME": "/root"}) == load_settings(
        environment={}
    )


def test_settings_cannot_change_once_read():
    with pytest.raises(AttributeError):
        load_settings(environment={}).demo = True
