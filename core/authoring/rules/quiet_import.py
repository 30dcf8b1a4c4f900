"""Importing it does nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core.authoring.rule import Rule
from core.authoring.subject import Subject
from core.extension.board import Board

_SECONDS = 60
_PROBE = """
import importlib, json, sys, threading
sys.path[:0] = {path!r}
import hookspecs, plugins
plugins.__path__.extend(path for path in {extra!r} if path not in plugins.__path__)
DEEDS = {{"socket.connect": "opens a connection", "subprocess.Popen": "starts a process", "os.system": "starts a process"}}
seen = []
def hook(event, args):
    if event in DEEDS:
        seen.append(DEEDS[event])
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and ".pyc" not in str(args[0]):
        seen.append(f"writes {{args[0]}}")
sys.addaudithook(hook)
told = {{}}
for module in {modules!r}:
    seen.clear()
    threads = set(threading.enumerate())
    try:
        importlib.import_module(module)
    except BaseException as error:
        seen.append(f"fails when it is alone: {{error!r}}")
    seen += ["starts a thread" for one in threading.enumerate() if one not in threads]
    told[module] = sorted(set(seen))
print(json.dumps(told))
"""


def find(subject: Subject) -> Iterator[str]:
    """What an import does besides defining things, tried in a process of its own."""
    if subject.record.state == "loaded":
        for deed in _deeds(subject.board)[subject.record.candidate.module]:
            yield f"importing it {deed}: do that when asked, in a method"


@lru_cache(maxsize=2)
def _deeds(board: Board) -> Mapping[str, Sequence[str]]:
    """What each plugin of a board does when it is imported: all in one process, for an interpreter takes a second to start."""
    candidates = [record.candidate for record in board.loaded if record.id != "core"]
    inside = {one.folder.parent for one in candidates if one.module.startswith("plugins.")}
    code = _PROBE.format(
        path=[str(Path(path).resolve()) for path in sys.path],
        extra=sorted(map(str, inside)),
        modules=[one.module for one in candidates],
    )
    done = subprocess.run(  # noqa: S603 - our own probe, on modules that were just loaded
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    found: Mapping[str, Sequence[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


RULE = Rule(
    id="quiet-import",
    level="bronze",
    title="Importing it does nothing",
    reason="Plugins are imported before anything is ready, in every process, also in those that only list them.",
    find=find,
)
