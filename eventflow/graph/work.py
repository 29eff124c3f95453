"""What a compiled graph does: the hooks that its verbs drive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.errors import GraphInterrupt
from eventflow.events import Kind
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.cache import BaseNodeCache
from eventflow.graph.keeper import Keeper
from eventflow.graph.loop import Loop
from eventflow.graph.options import RunOptions, run_options
from eventflow.graph.place import Given
from eventflow.graph.places import task_around
from eventflow.graph.steps import asteps, steps
from eventflow.graph.task import Task
from eventflow.graph.threads import Threads
from eventflow.runnables.drive import PAUSE
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.seam import aclose, close
from eventflow.runnables.shapes import is_model
from eventflow.runs import Run

__all__ = ("Work",)

StateT = TypeVar("StateT")

DEFAULT_STEPS = 10_007
"""The most steps that a run may take unless its config has a `recursion_limit`; LangGraph's number."""


class Work(Threads, Generic[StateT]):
    """The part of a compiled graph that is about what it does."""

    kind: ClassVar[Kind] = "chain"
    blocking = False
    keeps: ClassVar[bool] = True
    """Whether there is anything to make checkpoints of."""
    _loops: ClassVar[type[Loop]] = Loop

    def __init__(
        self,
        builder: Any,
        blueprint: Blueprint,
        *,
        name: str | None = None,
        checkpointer: BaseCheckpointSaver | bool | None = None,
        store: Any = None,
        cache: BaseNodeCache | None = None,
    ) -> None:
        self.builder = builder
        self.context_schema = builder.context_schema
        self.store = store
        self.cache = cache
        self.checkpointer = checkpointer
        self.name = name or "LangGraph"
        self._blueprint = blueprint

    def gives_snapshots(self, fed: bool) -> bool:
        return True

    def _loop(self, run: Run, said: Mapping[str, Any]) -> Loop:
        blueprint = self._blueprint
        options = run_options(said, blueprint.nodes, blueprint.keys) if said else RunOptions()
        limit = run.inherited.recursion_limit if run.inherited.limited else DEFAULT_STEPS
        if limit < 1:
            raise ValueError(f"recursion_limit must be at least 1, and is {limit}")
        around = task_around(run.parent)
        ns = () if around is None else around.ns
        saver = self.checkpointer or None
        if saver is True:
            if around is None:
                raise RuntimeError(
                    "checkpointer=True is for a graph inside a graph, whose checkpoints it is to share: give this one "
                    "a checkpointer of its own, as compile(checkpointer=InMemorySaver())"
                )
            saver, ns = around.place.saver, (*around.place.ns, around.node)
        elif self.checkpointer is None and around is not None:
            saver = around.place.saver
        keeper = None if saver is None or not self.keeps else Keeper(saver, run.inherited.configurable, ns)
        if keeper is not None:
            keeper.around = above = None if around is None else around.place.keeper
            keeper.durability = options.durability or ("async" if above is None else above.durability)
        given = Given(self._context(options.context), self.store, None, self.cache)
        if around is not None:
            outer = around.place.given
            context = outer.context if options.context is None else given.context
            given = Given(context, self.store or outer.store, None, self.cache or outer.cache)
        if options.before is not None or options.after is not None:
            before = blueprint.before if options.before is None else options.before
            after = blueprint.after if options.after is None else options.after
            blueprint = blueprint._replace(before=before, after=after)
        loop = self._loops(blueprint, run, ns, limit, keeper, given, options.keys)
        if around is not None:
            loop.enter_in(around)
        return loop

    def _context(self, context: Any) -> Any:
        """What `context` is as the graph's schema says. Raises TypeError or ValidationError if it does not fit."""
        schema = self.context_schema
        if is_model(schema) and isinstance(context, dict):
            return schema.model_validate(context)
        if is_mapping(context) and hasattr(schema, "__dataclass_fields__"):
            return schema(**context)
        return context

    def _given(self, loop: Loop) -> Any:
        """What a run gives; one inside another graph that has stopped stops that, too."""
        if loop.interrupts == ():
            loop.telling.stop(loop.step, loop.values, ())
        if loop.interrupts is not None and loop.inside:
            raise GraphInterrupt(loop.interrupts)
        return loop.output()

    def _steps(self, loop: Loop, input: Any) -> Iterator[Task | None]:
        return steps(loop, input)

    def _asteps(self, loop: Loop, input: Any) -> AsyncIterator[Task]:
        return asteps(loop, input)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        loop = self._loop(run, kwargs)
        tasks = self._steps(loop, input)
        try:
            for task in tasks:
                if task is not None and run.hub.stream:
                    run.chunk(task.update())
        finally:
            close(tasks)
        return self._given(loop)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        loop = self._loop(run, kwargs)
        tasks = self._asteps(loop, input)
        try:
            async for task in tasks:
                if run.hub.stream:
                    run.chunk(task.update())
        finally:
            await aclose(tasks)
        return self._given(loop)

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        loop = self._loop(run, kwargs)
        tasks = self._steps(loop, input)
        try:
            for task in tasks:
                if task is None:
                    yield PAUSE
                else:
                    yield task.update() if run.hub.stream else None
        finally:
            close(tasks)
        run.result = self._given(loop)

    async def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        loop = self._loop(run, kwargs)
        tasks = self._asteps(loop, input)
        try:
            async for task in tasks:
                if run.hub.stream:
                    yield task.update()
        finally:
            await aclose(tasks)
        run.result = self._given(loop)
