"""`CompiledStateGraph`: a graph as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal, Required, TypeAlias, TypeVar, cast, overload

from typing_extensions import Unpack

from eventflow.bus import DEFAULT_BUFFER
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.options import CallOptions, Version
from eventflow.graph.parts import GraphOutput
from eventflow.graph.streaming import astream_parts, stream_parts
from eventflow.graph.watched import Watched
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.seam import aclose, ajoin, join
from eventflow.runs import Run, RunnableConfig

__all__ = ("CompiledStateGraph",)

StateT = TypeVar("StateT")

Config: TypeAlias = RunnableConfig | None


class Whole(CallOptions, total=False):
    """The state, as a dict."""

    version: Literal["v1"]
    output_keys: str | Sequence[str] | None


class Typed(CallOptions, total=False):
    """The state, as its schema says."""

    version: Required[Literal["v2"]]
    output_keys: str | Sequence[str] | None


class Listed(CallOptions, total=False):
    """The parts of a stream."""

    version: Version
    output_keys: str | Sequence[str] | None


class CompiledStateGraph(Watched[StateT]):
    """A graph that can be run. Made by `StateGraph.compile`."""

    # ---- the verbs

    @overload  # type: ignore[override]  # an option that it does not know is refused
    def invoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values"] = "values",
        **options: Unpack[Whole],
    ) -> dict[str, Any] | Any: ...
    @overload
    def invoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values"] = "values",
        **options: Unpack[Typed],
    ) -> GraphOutput[StateT]: ...
    @overload
    def invoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str],
        **options: Unpack[Listed],
    ) -> list[Any]: ...
    def invoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] = "values",
        print_mode: str | Sequence[str] = (),
        output_keys: str | Sequence[str] | None = None,
        version: Version = "v1",
        debug: bool | None = None,
        **options: Any,
    ) -> Any:
        """Run the graph on `input`, and return the state that it ends with.

        Arguments:
            input, config, print_mode, debug, options: as for `stream`.
            stream_mode: with another mode than "values", a list of the parts of the stream is returned.
            output_keys: which keys of the state to return; of one key, the value.
            version: "v2" returns a `GraphOutput`.

        A graph that has stopped to ask something returns that, too, as `__interrupt__`.

        Raises GraphRecursionError if it does not come to an end, EmptyInputError if there is nothing to begin
        with, and whatever a node raises.
        """
        said = self._said({**options, "output_keys": output_keys})
        if stream_mode == "values" and version == "v1" and not print_mode and not debug:
            return super().invoke(input, config, **said)
        shape = self._shape(stream_mode, print_mode, False, self._shown(output_keys), version, debug)
        if stream_mode != "values":
            return [*stream_parts(self._drive(input, said, []), config, shape, DEFAULT_BUFFER)]
        if print_mode or debug:
            runs: list[Run] = []
            for _ in stream_parts(self._drive(input, said, runs), config, shape, DEFAULT_BUFFER):
                pass
            found = runs[0].result
        else:
            found = super().invoke(input, config, **said)
        return found if version == "v1" else self._typed(found, output_keys)

    @overload  # type: ignore[override]  # an option that it does not know is refused
    async def ainvoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values"] = "values",
        **options: Unpack[Whole],
    ) -> dict[str, Any] | Any: ...
    @overload
    async def ainvoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: Literal["values"] = "values",
        **options: Unpack[Typed],
    ) -> GraphOutput[StateT]: ...
    @overload
    async def ainvoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str],
        **options: Unpack[Listed],
    ) -> list[Any]: ...
    async def ainvoke(
        self,
        input: Any,
        config: Config = None,
        *,
        stream_mode: str | Sequence[str] = "values",
        print_mode: str | Sequence[str] = (),
        output_keys: str | Sequence[str] | None = None,
        version: Version = "v1",
        debug: bool | None = None,
        **options: Any,
    ) -> Any:
        """The same as `invoke`, awaited."""
        said = self._said({**options, "output_keys": output_keys})
        if stream_mode == "values" and version == "v1" and not print_mode and not debug:
            return await super().ainvoke(input, config, **said)
        shape = self._shape(stream_mode, print_mode, False, self._shown(output_keys), version, debug)
        if stream_mode != "values":
            parts = astream_parts(self._adrive(input, said, []), config, shape, DEFAULT_BUFFER)
            return [part async for part in parts]
        if print_mode or debug:
            runs: list[Run] = []
            async for _ in astream_parts(self._adrive(input, said, runs), config, shape, DEFAULT_BUFFER):
                pass
            found = runs[0].result
        else:
            found = await super().ainvoke(input, config, **said)
        return found if version == "v1" else self._typed(found, output_keys)

    def _shown(self, keys: str | Sequence[str] | None) -> str | Sequence[str] | None:
        """Which keys a call shows: of a graph with an output schema, those of that."""
        own = self._blueprint.output.keys
        return [*own] if keys is None and own.keys() != self._blueprint.keys.keys() else keys

    def _typed(self, found: Any, keys: str | Sequence[str] | None) -> GraphOutput[Any]:
        """What a run gave, as its schema says; and what it asks."""
        asked: Sequence[Interrupt] = ()
        if is_mapping(found) and "__interrupt__" in found:
            asked = found["__interrupt__"]
            found = {key: value for key, value in found.items() if key != "__interrupt__"}
        if keys is None and is_mapping(found):
            found = self._blueprint.output.build(cast("Any", found))
        return GraphOutput(cast("Any", found), tuple(asked))

    def transform(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Run it on the whole input; yields the state after each step, of which the last is the output."""
        parts: Iterator[Any] = cast("Any", self).stream(join(input), config, stream_mode="values", **kwargs)
        yield from parts

    async def atransform(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """The same, asynchronously."""
        parts: AsyncIterator[Any] = cast("Any", self).astream(
            await ajoin(input), config, stream_mode="values", **kwargs
        )
        try:
            async for part in parts:
                yield part
        finally:
            await aclose(parts)
