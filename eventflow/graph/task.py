"""One task: a node that runs once in one step, as a run of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple, Protocol, final

from eventflow.checkpoints import BaseCheckpointSaver, PlannedTask
from eventflow.errors import GraphInterrupt, InvalidUpdateError, ParentCommand
from eventflow.events import Kind
from eventflow.graph.constants import END
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.keeper import DONE, ERROR, GOTO, INTERRUPT, RESUME
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.plan import PUSH, Next
from eventflow.graph.records import Namespace
from eventflow.graph.runtime import Runtime
from eventflow.graph.state import ROOT, Key, Write, Writes, writes_of
from eventflow.graph.types import Command, Send, commands_in
from eventflow.graph.writer import Writer
from eventflow.ids import new_id
from eventflow.runs import Run

__all__ = ("Given", "Place", "Task")


class Place(Protocol):
    """The step that a task is in."""

    @property
    def run(self) -> Run: ...

    @property
    def ns(self) -> Namespace: ...

    @property
    def step(self) -> int: ...

    @property
    def saver(self) -> BaseCheckpointSaver | None: ...

    @property
    def resumed(self) -> bool: ...

    @property
    def given(self) -> Given: ...

    @property
    def keys(self) -> Mapping[str, Key]: ...

    @property
    def nodes(self) -> Mapping[str, Node]: ...

    def seen(self, node: Node) -> Any: ...

    def fresh(self, branch: Branch, writes: Writes) -> Any: ...

    def task_ended(self, task: Task, error: BaseException | None = None) -> None: ...


class Given(NamedTuple):
    """What a run of the graph was given beside its input."""

    context: Any = None
    store: Any = None
    previous: Any = None


PUSHED: Final = (PUSH,)


@final
class Task:
    """What runs `node`, what that wrote, and where it said to go on. The source of its own run."""

    __slots__ = (
        "_asked",
        "_id",
        "_placed",
        "answers",
        "by_id",
        "done",
        "given",
        "gotos",
        "input",
        "interrupts",
        "node",
        "output",
        "parts",
        "path",
        "place",
        "run",
        "sent",
        "spec",
        "step",
        "stopped",
    )

    kind: ClassVar[Kind] = "chain"
    run: Run

    def __init__(self, place: Place, planned: Next, id: str | None = None) -> None:
        self.node, self.path, self.sent = planned
        self.place = place
        self.step = place.step
        self.spec = place.nodes[planned.node]
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
        self._asked = 0
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
        return PUSHED if self.sent is not None else self.spec.triggers

    @property
    def ns(self) -> Namespace:
        """The namespace of a graph that runs inside it."""
        return (*self.place.ns, f"{self.node}:{self.id}")

    @property
    def writes(self) -> Writes:
        """All that it wrote, in order."""
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

    def ask_anew(self) -> None:
        """Another attempt begins: its questions count from the first."""
        self._asked = 0

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

    def restore(self, writes: Writes, gotos: list[str | Send]) -> None:
        """It has ended before, and wrote this."""
        self.parts = [writes]
        self.gotos = gotos
        self.done = True

    # ---- as a source of its run

    def get_name(self) -> str:
        return self.node

    def run_tags(self) -> tuple[str, ...]:
        return self.spec.tags

    def run_metadata(self) -> Mapping[str, Any]:
        return {}

    def event_input(self, input: Any) -> Any:
        return input

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
        given = self.place.given
        if what == "runtime":
            writer = Writer(self.run, self.place.ns)
            return Runtime(
                context=given.context, store=given.store, stream_writer=writer, previous=given.previous
            )
        return given.store if what == "store" else given.previous

    def _metadata(self) -> dict[str, Any]:
        """What runs inside it say of where they are."""
        return {
            "langgraph_step": self.step,
            "langgraph_node": self.node,
            "langgraph_triggers": self.triggers,
            "langgraph_path": self.path,
            "langgraph_checkpoint_ns": "|".join(self.ns),
        }

    # ---- its life

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
        self.parts = writes_of(self.place.keys, output, f"node {self.node!r}")
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


def update_of(parts: Sequence[Sequence[Write]]) -> Any:
    """What a node wrote as one dict; as one for each part if a key was written twice; None if nothing was."""
    dicts = [dict(part) for part in parts if part]
    if len(dicts) == 1:
        return dicts[0].get(ROOT, dicts[0])
    if not dicts:
        return None
    merged: dict[str, Any] = {}
    for one in dicts:
        if merged.keys() & one.keys():
            return dicts
        merged |= one
    return merged
