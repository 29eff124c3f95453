"""`with_listeners`: functions that are told of one run, with a record of it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from eventflow.bus import Emitter, ScopedReceiver, report_failure
from eventflow.callbacks.hooks import as_uuid
from eventflow.callbacks.receiver import CallingReceiver
from eventflow.events import MISSING, Event, Kind, Phase, RunInfo

__all__ = ("RunRecord", "listener_receiver")

Listener: TypeAlias = Callable[..., object]

_BY_PLACE: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a listener is given: one run, as far as it has come. The names are those of LangChain's `Run`.

    `inputs` and `outputs` are what the run took and gave if that is a dict, else `{"input": …}` and
    `{"output": …}`; `inputs` is `{"input": ""}` while the input still comes in chunks. `error` is a text with
    the traceback.
    """

    id: UUID
    name: str
    run_type: Kind
    start_time: datetime
    inputs: dict[str, Any]
    end_time: datetime | None = None
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str | None = None
    tags: list[str] = field(default_factory=list[str])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    parent_run_id: UUID | None = None

    @property
    def extra(self) -> dict[str, Any]:
        """`{"metadata": …}`, where LangChain keeps the metadata."""
        return {"metadata": self.metadata}


Call: TypeAlias = Callable[[RunRecord], object]
"""A listener that needs nothing more than the record."""


def _as_dict(key: str, value: object) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {key: value}


def _record(event: Event, started: datetime) -> RunRecord:
    """The run as `event` tells of it."""
    info = event.info
    record = RunRecord(
        id=as_uuid(info.run_id),
        name=info.name,
        run_type=info.kind,
        start_time=started,
        inputs={"input": ""} if event.input is MISSING else _as_dict("input", event.input),
        tags=[*info.tags],
        metadata={**info.metadata},
        parent_run_id=as_uuid(info.parent_ids[-1]) if info.parent_ids else None,
    )
    if event.phase == "end":
        return replace(record, end_time=datetime.now(UTC), outputs=_as_dict("output", event.data))
    if isinstance(event.data, BaseException) and event.phase == "error":
        text = "".join(traceback.format_exception(event.data))
        return replace(record, end_time=datetime.now(UTC), error=f"{event.data!r}{text}")
    return record


def _bound(function: Listener, config: Mapping[str, Any] | None) -> Call:
    """`function`, given the config, too, if it has a place for it."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # written in C, with nothing said about what it takes
        return function
    if "config" in parameters:
        return partial(function, config=config)
    required = [p for p in parameters.values() if p.kind in _BY_PLACE and p.default is p.empty]
    return function if len(required) < 2 else lambda record: function(record, config)


class _ListenerReceiver(CallingReceiver):
    """Tells functions of the first run that starts after it was made, and of no other."""

    def __init__(self, functions: Mapping[Phase, Listener], calls: Mapping[Phase, Call]) -> None:
        super().__init__(functions.values(), {*functions, "start"})
        self._functions = functions
        self._calls = calls
        self._run: RunInfo | None = None
        self._started = datetime.min

    def for_scope(self) -> CallingReceiver:
        return _ListenerReceiver(self._functions, self._calls)

    def calls_for(self, run: Emitter, phase: Phase) -> bool:
        if self._run is None and phase == "start":
            self._run = run.info
            self._started = datetime.now(UTC)
        return run.info is self._run and phase in self._calls

    def tell(self, event: Event) -> object:
        return self._calls[event.phase](_record(event, self._started))

    def failed(self, event: Event, error: Exception) -> None:
        report_failure(self._functions[event.phase], event, error)


def listener_receiver(
    on_start: Listener | None = None,
    on_end: Listener | None = None,
    on_error: Listener | None = None,
    *,
    config: Mapping[str, Any] | None = None,
) -> ScopedReceiver:
    """What calls these functions at the start and the end of one run: the first that starts in the scope.

    Each is called with a `RunRecord`, and with `config` if it has a parameter of that name or needs two
    arguments. Coroutine functions are awaited before the run returns. What one raises is logged, and the run
    goes on.
    """
    given: dict[Phase, Listener | None] = {"start": on_start, "end": on_end, "error": on_error}
    functions: dict[Phase, Listener] = {phase: f for phase, f in given.items() if f is not None}
    calls: dict[Phase, Call] = {phase: _bound(function, config) for phase, function in functions.items()}
    return _ListenerReceiver(functions, calls)
