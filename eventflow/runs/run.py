"""The life of a run: the one place in the code where start, stream, end, error and custom events come from.

Rules for this file:
1. A run starts once and ends once: with its output, or with the exception that ended it. Leaving early is
   such an exception (`GeneratorExit`, `CancelledError`): only a run that came to its end has succeeded.
2. Nothing here awaits, so that sync and async code share every line of it.
3. While nobody listens, a run is a place in the tree and nothing else: no id, no name, no tags, no event.
4. What a run says of itself (`RunInfo`) is made when the first event needs it, and never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, Protocol, final
from uuid import UUID

from eventflow.bus import APPLICATION, Delivery, Emitter, Hub, Receivers
from eventflow.errors import LifecycleError
from eventflow.events import MISSING, Event, Kind, Phase, RunInfo
from eventflow.ids import new_id
from eventflow.runs.config import RunnableConfig, StepConfig
from eventflow.runs.inherited import DEFAULTS
from eventflow.runs.node import Node, RunHandle, current
from eventflow.runs.scope import Scope, scope_of

__all__ = ("Run", "Source", "current_run")


class Source(Protocol):
    """What a run is a run of: a runnable, as far as its run needs to know it."""

    kind: ClassVar[Kind]

    def gives_snapshots(self, fed: bool) -> bool: ...

    def get_name(self) -> str: ...

    def run_tags(self) -> tuple[str, ...]: ...

    def run_metadata(self) -> Mapping[str, Any]: ...

    def event_input(self, input: Any) -> Any: ...

    def event_call_id(self, input: Any) -> str | None: ...

    def event_output(self, output: Any) -> Any: ...


def _uuid_text(run_id: object) -> str:
    """`run_id` of a config as events have it. Raises ValueError if it is not a UUID."""
    try:
        return str(run_id if isinstance(run_id, UUID) else UUID(str(run_id)))
    except ValueError:
        raise ValueError(f"config has run_id={run_id!r}: give a UUID (uuid.uuid4()), or its text") from None


_NEW: Final = 0
_OPEN: Final = 1
_ENDED: Final = 2


@final
class Run(Node):
    """One run of one runnable. Made by the verbs (`invoke`, `astream`, …), seen by hooks as `run`."""

    __slots__ = (
        "_info",
        "_name",
        "_run_id",
        "_scope",
        "_state",
        "input",
        "result",
        "snapshots",
        "source",
        "streamed",
        "tag",
        "tool_call_id",
    )

    def __init__(
        self, source: Source, config: Mapping[str, Any] | None = None, streamed: bool = False
    ) -> None:
        parent = current.get()
        self.source = source
        self.streamed = streamed
        self.input: Any = MISSING
        self.result: Any = MISSING
        self.tag: str | None = None
        self.snapshots = False
        self.tool_call_id: str | None = None
        self._state: Literal[0, 1, 2] = _NEW
        self._info: RunInfo | None = None
        self._scope: Scope | None = None
        self._name: str | None = None
        self._run_id: str | None = None
        if type(config) is StepConfig:
            self.tag = config.tag
            config = None
        elif config:
            parent = self._place(config, parent)
        self.parent = parent
        if parent is None:
            self.hub: Hub = APPLICATION
            self.delivery: Delivery | None = None
            self.inherited = DEFAULTS
        else:
            self.hub = parent.hub
            self.delivery = parent.delivery
            self.inherited = parent.inherited
        if config:
            self.inherited = self.inherited.extend(config)

    def _place(self, config: Mapping[str, Any], parent: Node | None) -> Node | None:
        """Where in the tree `config` puts the run; with callback handlers, in a scope of its own."""
        try:
            self._name = config.get("run_name")
        except AttributeError:
            raise TypeError(
                f"config={config!r}: give a dict, {{'tags': [...], 'callbacks': [...], ...}}; RunnableConfig says "
                "what may be in it"
            ) from None
        run_id = config.get("run_id")
        self._run_id = None if run_id is None else _uuid_text(run_id)
        callbacks = config.get("callbacks")
        if not callbacks:
            return parent
        handlers: Any = callbacks
        if isinstance(callbacks, RunHandle):
            parent = parent if callbacks.node is None else callbacks.node
            self.tag = callbacks.tag
            handlers = callbacks.handlers
        self._scope = scope_of(handlers, parent) if handlers else None
        return self._scope or parent

    # ---- who it is

    @property
    def kind(self) -> Kind:
        """What it is a run of."""
        return self.source.kind

    @property
    def parent_run(self) -> Run | None:
        """The run it is part of; None for a root."""
        node = self.parent
        while node is not None and not isinstance(node, Run):
            node = node.parent
        return node

    @property
    def info(self) -> RunInfo:
        """What its events say of it; made when first asked for."""
        if self._info is None:
            parent, source, inherited = self.parent_run, self.source, self.inherited
            above = () if parent is None else (*parent.info.parent_ids, parent.info.run_id)
            tags = (*inherited.tags, *(t for t in source.run_tags() if t not in inherited.tags))
            self._info = RunInfo(
                self.run_id,
                self._name or source.get_name(),
                source.kind,
                parent_ids=above,
                tags=tags if self.tag is None else (self.tag, *tags),
                metadata={**inherited.metadata, **source.run_metadata()},
                streamed=self.streamed,
                snapshots=self.snapshots,
                tool_call_id=self.tool_call_id,
            )
        return self._info

    @property
    def run_id(self) -> str:
        """Its id, a UUID as text; made when first asked for."""
        if self._run_id is None:
            self._run_id = new_id()
        return self._run_id

    @property
    def gated(self) -> Delivery:
        """Where a full buffer leaves its gate."""
        return self.join_delivery()

    def handle(self, tag: str | None = None) -> RunHandle:
        """What stands for this run in a config; a run that is called with it becomes a child."""
        return RunHandle(self, tag)

    def child_config(self, tag: str | None = None) -> RunnableConfig:
        """The config for user code that runs inside this run, with all that is handed down written out."""
        inherited = self.inherited
        config: RunnableConfig = {
            "tags": [*inherited.tags],
            "metadata": {**inherited.metadata},
            "callbacks": RunHandle(self, tag),
            "recursion_limit": inherited.recursion_limit,
            "configurable": {**inherited.configurable},
        }
        if inherited.max_concurrency is not None:
            config["max_concurrency"] = inherited.max_concurrency
        return config

    # ---- its life

    def start(self, input: Any = MISSING, *, snapshots: bool = False, shown: bool = True) -> None:
        """Tell of the start; `input` is MISSING while it still has to be collected from a stream.

        `snapshots` tells that the stream it is fed with consists of snapshots; `shown`, that LangChain's
        events show the input at the start, too.

        Raises LifecycleError if it was started before.
        """
        if self._state != _NEW:
            raise LifecycleError(f"{self!r} was started twice: a run is made anew for each call")
        self._state = _OPEN
        if self.hub.active:
            self.join_delivery()
            self.snapshots = self.source.gives_snapshots(snapshots)
            if self.source.kind == "tool":
                self.tool_call_id = self.source.event_call_id(input)
            node = self.parent
            while type(node) is Scope:
                node.first = node.first or self.info
                node = node.parent
            if input is not MISSING:
                self.note_input(input)
            if self.hub.start:
                self._tell(self.hub.start, "start", self.input if shown else MISSING, self.input)

    def note_input(self, input: Any) -> None:
        """Keep what it was given, as its events show it; what it cannot show is for the work to refuse."""
        try:
            self.input = self.source.event_input(input)
        except Exception:
            self.input = input

    def chunk(self, chunk: Any) -> None:
        """Tell of one chunk of the output."""
        if self.hub.stream:
            self._tell(self.hub.stream, "stream", chunk)

    def finish(self, output: Any = MISSING) -> None:
        """Tell of the end. Raises LifecycleError if it has ended before.

        What `event_output` raises is raised, and the run goes on: its caller is to `fail` it then.
        """
        shown = MISSING
        if self.hub.end and output is not MISSING and self._state == _OPEN:
            shown = self.source.event_output(output)
        self._close()
        if self.hub.end:
            self._tell(self.hub.end, "end", shown, self.input)

    def fail(self, error: BaseException) -> None:
        """Tell that `error` has ended it. A run that has not started, or has ended, stays as it is."""
        if self._state != _OPEN:
            return
        self._close()
        if self.hub.error:
            self._tell(self.hub.error, "error", error, self.input)

    def custom(self, name: str, data: Any) -> None:
        """Tell of an event of the user's own."""
        if self.hub.custom:
            self._tell(self.hub.custom, "custom", data, name=name)

    def custom_to(self, receivers: Receivers, name: str, data: Any) -> None:
        """The same, told to those that are known to want it."""
        delivery = self.delivery or self.join_delivery()
        delivery.send(self, receivers, Event("custom", self.info, data, (MISSING, name)))

    def _close(self) -> None:
        if self._state != _OPEN:
            what = "has not been started" if self._state == _NEW else "has ended before"
            raise LifecycleError(f"{self!r} {what}")
        self._state = _ENDED

    def wanted(self, receivers: Receivers, phase: Phase, name: str | None = None) -> Receivers:
        """Those of `receivers` that want to be told of `phase` of this run."""
        return tuple(r for r in receivers if r.wants(self, phase, name))

    def listened(self, phase: Literal["stream", "end"]) -> bool:
        """Whether anybody wants to be told of `phase` of this run."""
        receivers: Receivers = getattr(self.hub, phase)
        return bool(receivers) and bool(self.wanted(receivers, phase))

    def teller(self) -> Callable[[Any], None]:
        """What tells of one chunk: the hot path of streams, which need not call it while `hub.stream` is empty.

        Who wants to be told is asked at the first chunk, and again when others listen than did.
        """
        hub = self.hub
        seen: Receivers = ()
        wanted: Receivers = ()
        put: Callable[[Emitter, Event], None] | None = None
        info: Any = None
        delivery: Any = None

        def tell(chunk: Any) -> None:
            nonlocal seen, wanted, put, info, delivery
            if hub.stream is not seen:
                seen = hub.stream
                wanted = self.wanted(seen, "stream")
                put = wanted[0].direct if len(wanted) == 1 else None
                if wanted:
                    info, delivery = self.info, self.join_delivery()
            if put is not None and not delivery.queue and not delivery.busy():
                put(self, Event("stream", info, chunk))
            elif wanted:
                delivery.send(self, wanted, Event("stream", info, chunk))

        return tell

    def _tell(
        self, receivers: Receivers, phase: Phase, data: Any, input: Any = MISSING, name: str | None = None
    ) -> None:
        if wanted := self.wanted(receivers, phase, name):
            event = Event(phase, self.info, data, (input, name))
            (self.delivery or self.join_delivery()).send(self, wanted, event)

    # ---- where it may have to wait: for subscribers of its own, and for readers that are behind

    def settle(self) -> None:
        """Wait, in sync code, for callback handlers of this call and for a full buffer to be read."""
        if self._scope is not None:
            self._scope.settle()
        self.pause()

    async def asettle(self) -> None:
        """The same in a coroutine."""
        if self._scope is not None:
            await self._scope.asettle()
        await self.apause()

    def pause(self) -> None:
        """Wait while a reader that asked for `block` is behind."""
        delivery = self.delivery
        gate = None if delivery is None else delivery.gate
        if gate is not None:
            gate.wait()

    async def apause(self) -> None:
        """The same in a coroutine."""
        delivery = self.delivery
        while delivery is not None and (gate := delivery.gate) is not None:
            await gate.await_room()

    def __repr__(self) -> str:
        return f"<Run of {self.source.kind} {self._name or self.source.get_name()!r}>"


def current_run() -> Run | None:
    """The run whose code is running; None outside one."""
    node = current.get()
    while node is not None and not isinstance(node, Run):
        node = node.parent
    return node
