"""One task: a node that runs once in one step, as a run of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Token
from typing import Any, ClassVar, Final, final

from eventflow.checkpoints import PlannedTask
from eventflow.errors import GraphInterrupt, InvalidUpdateError, ParentCommand
from eventflow.events import Kind
from eventflow.graph.cache import CacheKey
from eventflow.graph.constants import END
from eventflow.graph.handling import NodeError
from eventflow.graph.identity import derived_id
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.keeper import DONE, ERROR, GOTO, INTERRUPT, RESUME
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.place import Place
from eventflow.graph.plan import PULL, PUSH, Next
from eventflow.graph.records import Namespace
from eventflow.graph.runtime import Runtime, nothing
from eventflow.graph.state import Write, Writes, writes_of
from eventflow.graph.timeouts import Pulse
from eventflow.graph.types import Command, Send, commands_in
from eventflow.graph.updates import update_of
from eventflow.graph.writer import Writer
from eventflow.ids import new_id
from eventflow.runs import Run, current

__all__ = ("Task",)


PUSHED: Final = (PUSH,)


@final
class Task:
    """What runs `node`, what that wrote, and where it said to go on. The source of its own run."""

    __slots__ = (
        "_asked",
        "_called",
        "_id",
        "_placed",
        "answers",
        "by_id",
        "cache_key",
        "caller",
        "done",
        "failure",
        "given",
        "gotos",
        "input",
        "interrupts",
        "node",
        "output",
        "parts",
        "path",
        "place",
        "pulse",
        "replaces",
        "run",
        "sent",
        "spec",
        "step",
        "stopped",
        "written",
    )

    kind: ClassVar[Kind] = "chain"
    run: Run

    def __init__(
        self, place: Place[Task], planned: Next, id: str | None = None, spec: Node | None = None
    ) -> None:
        self.node, self.path, self.sent = planned
        self.place = place
        self.step = place.step
        self.spec = place.nodes[planned.node] if spec is None else spec
        self.input = place.seen(self.spec) if planned.sent is None else planned.sent.arg
        self.parts: list[Writes] = []
        self.gotos: list[str | Send] = []
        self.output: Any = None
        self.done = False
        self.interrupts: tuple[Any, ...] = ()
        self.stopped = False
        self.answers: list[Any] = []
        self.given: Any = None
        self.by_id: Mapping[str, Any] = {}
        self.cache_key: CacheKey | None = None
        self.failure: NodeError | None = None
        self.replaces: Task | None = None
        self.pulse: Pulse | None = None
        self.caller: Task | None = None
        self.written: Writes | None = None
        self._asked = self._called = 0
        self._placed = False
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

    def ask(self, value: Any) -> Any:
        """The answer to the next question. Raises GraphInterrupt if there is none yet."""
        number, self._asked = self._asked, self._asked + 1
        if number < len(self.answers):
            return self.answers[number]
        interrupt = Interrupt.of(value, "|".join(self.ns), number)
        if interrupt.id in self.by_id:
            self.answers.append(self.by_id[interrupt.id])
            return self.answers[number]
        if self.caller is not None and (lent := self.caller.lends(interrupt.id)):
            self.answers += lent
            return lent[0]
        if self.place.saver is None:
            raise RuntimeError(
                f"node {self.node!r} called interrupt(), and its graph has no checkpointer to go on from: "
                "compile(checkpointer=InMemorySaver())"
            )
        raise GraphInterrupt((interrupt,))

    def stop(self, interrupts: tuple[Any, ...]) -> None:
        """It has stopped, and asks these."""
        self.stopped = True
        self.interrupts = interrupts

    @property
    def resumes(self) -> bool:
        """Whether it was begun by an earlier call of the graph."""
        return self.place.resumed

    def passed_on(self) -> Any:
        """The answers for a graph inside it: by id, or the one that came last."""
        if self.by_id:
            return self.by_id
        return self.answers.pop() if self.given is not None and self.answers else None

    def lends(self, interrupt_id: str) -> tuple[Any, ...]:
        """The answer for what a call of it asks, as the one item; empty if there is none."""
        if interrupt_id in self.by_id:
            return (self.by_id[interrupt_id],)
        if self.given is not None and self.answers:
            self.given = None
            return (self.answers.pop(),)
        return () if self.caller is None else self.caller.lends(interrupt_id)

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
            return [(ERROR, repr(error))]
        if self.stopped:
            return [(INTERRUPT, [*self.interrupts]), (RESUME, [*self.answers])]
        return [*self.writes, *((GOTO, goto) for goto in self.gotos), (DONE, None)]

    @property
    def kept_as(self) -> str:
        """The id under which that is kept: one that the checkpoint knows, if it is to go on."""
        return self.replaces.id if self.stopped and self.replaces is not None else self.id

    def restore(self, writes: Writes, gotos: list[str | Send]) -> None:
        """It has ended before, and wrote this."""
        self.parts = [writes]
        self.gotos = gotos
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

    def reuse(self, kept: Sequence[Write]) -> None:
        """A task like it has ended before, and wrote this."""
        self.restore(
            [(name, value) for name, value in kept if name != GOTO],
            [value for name, value in kept if name == GOTO],
        )

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
        """What `get_stream_writer` gives inside it; `run` is the run that asks."""
        return Writer(self.run, self.place.ns)

    def told(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What the node's function wants to be told."""
        return {name: self.offers(name) for name in names}

    def offers(self, what: str) -> Any:
        """One of what code inside it may ask for."""
        if what == "config":
            self.say_where()
            return self.run.child_config()
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
        run = self.run = Run(self, None, self.place.run.streamed)
        run.tag = f"graph:step:{self.step}"
        hub = run.hub
        if hub.start or hub.stream or hub.end or hub.error:
            self.say_where()
        return run

    def say_where(self) -> None:
        """Let what runs inside it say where it is: done only where somebody may ask."""
        if not self._placed:
            self._placed = True
            self.run.inherited = self.run.inherited.extend({"metadata": self._metadata()})

    def take(self, output: Any) -> None:
        """Note what the node gave. Raises InvalidUpdateError if that is nothing that a node may give."""
        self.output = output
        if self.spec.gives is not None:
            self.output, self.parts, self.written = self.spec.gives(output)
            return
        self.parts += writes_of(self.place.keys, output, f"node {self.node!r}")
        for command in commands_in(output):
            if command.graph == Command.PARENT:
                raise ParentCommand(command)
            self.go(command.targets())

    def go(self, targets: tuple[Any, ...]) -> None:
        """Note where to go on. Raises InvalidUpdateError if there is no such node."""
        for target in targets:
            name = target.node if isinstance(target, Send) else target
            if name == END and not isinstance(target, Send):
                continue
            if name not in self.place.nodes:
                raise InvalidUpdateError(
                    f"{self.node!r} goes on to {name!r}, which is no node of this graph: there are "
                    f"{', '.join(self.place.nodes)}"
                )
            self.gotos.append(target)

    def chosen(self, branch: Branch, answer: Any) -> None:
        """Note what a conditional edge answered."""
        self.go(branch.targets(answer))

    def update(self) -> dict[str, Any]:
        """`{node: what it wrote}`."""
        return {self.node: update_of(self.parts)}

    def __repr__(self) -> str:
        return f"<Task {self.node!r} of step {self.step}>"
