"""Finding entry points, and loading them: one that was asked for, or each so that a broken one harms no other."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from eventflow.bus.signals import is_coroutine_callable
from eventflow.errors import EventflowError, PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = (
    "CHAT_MODELS",
    "MODES",
    "SUBSCRIBERS",
    "SWITCH",
    "installed_names",
    "load_all",
    "load_one",
    "refuse_no_factory",
)

CHAT_MODELS: Final = "eventflow.chat_models"
SUBSCRIBERS: Final = "eventflow.subscribers"
MODES: Final = "eventflow.stream_modes"
SWITCH: Final = "EVENTFLOW_PLUGINS"

_OFF: Final = frozenset({"off", "0", "none"})

_logger: Final = logging.getLogger("eventflow.plugins")

T = TypeVar("T")


def load_all(
    group: str, names: Sequence[str], make: Callable[[str, object], T]
) -> tuple[dict[str, T], dict[str, PluginError]]:
    """Load the entry points of `group`, in the order of `names`, or by name if there are none.

    Arguments:
        group: which entry points.
        names: which of them; all, if empty.
        make: what to make of a name and its loaded object; may raise.

    Returns:
        What was made, and what has failed, by name; each failure has been logged once.

    Raises PluginError if one of `names` is not installed.
    """
    installed = _installed(group)
    if unknown := [name for name in names if name not in installed]:
        raise PluginError(
            f"no plugin {', '.join(map(repr, unknown))} in {group}: installed are {_listed(installed)}"
        )
    made: dict[str, T] = {}
    failed: dict[str, PluginError] = {}
    for name in _allowed(dict.fromkeys(names or sorted(installed))):
        try:
            made[name] = make(name, _only(installed[name]).load())
        except (Exception, SystemExit) as error:  # whatever its code does while it is imported or called
            failed[name] = failure = _failure(name, installed[name], error)
            _logger.error("%s; the others are not affected", failure, exc_info=error)
    return made, failed


def installed_names(group: str) -> list[str]:
    """The names of the entry points of `group`, sorted; nothing is loaded."""
    return sorted(_installed(group))


def load_one(group: str, name: str) -> object:
    """Load the entry point `name` of `group`, because somebody asked for it by name.

    Raises KeyError if it is not installed, PluginError if it cannot be loaded; errors of eventflow's own, such
    as MissingDependencyError, are passed on.
    """
    entries = _installed(group)[name]
    try:
        return _only(entries).load()
    except (Exception, SystemExit) as error:
        if isinstance(error, EventflowError) and not isinstance(error, PluginError):
            raise
        raise _failure(name, entries, error) from error


def refuse_no_factory(factory: object) -> None:
    """Raises TypeError if `factory` cannot be called, or calling it would only make something to await."""
    if not callable(factory):
        raise TypeError(f"it is {factory!r}: give a function or class to be called without arguments")
    if is_coroutine_callable(factory):
        raise TypeError(f"{factory!r} is a coroutine function: give one that returns at once")


def _installed(group: str) -> Mapping[str, Sequence[EntryPoint]]:
    """The entry points of a group, by name. Several of one name that mean the same object are one."""
    from importlib.metadata import entry_points  # here, since it is slow to import and few programs look

    found: defaultdict[str, dict[str, EntryPoint]] = defaultdict(dict)
    for entry in entry_points(group=group):
        found[entry.name].setdefault(entry.value, entry)
    return {name: tuple(entries.values()) for name, entries in found.items()}


def _allowed(names: Iterable[str]) -> list[str]:
    """Those of `names` that the environment variable leaves."""
    switch = os.environ.get(SWITCH, "").strip()
    if not switch:
        return [*names]
    if switch.lower() in _OFF:
        return []
    given = {word.strip() for word in switch.split(",") if word.strip()}
    _warn_of_unknown(given)
    return [name for name in names if name in given]


def _warn_of_unknown(given: Iterable[str]) -> None:
    installed = {**_installed(SUBSCRIBERS), **_installed(MODES)}
    if unknown := sorted(word for word in given if word not in installed):
        _logger.warning(
            "%s allows %s, which is not installed: installed are %s",
            SWITCH,
            ", ".join(unknown),
            _listed(installed),
        )


def _only(entries: Sequence[EntryPoint]) -> EntryPoint:
    """The one entry of its name. Raises PluginError if distributions compete for it."""
    if len(entries) > 1:
        raise PluginError(
            f"the name is taken twice, by {' and by '.join(map(_origin, entries))}: uninstall all but one"
        )
    return entries[0]


def _failure(name: str, entries: Sequence[EntryPoint], error: BaseException) -> PluginError:
    """The error as the plugin's, with what it comes from."""
    reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
    failure = PluginError(f"plugin {name!r} ({_origin(entries[0])}) cannot be used: {reason}")
    failure.__cause__ = error
    return failure


def _origin(entry: EntryPoint) -> str:
    return f"{entry.value} of {entry.dist.name}" if entry.dist is not None else entry.value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
