"""It never ends the program, nor blocks its own event loop."""

import ast
from collections.abc import Iterator

from core.authoring.rule import Rule
from core.authoring.subject import Subject, called

_ENDS = {"sys.exit", "os._exit", "os.abort", "exit", "quit", "os.kill"}
_BLOCKS = {
    "time.sleep",
    "open",
    "input",
    "subprocess.run",
    "subprocess.check_output",
    "subprocess.check_call",
    "os.system",
    "urllib.request.urlopen",
    "requests.get",
    "requests.post",
    "httpx.get",
    "httpx.post",
    "socket.create_connection",
}


def find(subject: Subject) -> Iterator[str]:
    """Calls that end the program, anywhere; calls that block, inside a coroutine."""
    for source, node in subject.nodes():
        if isinstance(node, ast.Call) and called(node) in _ENDS:
            yield f"{source.at(node)} calls {called(node)}: raise an exception instead"
        if isinstance(node, ast.AsyncFunctionDef):
            for inner in _own_calls(node):
                if called(inner) in _BLOCKS:
                    yield f"{source.at(inner)} calls {called(inner)} in a coroutine: await asyncio.to_thread(…)"


def _own_calls(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """The calls of a coroutine itself, not those of the functions defined in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


RULE = Rule(
    id="no-exit",
    level="bronze",
    title="It neither ends the program nor holds it up",
    reason="All plugins live in one process; who blocks in a coroutine holds up all its other calls.",
    find=find,
)
