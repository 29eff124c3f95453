"""`stream_modes`: the stream modes of other distributions, for `stream(stream_mode="theirs")`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, cast

from eventflow.errors import PluginError
from eventflow.events import StreamEvent
from eventflow.plugins.entries import MODES, load_all, refuse_no_factory

__all__ = ("StreamMode", "StreamModeFactory", "StreamModes", "stream_modes")

_BUILT_IN: Final = frozenset(
    {
        "checkpoints",
        "custom",
        "debug",
        "events",
        "messages",
        "partial_json",
        "tasks",
        "tools",
        "updates",
        "values",
    }
)
"""The modes that eventflow has itself; nobody else may take their names."""


class StreamMode(Protocol):
    """A projection of events: what one run yields in this mode.

    With `filters`, as `FilteredSubscriber` has them, it is given the events that they let through only.

    >>> class Words:
    ...     filters = {"phases": ["stream"], "include_types": ["chat_model"]}
    ...
    ...     def __call__(self, event: StreamEvent) -> Iterable[str]:
    ...         return event["data"]["chunk"].text.split()
    >>> mode: StreamMode = Words()
    """

    def __call__(self, event: StreamEvent, /) -> Iterable[Any]:
        """The parts, none or more, that an event is turned into."""
        ...


StreamModeFactory: TypeAlias = Callable[[], StreamMode]
"""What an entry point of `eventflow.stream_modes` names: called for each stream, gives its projection."""


class StreamModes(Mapping[str, StreamModeFactory]):
    """The stream modes that were loaded, by name, and what is wrong with the others."""

    def __init__(self, loaded: dict[str, StreamModeFactory], failed: dict[str, PluginError]) -> None:
        self._loaded = loaded
        self.failed: Final[Mapping[str, PluginError]] = MappingProxyType(failed)
        """Why others could not be loaded, by name; the cause is the `__cause__`."""

    def __getitem__(self, name: str) -> StreamModeFactory:
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def __repr__(self) -> str:
        return f"<StreamModes loaded={[*self]} failed={[*self.failed]}>"


def stream_modes(*names: str) -> StreamModes:
    """Load the stream modes that are installed, from entry points of the group `eventflow.stream_modes`.

    The object of an entry point is a factory, see `StreamModeFactory`: most often a class with a `__call__`.
    One that cannot be imported, is of another type, or has the name of a mode of eventflow's own or of another
    plugin's is logged and listed in `failed`. Which may be loaded is for the environment variable
    `EVENTFLOW_PLUGINS` to say. Installed distributions are looked through at each call: keep the result.

    Arguments:
        names: which modes, in this order; all that are installed, by name, if none are given.

    Returns:
        The factories by name.

    Raises PluginError if one of `names` is not installed.

    >>> "values" in stream_modes()
    False
    """
    return StreamModes(*load_all(MODES, names, _factory))


def _factory(name: str, factory: object) -> StreamModeFactory:
    if name in _BUILT_IN:
        raise PluginError("eventflow has a mode of this name itself: give the plugin another")
    refuse_no_factory(factory)
    if inspect.isclass(factory) and not any("__call__" in vars(base) for base in factory.__mro__):
        raise TypeError(f"{factory!r} has no __call__(event) that gives the parts of an event")
    return cast(StreamModeFactory, factory)
