"""The verbs and the hooks: the verbs open the run and drive the hooks, and the hooks do the work.

A runnable of one's own overrides the hooks that are natural to it, and the verbs that are not covered are
derived from those that are:

    _do_invoke(input, run)       _do_ainvoke(input, run)        a value in, a value out
    _do_stream(input, run)       _do_astream(input, run)        a value in, chunks out
    _do_transform(chunks, run)   _do_atransform(chunks, run)    chunks in, chunks out

Rules for this file:
1. The hook of the nearest class wins: a subclass that overrides `_do_invoke` is not bypassed by a
   `_do_ainvoke` further up.
2. Async from sync: inline, or in a worker thread where `blocking` says that the hook may block. Sync from
   async: never, there are no hidden loops; AsyncOnlyError says what to do instead.
3. The parent of a run is the run that is current when the verb is called; a stream starts at its first pull.
4. What cannot stream is invoked: it has a start and an end, and its one result is the stream.
5. A class that overrides the verbs themselves, as LangChain's users do, has no run of its own; verbs that it
   leaves out are derived from those that it has (`_plain_…`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, ClassVar, Final, Generic, TypeVar, get_type_hints

from eventflow.errors import AsyncOnlyError
from eventflow.events import Kind
from eventflow.runnables.drive import acollect, aflow, collect, flow
from eventflow.runnables.seam import aclose, ajoin, aone, bridge, close, in_thread, join, one
from eventflow.runs import Run, RunnableConfig, Source, current, leave

__all__ = ("Input", "Output", "Verbs")

Input = TypeVar("Input", contravariant=True)
Output = TypeVar("Output", covariant=True)

_PAIRS: Final = (
    ("_do_invoke", "_do_ainvoke"),
    ("_do_stream", "_do_astream"),
    ("_do_transform", "_do_atransform"),
)
_STREAMING: Final = frozenset(hook for pair in _PAIRS[1:] for hook in pair)
_VERBS: Final = ("invoke", "ainvoke", "stream", "astream", "transform", "atransform")


class Verbs(Generic[Input, Output]):
    """What can be done with a runnable, sync and async, as a whole and in chunks."""

    name: str | None

    kind: ClassVar[Kind] = "chain"
    """What its runs are runs of."""

    blocking: ClassVar[bool] = True
    """Whether its sync hooks may block: then async verbs call them in a worker thread."""

    _native: ClassVar[frozenset[str]] = frozenset()
    """The hooks that do work of their own; the others are derived."""

    _streams: ClassVar[bool] = False
    """Whether it gives chunks of its own."""

    _transforms: ClassVar[bool] = False
    """Whether it can begin before its input is complete."""

    takes_step_config: ClassVar[bool] = True
    """False for a class with verbs of its own, which is given a config that is written out."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        depth = {hook: _depth(cls, hook) for pair in _PAIRS for hook in pair}
        for sync, async_ in _PAIRS:
            if depth[sync] is not None and depth[async_] is not None and depth[sync] < depth[async_]:  # type: ignore[operator]
                setattr(cls, async_, getattr(Verbs, async_))
                depth[async_] = None
        cls._native = frozenset(hook for hook, at in depth.items() if at is not None)
        cls._streams = not cls._native.isdisjoint(_STREAMING)
        cls._transforms = not cls._native.isdisjoint(_PAIRS[2])
        own = [verb for verb in _VERBS if _depth(cls, verb) is not None]
        if own and not cls._native:
            cls.takes_step_config = False
            for verb in _VERBS:
                if verb not in own:
                    setattr(cls, verb, _PLAIN[verb])

    # ---- what its run says of it

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """The name in events: `name`, else its own, else that of its class; then `suffix`, capitalised.

        >>> from eventflow import RunnablePassthrough
        >>> RunnablePassthrough().get_name("input")
        'RunnablePassthroughInput'
        """
        own = name or getattr(self, "name", None) or type(self).__name__.partition("[")[0]
        if not suffix:
            return own
        return f"{own}_{suffix}" if own[0].islower() else f"{own}{suffix[0].upper()}{suffix[1:]}"

    def run_tags(self) -> tuple[str, ...]:
        """Tags of its runs that are not handed down to the runs below."""
        return ()

    def run_metadata(self) -> Mapping[str, Any]:
        """Metadata of its runs that is not handed down to the runs below."""
        return {}

    def event_input(self, input: Any) -> Any:
        """How events show its input."""
        return input

    def event_output(self, output: Any) -> Any:
        """How events show its output."""
        return output

    def called_with(self, kwargs: Mapping[str, Any]) -> Source:
        """What its run is a run of, when it is called with `kwargs`."""
        return self

    def event_call_id(self, input: Any) -> str | None:
        """The id of the model's call that its run answers; only tools answer one."""
        return None

    def gives_snapshots(self, fed: bool) -> bool:
        """Whether each of its chunks replaces the one before; `fed`: whether those that it is fed with do."""
        return False

    # ---- the verbs

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run it on `input` and return the whole output.

        Arguments:
            input: what it takes.
            config: tags, metadata, callbacks and so on, see `RunnableConfig`.
            kwargs: passed on to whatever does the work.

        Raises AsyncOnlyError if it can only be awaited, and whatever the work raises.

        >>> from eventflow import RunnableLambda
        >>> RunnableLambda(lambda x: x * 2).invoke(21)
        42
        """
        run = Run(self.called_with(kwargs) if kwargs else self, config)
        token = current.set(run)
        try:
            run.start(input)
            output: Output = self._do_invoke(input, run, **kwargs)
            run.finish(output)
            return output
        except BaseException as error:
            run.fail(error)
            raise
        finally:
            leave(token)
            if run.delivery is not None:
                run.settle()

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """The same as `invoke`, awaited. Work that may block is done in a worker thread."""
        run = Run(self.called_with(kwargs) if kwargs else self, config)
        token = current.set(run)
        try:
            run.start(input)
            output: Output = await self._do_ainvoke(input, run, **kwargs)
            run.finish(output)
            return output
        except BaseException as error:
            run.fail(error)
            raise
        finally:
            leave(token)
            if run.delivery is not None:
                await run.asettle()

    def stream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Output]:
        """Yield the output chunk by chunk; the chunks add up to what `invoke` returns.

        Closing the iterator, or leaving a loop over it, cancels the run: it ends with an error event.

        >>> from eventflow import RunnableLambda
        >>> def words(text):
        ...     yield from text.split()
        >>> list(RunnableLambda(words).stream("one two"))
        ['one', 'two']
        """
        if not self._streams:
            return _later(self.invoke, input, config, kwargs)
        run = Run(self.called_with(kwargs) if kwargs else self, config, True)
        return flow(run, self._do_stream, input, kwargs, shown=not self._transforms)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """The same as `stream`, asynchronously. Use `contextlib.aclosing` where you may leave early."""
        if not self._streams:
            return _alater(self.ainvoke, input, config, kwargs)
        run = Run(self.called_with(kwargs) if kwargs else self, config, True)
        return aflow(run, self._do_astream, input, kwargs, shown=not self._transforms)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Yield output chunks from input chunks, as early as it can.

        What cannot work on chunks collects its input first.
        """
        if not self._transforms:
            return _joined(self.stream, input, config, kwargs)
        run = Run(self.called_with(kwargs) if kwargs else self, config, True)
        return flow(run, self._do_transform, input, kwargs, fed=True)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """The same as `transform`, asynchronously."""
        if not self._transforms:
            return _ajoined(self.astream, input, config, kwargs)
        run = Run(self.called_with(kwargs) if kwargs else self, config, True)
        return aflow(run, self._do_atransform, input, kwargs, fed=True)

    # ---- the hooks: each derives from the nearest one that does work

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        if "_do_stream" in self._native or "_do_transform" in self._native:
            return collect(run, self._do_stream(input, run, **kwargs))
        raise self._async_only("invoke", "ainvoke")

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        if "_do_invoke" in self._native:
            if self.blocking:
                return await in_thread(self._do_invoke, input, run, **kwargs)
            return self._do_invoke(input, run, **kwargs)
        return await acollect(run, self._do_astream(input, run, **kwargs))

    def _do_stream(self, input: Any, run: Run, **kwargs: Any) -> Iterator[Any]:
        if "_do_transform" in self._native:
            return self._do_transform(one(input), run, **kwargs)
        if "_do_invoke" in self._native:
            return _later(self._do_invoke, input, run, kwargs)
        raise self._async_only("stream", "astream")

    def _do_astream(self, input: Any, run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        if "_do_atransform" in self._native:
            return self._do_atransform(aone(input), run, **kwargs)
        if not self._native.isdisjoint(("_do_stream", "_do_transform")):
            return bridge(self._do_stream(input, run, **kwargs), blocking=self.blocking)
        return _alater(self._do_ainvoke, input, run, kwargs)

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        return self._do_stream(join(chunks), run, **kwargs)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        stream = self._do_astream(await ajoin(chunks), run, **kwargs)
        try:
            async for chunk in stream:
                yield chunk
        finally:
            await aclose(stream)

    def _async_only(self, verb: str, instead: str) -> TypeError | NotImplementedError:
        """Why `verb` cannot run it: it can only be awaited, or it does nothing at all."""
        if not self._native and getattr(type(self), verb) is getattr(Verbs, verb):
            return NotImplementedError(
                f"{type(self).__name__} does no work: override one of the hooks {', '.join(h for h, _ in _PAIRS)}, "
                "or their async forms, or invoke() itself"
            )
        return AsyncOnlyError(
            f"{self.get_name()} ({type(self).__name__}) can only be awaited, so {verb}() cannot run it: "
            f"use {instead}() in async code, or give it a sync function, too"
        )


# pydantic reads them again for each class that is a model, too: as types, since text would be compiled each time.
Verbs.__annotations__ = get_type_hints(Verbs)


def _depth(cls: type, attribute: str) -> int | None:
    """How far up the classes `attribute` is defined; None where that is `Verbs` itself or nowhere."""
    for at, above in enumerate(cls.__mro__):
        if attribute in above.__dict__:
            return (
                None if above is Verbs or above.__dict__[attribute] is Verbs.__dict__.get(attribute) else at
            )
    return None


# ---- a call as a stream of one chunk


def _later(call: Any, input: Any, second: Any, kwargs: Mapping[str, Any]) -> Iterator[Any]:
    yield call(input, second, **kwargs)


async def _alater(call: Any, input: Any, second: Any, kwargs: Mapping[str, Any]) -> AsyncIterator[Any]:
    yield await call(input, second, **kwargs)


# ---- a stream whose input has to be complete first


def _joined(stream: Any, chunks: Iterator[Any], config: Any, kwargs: Mapping[str, Any]) -> Iterator[Any]:
    outputs = stream(join(chunks), config, **kwargs)
    try:
        yield from outputs
    finally:
        close(outputs)


async def _ajoined(
    stream: Any, chunks: AsyncIterator[Any], config: Any, kwargs: Mapping[str, Any]
) -> AsyncIterator[Any]:
    outputs = stream(await ajoin(chunks), config, **kwargs)
    try:
        async for chunk in outputs:
            yield chunk
    finally:
        await aclose(outputs)


# ---- the verbs of a class that overrides some of them, derived as LangChain derives them


def _plain_invoke(self: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
    raise self._async_only("invoke", "ainvoke")


async def _plain_ainvoke(self: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
    return await in_thread(self.invoke, input, config, **kwargs)


def _plain_stream(self: Any, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
    yield self.invoke(input, config, **kwargs)


async def _plain_astream(self: Any, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
    yield await self.ainvoke(input, config, **kwargs)


def _plain_transform(self: Any, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
    return _joined(self.stream, input, config, kwargs)


def _plain_atransform(self: Any, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
    return _ajoined(self.astream, input, config, kwargs)


_PLAIN: Final = {
    "invoke": _plain_invoke,
    "ainvoke": _plain_ainvoke,
    "stream": _plain_stream,
    "astream": _plain_astream,
    "transform": _plain_transform,
    "atransform": _plain_atransform,
}
