"""One execution of a workflow: a graph of one node, whose state is what it gave and what it saved."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from eventflow.checkpoints import CheckpointTuple
from eventflow.errors import EmptyInputError
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.constants import START
from eventflow.graph.loop import Entry, Loop
from eventflow.graph.nodes import Node
from eventflow.graph.plan import PULL, Next, Plan, Progress
from eventflow.graph.shape import Shape
from eventflow.graph.state import ROOT, Key, StateSchema
from eventflow.graph.task import Task
from eventflow.graph.types import Send
from eventflow.runnables.narrow import is_mapping

__all__ = ("PREVIOUS", "Workflow", "blueprint_of")

PREVIOUS: Final = "__previous__"
"""The key of what a workflow has saved for its next run."""


class WorkflowLoop(Loop):
    """The execution of a workflow: its input is that of its one task, and never part of the state."""

    __slots__ = ()

    def begin(self, input: Any, saved: CheckpointTuple | None) -> Entry | None:
        entry = super().begin(input, saved)
        self.given = self.given._replace(previous=self.values.get(PREVIOUS))
        return entry

    def take_in(self, input: Any, goes_on: bool) -> Entry | None:
        if input is None:
            raise EmptyInputError(f"Received no input for {START}: a workflow is called with one value")
        (name,) = self.nodes
        self.progress = Progress()
        self.step += 1
        self.tasks = [Task(self, Next(name, (PULL, name), Send(name, input)))]
        self.keep("input", (), self.planned(), ())
        return None

    def output(self) -> Any:
        found = super().output()
        if not self.interrupts:
            return found
        return {**(found if is_mapping(found) else {}), "__interrupt__": [*self.interrupts]}


class Workflow(CompiledStateGraph[Any]):
    """A function that calls tasks, as a runnable. Made by `entrypoint`."""

    _loops: ClassVar[type[Loop]] = WorkflowLoop

    def _shape(self, *args: Any, **kwargs: Any) -> Shape:
        shape = super()._shape(*args, **kwargs)
        shape.eager = shape.eager or any(mode.name != "values" for mode in shape.modes)  # tasks end inside it
        return shape


def blueprint_of(node: Node, input: Any, output: Any) -> Blueprint:
    """The graph of one node that begins with the input and ends the run."""
    node.triggers = (START,)
    state = StateSchema(output)
    keys = {ROOT: Key(None, None), PREVIOUS: Key(None, None)}
    plan = Plan({START: (node.name,)}, (), {}, frozenset())
    return Blueprint({node.name: node}, plan, state, keys, StateSchema(input), state, (), (), ())
