"""Importing it does nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.authoring.rule import Rule
from core.authoring.subject import Subject

_SECONDS = 30
_PROBE = """
import sys
sys.path[:0], module = {path!r}, {module!r}
import importlib, json, threading
import hookspecs
import plugins
plugins.__path__.extend(p for p in {extra!r} if p not in plugins.__path__)
seen, watching = [], True
WATCHED = {{"socket.connect": "opens a connection", "subprocess.Popen": "starts a process", "os.system": "starts a process"}}
def hook(event, args):
    if watching and event in WATCHED:
        seen.append(WATCHED[event])
    if watching and event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and not str(args[0]).endswith((".pyc",)) and ".pyc." not in str(args[0]):
        seen.append(f"writes {{args[0]}}")
sys.addaudithook(hook)
threads = set(threading.enumerate())
importlib.import_module(module)
watching = False
seen += ["starts a thread" for one in threading.enumerate() if one not in threads]
print(json.dumps(sorted(set(seen))))
"""


def find(subject: Subject) -> Iterator[str]:
    """What an import does besides defining things, tried in a process of its own."""
    if subject.record.state != "loaded":
        return
    candidate = subject.record.candidate
    inside = candidate.module.partition(".")[0] == "plugins"
    code = _PROBE.format(
        path=[path for path in sys.path if path],
        module=candidate.module,
        extra=[str(Path(candidate.folder).parent)] if inside else [],
    )
    done = subprocess.run(  # noqa: S603 - our own probe, on a module that was just loaded
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no word"]
        yield f"importing it alone fails: {last[0]}"
        return
    for deed in json.loads(done.stdout.splitlines()[-1]):
        yield f"importing it {deed}: do that when asked, in a method"


RULE = Rule(
    id="quiet-import",
    level="bronze",
    title="Importing it does nothing",
    reason="Plugins are imported before anything is ready, in every process, also in those that only list them.",
    find=find,
)
