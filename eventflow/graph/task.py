"""One task: a node that runs once in one step, as a run of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Token
from typing import Any, ClassVar, Final, final
from weakref import ref

from eventflow.checkpoints import PlannedTask
from eventflow.errors import GraphInterrupt, InvalidUpdateError, ParentCommand
from eventflow.events import Kind
from eventflow.graph.asking import Asking
from eventflow.graph.cache import CacheKey
from eventflow.graph.handling import NodeError
from eventflow.graph.identity import derived_id
from eventflow.graph.keeper import DONE, ERROR, GOTO, INTERRUPT, RESERVED, RESUME
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.place import Place
from eventflow.graph.plan import PULL, PUSH, Next, existing
from eventflow.graph.records import Namespace
from eventflow.graph.runtime import Runtime, nothing
from eventflow.graph.state import ROOT, Write, Writes, chosen, writes_of
from eventflow.graph.timeouts import Pulse
from eventflow.graph.types import Command, Send, commands_in
from eventflow.graph.updates import update_of
from eventflow.graph.writer import Writer
from eventflow.ids import new_id
from eventflow.runs import Run, current

__all__ = ("Task",)


PUSHED: Final = (PUSH,)


@final
class Task(Asking):
    """What runs `node`, what that wrote, and where it said to go on. The source of its own run."""

    kind: ClassVar[Kind] = "chain"

    # What most tasks never have is there when it is set: a task is made for every node of every step.
    output: Any = None
    done = False
    stopped = False
    interrupts: tuple[Any, ...] = ()
    cache_key: CacheKey | None = None
    failure: NodeError | None = None
    replaces: Task | None = None
    pulse: Pulse | None = None
    written: Writes | None = None
    _called = 0
    _placed = False
    _run: ref[Run]

    def __init__(
        self, place: Place[Task], planned: Next, id: str | None = None, spec: Node | None = None
    ) -> None:
        self.node, self.path, self.sent = planned
        self.place = place
        self.step = place.step
        self.spec = place.nodes[self.node] if spec is None else spec
        self.input = place.seen(self.spec) if self.sent is None else self.sent.arg
        self.parts: list[Writes] = []
        self.gotos: list[str | Send] = []
        self._id = id

    @property
    def id(self) -> str:
        """Its id; made when first asked for."""
        if self._id is None:
            self._id = new_id()
        return self._id

    @property
    def triggers(self) -> tuple[str, ...]:
        """What starts its node, in LangGraph's words."""
        return PUSHED if self.path != (PULL, self.node) else self.spec.triggers

    @property
    def ns(self) -> Namespace:
        """The namespace of a graph that runs inside it."""
        above = self.place.ns if self.caller is None else self.caller.ns
        return (*above, f"{self.node}:{self.id}")

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its node, those that are bound to what that runs, and those of its graph's run."""
        bound = getattr(self.spec.action, "config", {}).get("tags", ())
        return (*self.spec.tags, *bound, *self.place.run.inherited.tags)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the user says of its graph's run and of its node: metadata, and tags."""
        said = self.place.run.inherited
        own = {
            k: v for k, v in said.metadata.items() if not k.startswith("langgraph_") and k != "checkpoint_ns"
        }
        tags = {"tags": [*said.tags]} if said.tags else {}
        return {**own, **self.spec.metadata, **tags}

    @property
    def writes(self) -> Writes:
        """All that it wrote, in order."""
        if self.written is not None:
            return self.written
        return self.parts[0] if len(self.parts) == 1 else [write for part in self.parts for write in part]

    # ---- asking, and going on

    def stop(self, interrupts: tuple[Any, ...]) -> None:
        """It has stopped, and asks these."""
        self.stopped = True
        self.interrupts = interrupts

    @property
    def resumes(self) -> bool:
        """Whether it was begun by an earlier call of the graph."""
        return self.place.resumed

    def ask_anew(self) -> None:
        """Another attempt begins: its questions and its calls count from the first."""
        self._asked = self._called = 0
        self.parts = []

    def push(self, name: str, value: Any) -> None:
        """Write a key of the state before the node has ended. Raises InvalidUpdateError if there is no such key."""
        if name not in self.place.keys:
            raise InvalidUpdateError(
                f"{self.node!r} writes the key {name!r}, which the state does not have: there are "
                f"{', '.join(self.place.keys)}"
            )
        self.parts.append([(name, value)])

    def planned(self) -> PlannedTask:
        """What a checkpoint says of it."""
        said: PlannedTask = {"id": self.id, "name": self.node, "path": [*self.path]}
        if self.sent is not None:
            said["sent"] = self.sent.arg
        return said

    def kept(self, error: BaseException | None) -> list[tuple[str, Any]]:
        """What is kept of it beside the checkpoint before it."""
        if error is not None and not self.stopped:
            return [(ERROR, repr(error)), *([(RESUME, [*self.answers])] if self.answers else ())]
        if self.stopped:
            return [(INTERRUPT, [*self.interrupts]), (RESUME, [*self.answers])]
        return [*self.writes, *((GOTO, goto) for goto in self.gotos), (DONE, None)]

    @property
    def kept_as(self) -> str:
        """The id under which that is kept: one that the checkpoint knows, if it is to go on."""
        return self.replaces.id if self.stopped and self.replaces is not None else self.id

    def recover(self, kept: Sequence[Write]) -> None:
        """It was begun by an earlier call, and this was kept of it."""
        for key, value in kept:
            if key == RESUME:
                self.answers = tuple(value)
        if any(key == DONE for key, _ in kept):
            self.restore([(key, value) for key, value in kept if key not in RESERVED or key == GOTO])

    def restore(self, kept: Sequence[Write]) -> None:
        """It, or a task like it, has ended before: this is what it wrote, and where it said to go on."""
        self.parts = [[(key, value) for key, value in kept if key != GOTO]]
        self.gotos = [value for key, value in kept if key == GOTO]
        self.done = True

    # ---- what it calls

    def call(self, spec: Node, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> Any:
        """Run a task of the functional API, which this one calls; returns the future of its result."""
        number, self._called = self._called, self._called + 1
        planned = Next(spec.name, (PUSH, self.path, number, True), Send(spec.name, arguments))
        task = Task(self.place, planned, derived_id(self.id, spec.name, number), spec)
        task.caller = self
        return self.place.call(task)

    # ---- not to be run again

    def to_reuse(self) -> Mapping[CacheKey, tuple[Any, float | None]] | None:
        """What is to be kept of it for tasks like it; None if nothing is."""
        policy = self.spec.cache
        if policy is None or self.cache_key is None or self.stopped or self.done:
            return None
        return {self.cache_key: ([*self.writes, *((GOTO, goto) for goto in self.gotos)], policy.ttl)}

    # ---- when it fails

    def handled(self, error: BaseException) -> Task | None:
        """The task of its node's error handler, which is to be run in its place; None if there is none."""
        handler = self.spec.handler
        if handler is None or not isinstance(error, Exception) or isinstance(error, ParentCommand):
            return None
        path = (*self.path, "node_error_handler", False)
        planned = Next(handler.name, path, Send(handler.name, self.input))
        instead = Task(self.place, planned, derived_id(self.id, handler.name), handler)
        instead.failure = NodeError(self.node, error)
        instead.replaces = self
        instead.answers, instead.given, instead.by_id = self.answers, self.given, self.by_id
        self.place.replace(self, instead)
        return instead

    # ---- as a source of its run

    def get_name(self) -> str:
        return self.node

    def run_tags(self) -> tuple[str, ...]:
        return self.spec.tags

    def run_metadata(self) -> Mapping[str, Any]:
        return {}

    def event_input(self, input: Any) -> Any:
        return input

    def event_output(self, output: Any) -> Any:
        return output

    def event_call_id(self, input: Any) -> str | None:
        return None

    def gives_snapshots(self, fed: bool) -> bool:
        return True

    def writer(self, run: Run) -> Writer:
        """What `get_stream_writer` gives inside it; `run` is its run."""
        return Writer(run, self.place.ns)

    def told(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What the node's function wants to be told."""
        return {name: self.offers(name) for name in names}

    def offers(self, what: str) -> Any:
        """One of what code inside it may ask for."""
        if what == "config":
            run = self.run
            self.say_where(run)
            return run.child_config()
        if what == "writer":
            return Writer(self.run, self.place.ns)
        if what == "state":
            return self.input if self.sent is None else self.place.seen(self.spec)
        given = self.place.given
        if what == "runtime":
            writer = Writer(self.run, self.place.ns)
            heartbeat = nothing if self.pulse is None else self.pulse.beat
            return Runtime(
                context=given.context,
                store=given.store,
                stream_writer=writer,
                previous=given.previous,
                heartbeat=heartbeat,
            )
        if what == "error":
            return self.failure
        return given.store if what == "store" else given.previous

    def _metadata(self) -> dict[str, Any]:
        """What runs inside it say of where they are."""
        return {
            **self.spec.metadata,
            "langgraph_step": self.step,
            "langgraph_node": self.node,
            "langgraph_triggers": self.triggers,
            "langgraph_path": self.path,
            "langgraph_checkpoint_ns": "|".join(self.ns),
        }

    # ---- its life

    def watch(self) -> Token[Any] | None:
        """Note its progress, if it may not be idle for long. Returns what undoes that."""
        policy = self.spec.timeout
        if policy is None:
            return None
        self.pulse = Pulse()
        if policy.idle_timeout is None or policy.refresh_on == "heartbeat":
            return None
        return current.set(self.pulse.around(current.get()))

    def begin(self) -> Run:
        """Make its run, below the one that is current."""
        run = Run(self, None, self.place.run.streamed)
        run.tag = f"graph:step:{self.step}"
        self._run = ref(run)
        hub = run.hub
        if hub.active and (hub.start or hub.stream or hub.end or hub.error):
            self.say_where(run)
        return run

    @property
    def run(self) -> Run:
        """Its run, once it has begun. Whoever asks holds that; the task does not, so nothing goes round in a circle."""
        run = self._run()
        assert run is not None  # noqa: S101
        return run

    def say_where(self, run: Run) -> None:
        """Let what runs inside it say where it is: done only where somebody may ask."""
        if not self._placed:
            self._placed = True
            run.inherited = run.inherited.extend({"metadata": self._metadata()})

    def take(self, output: Any) -> None:
        """Note what the node gave. Raises InvalidUpdateError if that is nothing that a node may give."""
        self.output = output
        if self.spec.gives is not None:
            self.output, self.parts, self.written = self.spec.gives(output)
            return
        keys = self.place.keys
        if output.__class__ is dict and ROOT not in keys:  # what nearly all nodes give
            self.parts.append(chosen(keys, output.items()))
            return
        self.parts += writes_of(keys, output, f"node {self.node!r}")
        for command in commands_in(output):
            if command.graph == Command.PARENT:
                raise ParentCommand(command)
            self.go(command.targets())

    def go(self, targets: tuple[Any, ...]) -> None:
        """Note where to go on. Raises InvalidUpdateError if there is no such node."""
        self.gotos += existing(targets, self.node, self.place.nodes)

    def chosen(self, branch: Branch, answer: Any) -> None:
        """Note what a conditional edge answered."""
        self.go(branch.targets(answer))

    def failed(self, error: BaseException) -> None:
        """Let an error say where it was raised; in LangGraph's words. What only stops a task is none."""
        if isinstance(error, Exception) and not isinstance(error, (GraphInterrupt, ParentCommand)):
            error.add_note(f"During task with name {self.node!r} and id {self.id!r}")

    def update(self) -> dict[str, Any]:
        """`{node: what it wrote}`."""
        return {self.node: update_of(self.parts)}

    def __repr__(self) -> str:
        return f"<Task {self.node!r} of step {self.step}>"
