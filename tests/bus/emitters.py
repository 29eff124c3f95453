"""Runs that exist only as far as the bus looks at them, and a receiver that writes down what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eventflow.bus import Delivery, Gated
from eventflow.events import MISSING, PHASES, Event, Kind, Phase, RunInfo


class FakeRun:
    """An emitter without a runnable: `parent` is another one, its id is `id-<name>`."""

    def __init__(
        self,
        name: str = "run",
        kind: Kind = "chain",
        *,
        parent: FakeRun | None = None,
        tags: tuple[str, ...] = (),
        metadata: Mapping[str, Any] | None = None,
        snapshots: bool = False,
        gated: Gated | None = None,
    ) -> None:
        above = () if parent is None else (*parent.info.parent_ids, parent.info.run_id)
        self.info = RunInfo(
            f"id-{name}", name, kind, parent_ids=above, tags=tags, metadata=metadata, snapshots=snapshots
        )
        self.kind: Kind = kind
        self._parent = parent
        self.gated: Gated = gated or (Delivery() if parent is None else parent.gated)

    @property
    def parent_run(self) -> FakeRun | None:
        """The run around it."""
        return self._parent

    def tell(
        self, phase: Phase, data: object = None, *, input: object = MISSING, name: str | None = None
    ) -> Event:
        """An event of this run."""
        return Event(phase, self.info, data, None if phase == "stream" else (input, name))

    def chunk(self, data: object) -> Event:
        """A chunk of this run."""
        return self.tell("stream", data)


class Recorder:
    """A receiver of the bus that keeps `(phase, data)` of what it is told, and may do something at each."""

    direct: Callable[..., None] | None = None

    def __init__(
        self, react: Callable[[Event], object] | None = None, *, phases: Iterable[Phase] = PHASES
    ) -> None:
        self.phases: frozenset[Phase] = frozenset(phases)
        self.told: list[tuple[str, object]] = []
        self.errors: list[Exception] = []
        self._react = react

    def wants(self, run: object, phase: Phase, name: str | None) -> bool:
        return True

    def __call__(self, sender: object, *, event: Event) -> None:
        self.told.append((event.phase, event.data))
        if self._react is not None:
            self._react(event)

    def failed(self, event: Event, error: Exception) -> None:
        self.errors.append(error)

    @property
    def seen(self) -> list[object]:
        """The data alone."""
        return [data for _, data in self.told]
