"""The life of a stream: its run is current only while its own code runs, never while the consumer's does.

This is the one hot pair that is not a mirror image. `Context.run` costs a third of setting and resetting a
variable, but has no awaiting form; so a sync stream owns a context, and an async one sets and resets around
each step. Both start at the first pull, run the hook inside the run, close what the hook made, and end the
run exactly once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextvars import copy_context
from typing import Any, Final

from eventflow.events import MISSING, Fold
from eventflow.runnables.seam import (
    Snapshots,
    aclose,
    aprimed,
    are_snapshots,
    arecorded,
    close,
    primed,
    recorded,
)
from eventflow.runs import Run, current, leave

__all__ = ("PAUSE", "acollect", "aflow", "collect", "flow")

PAUSE: Final[Any] = object()
"""What a hook of `flow` yields where it has no chunk: who steps it can look at what was told so far."""


def flow(
    run: Run,
    hook: Callable[..., Iterator[Any]],
    source: Any,
    kwargs: Mapping[str, Any],
    *,
    fed: bool = False,
    shown: bool = False,
) -> Iterator[Any]:
    """Step `hook(source, run, **kwargs)` as the stream of `run`.

    With `fed`, `source` is the stream of its input, which is added up on the way if somebody listens; with
    `shown`, LangChain's events would show the input at the start.
    """
    inside = copy_context().run
    inside(current.set, run)
    hub, tell = run.hub, run.teller()
    inputs: Fold | None = None
    record: Any = None
    try:
        marked = fed and are_snapshots(source)
        if fed:  # as in LangChain, a step starts when what it is fed with has begun to come
            source = primed(iter(source))
        run.start(MISSING if fed else source, snapshots=marked, shown=shown)
        outputs = Fold(snapshots=run.snapshots) if run.listened("end") else None
        if fed and outputs is not None:
            inputs = Fold(snapshots=marked)
            source = record = recorded(source, inputs)
        if marked:
            source = Snapshots[Any](source)
        chunks = inside(hook, source, run, **kwargs)
        try:
            step = chunks.__next__
            while True:
                try:
                    chunk = inside(step)
                except StopIteration:
                    break
                if chunk is PAUSE:
                    yield chunk
                    continue
                if hub.stream:
                    tell(chunk)
                    if run.delivery is not None and run.delivery.gate is not None:
                        run.pause()
                if outputs is not None:
                    outputs.add(chunk)
                yield chunk
        finally:
            inside(close, chunks)
            if inputs is not None:
                close(record)
                run.note_input(inputs.value())
        run.finish(run.result if outputs is None or run.result is not MISSING else outputs.value())
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        if run.delivery is not None:
            run.settle()


async def aflow(
    run: Run,
    hook: Callable[..., AsyncIterator[Any]],
    source: Any,
    kwargs: Mapping[str, Any],
    *,
    fed: bool = False,
    shown: bool = False,
) -> AsyncIterator[Any]:
    """The same for a task: `hook` gives an async iterator, and each step is awaited inside the run."""
    enter, exit_ = current.set, current.reset
    hub, tell = run.hub, run.teller()
    inputs: Fold | None = None
    record: Any = None
    try:
        marked = fed and are_snapshots(source)
        if fed:  # as in LangChain, a step starts when what it is fed with has begun to come
            source = await aprimed(aiter(source))
        run.start(MISSING if fed else source, snapshots=marked, shown=shown)
        outputs = Fold(snapshots=run.snapshots) if run.listened("end") else None
        if fed and outputs is not None:
            inputs = Fold(snapshots=marked)
            source = record = arecorded(source, inputs)
        if marked:
            source = Snapshots[Any](source)
        token = enter(run)
        try:
            chunks = hook(source, run, **kwargs)
        finally:
            exit_(token)
        try:
            step = chunks.__anext__
            while True:
                token = enter(run)
                try:
                    chunk = await step()
                except StopAsyncIteration:
                    break
                finally:
                    try:
                        exit_(token)
                    except ValueError:  # closed by a collector in a foreign context: nothing to restore
                        pass
                if hub.stream:
                    tell(chunk)
                    if run.delivery is not None and run.delivery.gate is not None:
                        await run.apause()
                if outputs is not None:
                    outputs.add(chunk)
                yield chunk
        finally:
            token = enter(run)
            try:
                await aclose(chunks)
                if inputs is not None:
                    await aclose(record)
                    run.note_input(inputs.value())
            finally:
                leave(token)
        run.finish(run.result if outputs is None or run.result is not MISSING else outputs.value())
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        if run.delivery is not None:
            await run.asettle()


def collect(run: Run, chunks: Iterator[Any]) -> Any:
    """What a stream adds up to, where the whole was asked for; chunks are told to whoever wants them."""
    tell = run.teller()
    whole = Fold(snapshots=run.snapshots)
    try:
        for chunk in chunks:
            tell(chunk)
            if run.delivery is not None and run.delivery.gate is not None:
                run.pause()
            whole.add(chunk)
    finally:
        close(chunks)
    return whole.value()


async def acollect(run: Run, chunks: AsyncIterator[Any]) -> Any:
    """What a stream adds up to, where the whole was asked for; chunks are told to whoever wants them."""
    tell = run.teller()
    whole = Fold(snapshots=run.snapshots)
    try:
        async for chunk in chunks:
            tell(chunk)
            if run.delivery is not None and run.delivery.gate is not None:
                await run.apause()
            whole.add(chunk)
    finally:
        await aclose(chunks)
    return whole.value()
