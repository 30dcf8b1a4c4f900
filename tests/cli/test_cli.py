import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from core import cli as command
from core.catalogue.service import load_programmes
from core.checks import check
from core.errors import SettingsError
from core.serve import check_port, running_database
from core.settings import load_settings
from core.testing.factories import make_account, make_advisor, make_opening, make_structure

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(database_url, monkeypatch, tmp_path):
    """A deployment with a migrated database of its own."""
    for name in [name for name in os.environ if name.startswith("SOMOBILITE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SOMOBILITE_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("SOMOBILITE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SOMOBILITE_LOG_LEVEL", "warning")
    return dict(os.environ)


def run(environment, *words, **options):
    return subprocess.run(
        [sys.executable, "-c", "from core.cli import main; main()", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


@pytest.mark.parametrize("words", [[], ["demo"], ["serve"], ["worker"], ["migrate"], ["check"], ["user", "create"], ["user", "reset-factor"], ["user", "password-link"], ["plugin", "list"], ["plugin", "new"], ["plugin", "check"], ["plugin", "data"], ["plugin", "purge"], ["run"], ["secrets", "rotate"], ["match", "lab"], ["programmes", "export"], ["programmes", "import"], ["slots", "rebuild"]])  # fmt: skip
def test_help_reads_well(words):
    answer = CliRunner().invoke(command.cli, [*words, "--help"])
    assert answer.exit_code == 0
    assert "..." not in answer.output.partition("Commands:")[2]


def test_a_deployment_from_nothing_to_checked(environment, database_url):
    migrated = run(environment, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert "up to date" in migrated.stdout
    created = run(
        environment, "user", "create", "--email", "a@essai.example", "--name", "Alix",
        "--role", "admin", "--password", "une barque sur la Dordogne",
        "--structure", "pistes-solidaires", "--trained",
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    checked = run(environment, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "4293 communes" in checked.stdout
    listed = run(environment, "plugin", "list")
    assert "stats_export" in listed.stdout
    rotated = run({**environment, "SOMOBILITE_SEALING_KEYS": "fresh"}, "secrets", "rotate")
    assert "0 secrets encrypted anew" in rotated.stdout, rotated.stderr
    compared = run(environment, "match", "lab", "--strategy", "matching_rules:rules")
    assert compared.returncode == 0, compared.stderr
    assert "43 found in 10" in compared.stdout


async def test_the_last_second_factor_is_taken_away_at_the_command_line(environment, database):
    alma = await make_account(database, "alma@example.org", region_role="admin", name="Alma")
    await database.execute(
        "INSERT INTO account_factor (account, secret, last_step, since) VALUES ($1, 'sealed', 0, now())",
        alma,
    )
    words = ("user", "reset-factor", "Alma@example.org")
    done = await asyncio.to_thread(run, environment, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Alma signs in with the password alone, once" in done.stdout
    assert not await database.fetch_value("SELECT count(*) FROM account_factor")
    again = await asyncio.to_thread(run, environment, *words)
    assert again.returncode == 2
    assert "has no second factor" in again.stderr


async def test_a_link_to_a_new_password_is_printed_for_whom_no_mail_reaches(environment, database):
    alma = await make_account(database, "alma@example.org", region_role="admin", name="Alma")
    await database.execute("UPDATE account SET password_hash = 'forgotten' WHERE id = $1", alma)
    done = await asyncio.to_thread(run, environment, "user", "password-link", "Alma@example.org")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Alma: http://[^/]+/mot-de-passe/[\w=-]{40,}\n", done.stdout)
    assert await database.fetch_value(
        "SELECT password_asked_at IS NOT NULL FROM account WHERE id = $1", alma
    )
    nobody = await asyncio.to_thread(run, environment, "user", "password-link", "x@example.org")
    assert (nobody.returncode, "nobody signs in with x@example.org" in nobody.stderr) == (2, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SOMOBILITE_SERVER_PORT": "many"}, "server.port"),
        ({"SOMOBILITE_NONSENSE": "1"}, "no such setting"),
        (
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
            "cannot connect to the database",
        ),
    ],
)
def test_an_error_is_one_clear_line_and_exit_code_2(environment, change, words):
    answer = run({**environment, **change}, "check")
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_a_demonstration_never_fills_somebody_elses_database(environment):
    answer = run(environment, "demo")
    assert answer.returncode == 2
    assert "not a demonstration's" in answer.stderr


def test_a_weak_password_is_refused_in_one_line(environment):
    answer = run(
        environment, "user", "create", "--email", "a@essai.example", "--name", "Alix", "--password", "court"
    )  # fmt: skip
    assert answer.returncode == 2
    assert "12 caractères" in answer.stderr


def test_a_port_that_is_taken_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = load_settings(
            environment={"SOMOBILITE_SERVER_PORT": str(taken.getsockname()[1])}
        )
        with pytest.raises(SettingsError, match="is taken; choose another port"):
            check_port(settings)


def test_only_the_embedded_database_is_ever_started_over():
    settings = load_settings(environment={"DATABASE_URL": "postgresql://somewhere/else"})
    with (
        pytest.raises(SettingsError, match="only the embedded"),
        running_database(settings, fresh=True),
    ):
        pass


async def test_a_check_says_how_to_mend_what_is_missing(platform):
    lines = {line.name: line async for line in check(platform)}
    assert lines["schema"].state == "ok"
    assert lines["reference data"].state == "failing"
    assert "somobilite migrate" in lines["reference data"].hint
    assert lines["key"].state == "degraded"
    assert lines["accounts"].state == "ok"
    accounts = msgspec.structs.replace(platform.settings.accounts, second_factor="off")
    platform.settings = msgspec.structs.replace(platform.settings, accounts=accounts, demo=False)
    await platform.db.execute("DELETE FROM schema_migration WHERE owner = 'notifications_email'")
    lines = {line.name: line async for line in check(platform)}
    assert lines["schema"].state == "failing"
    assert lines["schema"].hint == "run: somobilite migrate"
    assert lines["accounts"].state == "degraded"


@pytest.mark.processes
def test_two_worker_processes_serve_and_stop_in_good_order(environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from core.cli import main; main()", "serve", "--port", str(port), "--workers", "2"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 60
        while True:
            try:
                assert opener.open(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200
                break
            except OSError:
                assert time.monotonic() < deadline, "it never answered"
                time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=40)
        assert process.returncode == 0
        assert "Traceback" not in errors
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


async def test_slots_rebuild_mends_what_was_broken_and_then_changes_nothing(environment, database):
    structure = await make_structure(database)
    advisor = await make_advisor(database, structure)
    await make_opening(
        database,
        advisor,
        structure,
        channels=["phone"],
        repeat="weekly",
        starts_on=date(2026, 1, 6),
    )
    mended = await asyncio.to_thread(run, environment, "slots", "rebuild")
    assert mended.returncode == 0, mended.stderr
    assert "1 advisors refreshed, 1 changed." in mended.stdout
    await database.execute("DELETE FROM slot WHERE starts_at = (SELECT max(starts_at) FROM slot)")
    before = await database.fetch("SELECT xmin::text, starts_at FROM slot ORDER BY starts_at")
    assert before
    mended = await asyncio.to_thread(run, environment, "slots", "rebuild")
    assert f"{advisor}: 1 written, 0 removed" in mended.stdout
    healthy = await asyncio.to_thread(run, environment, "slots", "rebuild")
    assert "1 advisors refreshed, 0 changed." in healthy.stdout
    after = await database.fetch("SELECT xmin::text, starts_at FROM slot ORDER BY starts_at")
    assert after[:-1] == before


async def test_sheets_go_out_to_a_file_and_come_in_line_by_line(
    environment, database, platform, tmp_path
):
    await load_programmes(platform)
    await make_account(database, "romane@example.org", region_role="coordinator")
    file = tmp_path / "fiches.csv"
    words = ("programmes", "export", "--format", "csv", str(file))
    out = await asyncio.to_thread(run, environment, *words)
    assert (out.returncode, out.stderr) == (0, "")
    whole = file.read_text("utf-8-sig")
    assert whole.count("\nwwoof;") == 1
    file.write_text(whole.replace("WWOOF", "WWOOF, ailleurs") + "vif-2;;Neuve\r\n;;\r\n", "utf-8")
    words = ("programmes", "import", str(file), "--apply", "romane@example.org", "--publish")
    back = await asyncio.to_thread(run, environment, *words)
    assert back.returncode == 1
    assert "WWOOF → WWOOF, ailleurs" in back.stdout
    assert "refused    vif-2  Il manque" in back.stdout
    assert back.stdout.endswith("89 unchanged, 1 changed, 1 refused\n")
    assert await database.fetch_value("SELECT version FROM programme WHERE id = 'wwoof'") == 2


def test_who_watches_over_the_servers_loads_neither_the_application_nor_its_libraries():
    script = "import sys, core.cli.server; print(*sorted({n.split('.')[0] for n in sys.modules}), 'core.app' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert found[-1] == "False"
    assert {"granian", "asyncpg"} <= set(found)
    assert not {"litestar", "piccolo", "structlog", "jinja2", "psutil"} & set(found)
