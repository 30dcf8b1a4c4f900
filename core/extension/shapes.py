"""Comparing what a plugin registers with what the core will call: attributes, signatures, what must be a coroutine.

`isinstance` with a Protocol passes for a method of the wrong arity, and for a plain function where the core awaits; so each
object is compared member by member, when it is registered, and the message says what to write.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from core.errors import PluginError


def check_shape(kind: str, wanted: type[Any], item: Any) -> None:
    """Raises `PluginError` when `item` is not what `kind` asks for: a Struct of the wanted type, or all that a Protocol names."""
    if issubclass(wanted, msgspec.Struct):
        if not isinstance(item, wanted):
            raise PluginError(f"{kind}: {item!r} is not a {wanted.__name__}")
        for name, hint in get_type_hints(wanted).items():
            _check_field(kind, name, hint, getattr(item, name))
        return
    if inspect.isclass(item):
        raise PluginError(
            f"{kind}: {item.__name__} is a class; register an object, {item.__name__}()"
        )
    for name in wanted.__annotations__:
        if not hasattr(item, name):
            raise PluginError(f"{kind}: {type(item).__name__} has no attribute {name!r}")
    for name, method in inspect.getmembers(wanted, inspect.isfunction):
        if not name.startswith("_"):
            _check_method(kind, item, name, method)


def _check_field(kind: str, name: str, hint: Any, value: Any) -> None:
    """A Struct that Python code made may hold anything: one of given words must be one, what is awaited must be a coroutine."""
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise PluginError(
            f"{kind}: {name} is {value!r}; it must be one of {', '.join(get_args(hint))}"
        )
    if get_origin(hint) is not Callable:
        return
    asked, answer = get_args(hint)
    if not callable(value):
        raise PluginError(f"{kind}: {name} must be a function")
    if get_origin(answer) is Awaitable and _way(value) != "async def":
        raise PluginError(f"{kind}: {name} must be `async def`")
    try:
        inspect.signature(value).bind(*asked)
    except TypeError as error:
        names = ", ".join(getattr(one, "__name__", str(one)) for one in asked)
        raise PluginError(f"{kind}: {name} must accept ({names}), by position") from error


def _check_method(kind: str, item: Any, name: str, wanted: Any) -> None:
    owner = type(item).__name__
    method = getattr(item, name, None)
    if not callable(method):
        raise PluginError(f"{kind}: {owner} has no method {name!r}")
    if _way(wanted) != _way(method):
        raise PluginError(f"{kind}: {owner}.{name} must be `{_way(wanted)}`")
    expected = list(inspect.signature(wanted).parameters)[1:]
    try:
        inspect.signature(method).bind(*expected)
    except TypeError as error:
        raise PluginError(
            f"{kind}: {owner}.{name} must accept ({', '.join(expected)}), by position"
        ) from error


def _way(method: Any) -> str:
    """How a method is written. One that streams is `def … -> AsyncIterator` in the Protocol, `async def` with `yield` in the plugin:
    the same thing.
    """
    return "async def" if inspect.iscoroutinefunction(method) else "def"
