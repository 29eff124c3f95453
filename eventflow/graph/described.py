"""What a compiled graph says of itself: its picture, the schemas of what it takes and gives; and its node cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from eventflow.drawing import Graph
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.cache import BaseNodeCache
from eventflow.graph.nodes import Node
from eventflow.graph.picture import picture_of
from eventflow.graph.reuse import namespace
from eventflow.runnables import Runnable
from eventflow.runnables.shapes import model_of
from eventflow.runs import RunnableConfig

__all__ = ("Described",)


class Described(Runnable[Any, Any]):
    """The part of a compiled graph that describes it."""

    cache: BaseNodeCache | None
    context_schema: Any
    _blueprint: Blueprint

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return self._blueprint.nodes

    # ---- its picture

    def get_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """The graph to be drawn: `draw_mermaid()`, `draw_ascii()`.

        Arguments:
            config: not used; for other runnables, see `Runnable.get_graph`.
            xray: whether graphs inside it are drawn open; or how many levels of them.

        >>> from eventflow.graph import END, START, StateGraph
        >>> graph = StateGraph(int).add_node("double", lambda x: x * 2).add_edge(START, "double")
        >>> graph.add_edge("double", END).compile().get_graph().print_ascii()
        +-----------+
        | __start__ |
        +-----------+
              |
              *
         +--------+
         | double |
         +--------+
              |
              *
         +---------+
         | __end__ |
         +---------+
        """
        return picture_of(self._blueprint, xray)

    async def aget_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """The same as `get_graph`."""
        return self.get_graph(config, xray=xray)

    # ---- what it takes and gives

    @property
    def InputType(self) -> Any:
        """Its input schema."""
        return self._blueprint.input.schema

    @property
    def OutputType(self) -> Any:
        """Its output schema."""
        return self._blueprint.output.schema

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A pydantic model of its input; a root model if its state is one value."""
        return self._model("input", self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """A pydantic model of its output; a root model if its state is one value."""
        return self._model("output", self.OutputType)

    def _model(self, which: str, type_: Any) -> type[BaseModel]:
        is_root = (self._blueprint.input if which == "input" else self._blueprint.output).is_root
        return model_of(self.get_name(which) if is_root else type_.__name__, type_)

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """The JSON schema of its context; None if it has none."""
        if self.context_schema is None:
            return None
        return TypeAdapter(self.context_schema).json_schema()

    # ---- what its cache keeps

    def clear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """Forget what the cache has of these nodes; of all unless given.

        Raises ValueError if the graph has no cache, or no such node.
        """
        self._cache().clear(self._cached(nodes))

    async def aclear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """The same as `clear_cache`."""
        await self._cache().aclear(self._cached(nodes))

    def _cache(self) -> BaseNodeCache:
        if self.cache is None:
            raise ValueError(
                "No cache is set for this graph: compile(cache=InMemoryNodeCache()) gives it one"
            )
        return self.cache

    def _cached(self, nodes: Sequence[str] | None) -> list[tuple[str, ...]]:
        known = self._blueprint.nodes
        if unknown := [name for name in nodes or () if name not in known]:
            raise ValueError(f"clear_cache: {unknown[0]!r} is no node: there are {', '.join(known)}")
        return [namespace(known[name]) for name in (known if nodes is None else nodes)]
