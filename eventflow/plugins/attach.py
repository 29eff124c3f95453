"""`attach_plugins`: the subscribers of other distributions, told of every event until they are closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self, TypeAlias, cast, runtime_checkable

from eventflow.bus import FilterOptions, Subscription, subscribe
from eventflow.errors import PluginError
from eventflow.events import StreamEvent
from eventflow.plugins.entries import SUBSCRIBERS, load_all, refuse_no_factory

__all__ = ("FilteredSubscriber", "Plugins", "SubscriberFactory", "attach_plugins")

SubscriberFactory: TypeAlias = Callable[[], Callable[[StreamEvent], object]]
"""What an entry point of `eventflow.subscribers` names: called once, gives what is called with each event."""


@runtime_checkable
class FilteredSubscriber(Protocol):
    """A subscriber that says itself which events it wants.

    >>> class Stopwatch:
    ...     filters: FilterOptions = {"phases": ["start", "end"], "include_types": ["chat_model"]}
    ...
    ...     def __call__(self, event: StreamEvent) -> None: ...
    >>> isinstance(Stopwatch(), FilteredSubscriber)
    True
    """

    @property
    def filters(self) -> FilterOptions:
        """The filters, as `subscribe` takes them."""
        ...

    def __call__(self, event: StreamEvent, /) -> object:
        """Be told of an event."""
        ...


class Plugins:
    """The plugins that are attached: close them, or use it as a context manager."""

    def __init__(self, loaded: dict[str, Subscription], failed: dict[str, PluginError]) -> None:
        self.loaded: Final[Mapping[str, Subscription]] = MappingProxyType(loaded)
        """The subscriptions of those that work, by name."""
        self.failed: Final[Mapping[str, PluginError]] = MappingProxyType(failed)
        """What is wrong with the others, by name; the cause is the `__cause__`."""

    def close(self) -> None:
        """Tell them of nothing any more; more than once is as good as once."""
        for subscription in self.loaded.values():
            subscription.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Plugins loaded={[*self.loaded]} failed={[*self.failed]}>"


def attach_plugins(*names: str) -> Plugins:
    """Load the subscriber plugins that are installed, and tell them of every event of the application.

    A plugin is an entry point of the group `eventflow.subscribers` whose object is a factory, see
    `SubscriberFactory`: it is called once, without arguments, and what it returns is called with each event, or
    with those that its `filters` let through, see `FilteredSubscriber`. One that cannot be imported or used is
    logged and listed in `failed`; it stops neither the others nor the application. Which may be loaded is for
    the environment variable `EVENTFLOW_PLUGINS` to say.

    Arguments:
        names: which plugins, in this order; all that are installed, by name, if none are given.

    Returns:
        A handle whose `close()` detaches them; also a context manager.

    Raises PluginError if one of `names` is not installed.

    >>> from eventflow import RunnableLambda
    >>> with attach_plugins() as plugins:
    ...     RunnableLambda(str.upper).invoke("hi")
    'HI'
    >>> any(subscription.closed is False for subscription in plugins.loaded.values())
    False
    """
    return Plugins(*load_all(SUBSCRIBERS, names, _attach))


def _attach(name: str, factory: object) -> Subscription:
    refuse_no_factory(factory)
    made = cast(SubscriberFactory, factory)()
    return subscribe(made, **(made.filters if isinstance(made, FilteredSubscriber) else {}))
