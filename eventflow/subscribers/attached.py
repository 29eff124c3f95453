"""What reads along with models, and tells of what it has read as custom events of their runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from typing_extensions import Unpack

from eventflow.bus import Emitter, Filter, FilterOptions, Subscription, signals
from eventflow.errors import SubscriptionError
from eventflow.events import Event, Kind, Phase, RunInfo, StreamEvent

__all__ = ("ModelReader", "attach_reader")

_MODELS: Final[frozenset[Kind]] = frozenset({"chat_model", "llm"})
_PHASES: Final[tuple[Phase, ...]] = ("stream", "end", "error")


class ModelReader(Protocol):
    """Reads what one run of a model tells: its chunks, and at last its end or its error."""

    def read(self, event: Event, /) -> Sequence[Mapping[str, Any]]:
        """Return the data of the events to tell now."""
        ...


class _Teller(Protocol):
    """A run, as far as it can tell of an event."""

    def custom(self, name: str, data: Any) -> None: ...


class _Attached(Subscription):
    """Reads what models tell, and tells what it has read."""

    def __init__(self, name: str, reader_of: Callable[[RunInfo], ModelReader], wanted: Filter) -> None:
        super().__init__(self._told, wanted, None, "log")
        self._name = name
        self._reader_of = reader_of
        self._readers: dict[str, ModelReader] = {}

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return run.kind in _MODELS and super().wants(run, phase, name)

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        run_id = event.info.run_id
        reader = self._readers.get(run_id)
        if reader is None:
            reader = self._readers[run_id] = self._reader_of(event.info)
        if event.phase != "stream":
            del self._readers[run_id]
        self._delivered += 1
        for part in reader.read(event):
            cast("_Teller", sender).custom(self._name, part)

    def _told(self, event: StreamEvent) -> None:
        """What is called with events as dictionaries, which it does without; its name is in logs."""


def attach_reader(
    name: str, reader_of: Callable[[RunInfo], ModelReader], **filters: Unpack[FilterOptions]
) -> Subscription:
    """Read along with the models that pass the filters, a reader for each run.

    Arguments:
        name: of the custom events.
        reader_of: makes the reader of a run.
        filters: which models, as `subscribe` takes them, but for `phases`.

    Returns:
        A handle whose `close()` ends it; also a context manager.

    Raises SubscriptionError if an argument makes no sense.
    """
    if "phases" in filters:
        raise SubscriptionError(
            "phases: leave it out, for what a model writes is read from its chunks and its end"
        )
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise SubscriptionError(f"name={name!r}: give a text, which subscribers find the events by")
    types = filters.get("include_types")
    if types is not None and not isinstance(types, str):
        filters["include_types"] = types = [*types]
        if _MODELS.isdisjoint(types):
            raise SubscriptionError(f"include_types={types}: the types of models are chat_model and llm")
    filters["phases"] = _PHASES
    attached = _Attached(name, reader_of, Filter(**filters))
    for phase in sorted(attached.phases):
        signals[phase].connect(attached)
    return attached
