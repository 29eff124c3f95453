"""`Runnable`: the verbs, several inputs at once, event streams, and the ways to compose runnables.

The composites are runnables themselves, and so live above this file. What this file needs of them it names in
`Composer`, and `eventflow.runnables.compose` hands it in when the package is imported: arrows keep pointing
down, and nothing is imported inside a function.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from eventflow.drawing import Graph
from eventflow.handing import keep_promise
from eventflow.messages import ToolCall
from eventflow.runnables.batch import abatch, abatch_as_completed, batch, batch_as_completed
from eventflow.runnables.structure import single_graph
from eventflow.runnables.verbs import Input, Output
from eventflow.runnables.watchable import Watchable
from eventflow.runs import RunnableConfig

__all__ = (
    "Composer",
    "Runnable",
    "RunnableLike",
    "composer",
    "install_composer",
    "install_tool_maker",
)

Other = TypeVar("Other")
T = TypeVar("T")


class Runnable(Watchable[Input, Output]):
    """A unit of work that can be run, streamed, batched, watched and composed.

    Make one from a function with `RunnableLambda` or `@chain`, compose them with `|`, or subclass this and
    override the hooks that `eventflow.runnables.verbs` describes.

    >>> from eventflow import RunnableLambda
    >>> double = RunnableLambda(lambda x: x * 2)
    >>> (double | double).invoke(1)
    4
    """

    # ---- several inputs at once

    def batch(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """`invoke` for each input, in threads, at most `max_concurrency` at once; outputs in order.

        With `return_exceptions` an exception stands in the place of its output; else the first one is raised.
        """
        return batch(self, inputs, config, return_exceptions=return_exceptions, **kwargs)

    async def abatch(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """`ainvoke` for each input, as tasks; see `batch`."""
        return await abatch(self, inputs, config, return_exceptions=return_exceptions, **kwargs)

    def batch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Output]]:
        """Yield `(index, output)` as they are ready."""
        return batch_as_completed(self, inputs, config, return_exceptions=return_exceptions, **kwargs)

    def abatch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Output]]:
        """Yield `(index, output)` as they are ready."""
        return abatch_as_completed(self, inputs, config, return_exceptions=return_exceptions, **kwargs)

    # ---- composing

    def __or__(self, other: Any) -> Runnable[Input, Any]:
        """`self | other`: a sequence. `other` may be a runnable, a function, or a dict of such."""
        return composer().sequence((self, other))

    def __ror__(self, other: Any) -> Runnable[Any, Output]:
        """`other | self`, where `other` is a function or a dict of runnables."""
        return composer().sequence((other, self))

    def pipe(self, *others: Any, name: str | None = None) -> Runnable[Input, Any]:
        """A sequence of this and `others`."""
        return composer().sequence((self, *others), name=name)

    def pick(self, keys: str | list[str]) -> Runnable[Input, Any]:
        """Keep one key of the output (its value), or several (a dict).

        >>> from eventflow import RunnableLambda
        >>> RunnableLambda(lambda x: {"a": x, "b": 2}).pick("a").invoke(1)
        1
        """
        return composer().sequence((self, composer().pick(keys)))

    def assign(self, **steps: Any) -> Runnable[Input, dict[str, Any]]:
        """Add keys to an output that is a dict, each computed from it.

        >>> from eventflow import RunnableLambda
        >>> RunnableLambda(lambda x: {"a": x}).assign(b=lambda d: d["a"] + 1).invoke(1)
        {'a': 1, 'b': 2}
        """
        return composer().sequence((self, composer().assign(steps)))

    def map(self) -> Runnable[list[Any], list[Any]]:
        """The same for each element of a list."""
        return composer().each(self)

    def bind(self, **kwargs: Any) -> Runnable[Input, Output]:
        """The same with keyword arguments that are passed to whatever does the work."""
        return composer().binding(self, kwargs=kwargs)

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Runnable[Input, Output]:
        """The same with a config of its own, given as a dict, as keywords, or both."""
        return composer().binding(self, config={**(config or {}), **kwargs})

    def with_types(
        self, *, input_type: type[Any] | None = None, output_type: type[Any] | None = None
    ) -> Runnable[Input, Output]:
        """The same with other types in its schemas."""
        return composer().binding(self, input_type=input_type, output_type=output_type)

    def with_listeners(
        self,
        *,
        on_start: Callable[..., object] | None = None,
        on_end: Callable[..., object] | None = None,
        on_error: Callable[..., object] | None = None,
    ) -> Runnable[Input, Output]:
        """The same with functions that are called with its run (and the config, if they take two arguments)."""
        return composer().binding(self, listeners=(on_start, on_end, on_error))

    def with_alisteners(
        self,
        *,
        on_start: Callable[..., Awaitable[object]] | None = None,
        on_end: Callable[..., Awaitable[object]] | None = None,
        on_error: Callable[..., Awaitable[object]] | None = None,
    ) -> Runnable[Input, Output]:
        """The same as `with_listeners` with coroutine functions."""
        return composer().binding(self, listeners=(on_start, on_end, on_error))

    def with_retry(
        self,
        *,
        retry_if_exception_type: tuple[type[BaseException], ...] = (Exception,),
        wait_exponential_jitter: bool = True,
        exponential_jitter_params: Mapping[str, float] | None = None,
        stop_after_attempt: int = 3,
    ) -> Runnable[Input, Output]:
        """The same, tried again when it raises one of these; see `RunnableRetry`."""
        return composer().retry(
            self,
            retry_if_exception_type=retry_if_exception_type,
            wait_exponential_jitter=wait_exponential_jitter,
            exponential_jitter_params=exponential_jitter_params,
            max_attempt_number=stop_after_attempt,
        )

    def with_fallbacks(
        self,
        fallbacks: Sequence[Any],
        *,
        exceptions_to_handle: tuple[type[BaseException], ...] = (Exception,),
        exception_key: str | None = None,
    ) -> Runnable[Input, Output]:
        """The same, replaced by the next of `fallbacks` when it raises; see `RunnableWithFallbacks`."""
        return composer().fallbacks(
            self, fallbacks, exceptions_to_handle=exceptions_to_handle, exception_key=exception_key
        )

    def configurable_fields(self, **fields: Any) -> Runnable[Input, Output]:
        """The same with fields that `config["configurable"]` can set; see `ConfigurableField`.

        Raises ValueError if it has no such field.
        """
        return composer().configurable_fields(self, fields)

    def configurable_alternatives(
        self, which: Any, *, default_key: str = "default", prefix_keys: bool = False, **alternatives: Any
    ) -> Runnable[Input, Output]:
        """The same, or one of `alternatives`, as `config["configurable"]` chooses; see `ConfigurableField`."""
        return composer().configurable_alternatives(
            self, which, default_key=default_key, prefix_keys=prefix_keys, alternatives=alternatives
        )

    def as_tool(
        self,
        args_schema: type[BaseModel] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        arg_types: Mapping[str, Any] | None = None,
    ) -> Runnable[str | dict[str, Any] | ToolCall, Any]:
        """A tool that runs it, for a model to call; see `convert_runnable_to_tool`.

        Raises TypeError if it takes something that has no arguments.

        >>> from eventflow import RunnableLambda
        >>> RunnableLambda(lambda x: x["a"] + x["b"]).as_tool(name="add").invoke({"a": 1, "b": 2})
        3
        """
        if not _tool_maker:
            keep_promise("maker of tools")
        return _tool_maker[0](self, args_schema, name=name, description=description, arg_types=arg_types)

    # ---- looking at it

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Its structure as a graph that can be drawn: `draw_mermaid()`, `draw_ascii()`.

        Arguments:
            config: for runnables that change with it; its metadata is shown at the nodes.

        >>> from eventflow import RunnableLambda
        >>> [node.name for node in (RunnableLambda(abs) | str).get_graph().nodes.values()]
        ['abs_input', 'abs', 'str', 'str_output']
        """
        return single_graph(self, config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[Runnable[Any, Any]]:
        """The prompt templates inside it, in order."""
        own: list[Runnable[Any, Any]] = [self] if self.kind == "prompt" else []
        return own + [prompt for inner in self.inner_runnables() for prompt in inner.get_prompts(config)]

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        """The runnables that it is made of, in order."""
        return ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


RunnableLike: TypeAlias = (
    Runnable[Input, Output]
    | Callable[[Input], Output]
    | Callable[[Input], Awaitable[Output]]
    | Callable[[Iterator[Input]], Iterator[Output]]
    | Callable[[AsyncIterator[Input]], AsyncIterator[Output]]
    | Mapping[str, Any]
)
"""A runnable, or what becomes one when it is composed with one: a function, or a dict of such."""


class Composer(Protocol):
    """The composites, as far as `Runnable` needs them."""

    def coerce(self, thing: Any) -> Runnable[Any, Any]: ...
    def sequence(self, steps: Sequence[Any], *, name: str | None = None) -> Runnable[Any, Any]: ...
    def pick(self, keys: str | list[str]) -> Runnable[Any, Any]: ...
    def assign(self, steps: Mapping[str, Any]) -> Runnable[Any, Any]: ...
    def each(self, bound: Runnable[Any, Any]) -> Runnable[Any, Any]: ...
    def binding(self, bound: Runnable[Any, Any], **options: Any) -> Runnable[Any, Any]: ...
    def retry(self, bound: Runnable[Any, Any], **options: Any) -> Runnable[Any, Any]: ...
    def fallbacks(
        self, bound: Runnable[Any, Any], fallbacks: Sequence[Any], **options: Any
    ) -> Runnable[Any, Any]: ...
    def configurable_fields(
        self, bound: Runnable[Any, Any], fields: Mapping[str, Any]
    ) -> Runnable[Any, Any]: ...
    def configurable_alternatives(
        self, bound: Runnable[Any, Any], which: Any, **options: Any
    ) -> Runnable[Any, Any]: ...


_installed: list[Composer] = []
_tool_maker: list[Callable[..., Runnable[Any, Any]]] = []


def install_composer(made: Composer) -> None:
    """Hand in the composites; done once, when `eventflow.runnables` is imported."""
    _installed[:] = [made]


def install_tool_maker(made: Callable[..., Runnable[Any, Any]]) -> None:
    """Hand in what makes tools; done once, when `eventflow.tools` is imported."""
    _tool_maker[:] = [made]


def composer() -> Composer:
    """The composites."""
    return _installed[0]
