"""The start of a server, whole: from the command to the first answered request, without plugins and with twenty."""

import os
import socket
import tempfile
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

from tests.bench.host import PLUGINS, write_plugins
from tests.bench.table import at_most
from tests.serving import ROOT, Processes, free_port

ROUNDS = 5
_KNOCK_SECONDS = 0.005
_REQUEST = b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n"


async def starts(table, platform):
    """Wall time and CPU of `somobilite serve`, all its processes included, in turn without and with plugins."""
    table.group("start of `somobilite serve`, to the first answered request")
    bundled = [record.id for record in platform.board.loaded if record.id != "core"]
    with tempfile.TemporaryDirectory(prefix="somobilite-bench-") as folder:
        install(Path(folder), PLUGINS - len(bundled))
        processes = Processes(platform.db.url)
        variants = {
            "no plugins": {"SOMOBILITE_PLUGINS_DENIED": ",".join(bundled)},
            f"{PLUGINS} plugins": {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        }
        found = {name: [] for name in variants}
        try:
            for _ in range(ROUNDS):
                for name, environment in variants.items():
                    found[name].append(start(processes, **environment))
        finally:
            processes.close()
    wall, cpu = ([median(run[n] for run in runs) for runs in found.values()] for n in (0, 1))
    for number, name in enumerate(variants):
        bar = at_most(2) if number else None
        table.row(name, wall[number], "s", bar, f"CPU {cpu[number]:.2f} s")
    table.row("what the plugins add", wall[1] - wall[0], "s", note=f"CPU {cpu[1] - cpu[0]:.2f} s")


def install(folder, count):
    """So many small plugins, as an installed package brings them: importable, with entry points."""
    package = f"bench_{uuid4().hex[:8]}"
    ids = write_plugins(folder / package, count)
    about = folder / "bench_plugins-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-plugins\nVersion: 1\n")
    lines = [f"{one} = {package}.{one}\n" for one in ids]
    (about / "entry_points.txt").write_text("[somobilite.plugins]\n" + "".join(lines))


def start(processes, **environment):
    """Seconds from the command to the first answer, and seconds of CPU until then; the server is ended."""
    port = free_port()
    began = time.perf_counter()
    process = processes.start("serve", "--port", str(port), **environment)
    while not answers(port):
        assert process.poll() is None, processes.words()
        time.sleep(_KNOCK_SECONDS)
    wall, cpu = time.perf_counter() - began, cpu_of(process.pid)
    processes.kill(process)
    return wall, cpu


def answers(port):
    """Whether a request is answered there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(_REQUEST)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def cpu_of(group):
    """CPU seconds of the living processes of a group."""
    return sum(seconds for _, found, seconds in list_cpu() if found == group)


def list_cpu():
    """(process, group, CPU seconds) of every process of the machine."""
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        yield int(path.parent.name), int(fields[2]), (int(fields[11]) + int(fields[12])) / tick
