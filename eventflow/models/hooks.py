"""How the hooks that a model overrides are found, how the others are derived, and what breaks their rules.

    _generate(asked, stop, run_manager, **kwargs)   the whole answer          _agenerate: the same, awaited
    _stream(prompt, stop, run_manager, **kwargs)    the answer in chunks      _astream: the same

Rules for this file:
1. The hook of the nearest class wins: a subclass that overrides `_generate` is not bypassed by an
   `_agenerate` further up, nor `_stream` by `_astream`.
2. Async from sync is a worker thread (a step each chunk), unless `blocking` is False. Sync from async: never.
3. A model without `_generate` adds up its stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from inspect import signature
from typing import Any, ClassVar, TypeAlias

from eventflow.errors import AsyncOnlyError, ModelError
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.runnables.seam import bridge, close, in_thread
from eventflow.runs import Run

__all__ = ("ModelHooks",)

Options: TypeAlias = Mapping[str, Any]
Stop: TypeAlias = list[str] | None


class ModelHooks:
    """What a model knows of its hooks. A class with `_derives` has them as they are where they are not overridden."""

    blocking: ClassVar[bool]

    _pairs: ClassVar[tuple[tuple[str, str], ...]] = (("_generate", "_agenerate"), ("_stream", "_astream"))

    _hooks: ClassVar[frozenset[str]] = frozenset()
    """The hooks that do work of their own; the others are derived."""

    _managed: ClassVar[frozenset[str]] = frozenset()
    """The hooks that take a `run_manager`."""

    _streams_sync: ClassVar[bool] = False
    """Whether sync code can be given chunks."""

    _streams_async: ClassVar[bool] = False
    """Whether async code can; its chunks may be those of `_stream`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hooks: dict[str, Callable[..., Any]] = {}
        own: set[str] = set()
        for sync, async_ in cls._pairs:
            owners = [c.__dict__ for c in cls.__mro__ if sync in c.__dict__ or async_ in c.__dict__]
            derived = next((owner for owner in owners if "_derives" in owner), None)
            if derived is None:
                continue
            if async_ not in owners[0]:
                setattr(cls, async_, derived[async_])
            hooks |= {name: getattr(cls, name) for name in (sync, async_)}
            own |= {name for name in (sync, async_) if hooks[name] is not derived[name]}
        cls._hooks = frozenset(own)
        cls._streams_sync = "_stream" in own
        cls._streams_async = cls._streams_sync or "_astream" in own
        cls._managed = frozenset(
            n for n, hook in hooks.items() if "run_manager" in signature(hook).parameters
        )

    # ---- calling them

    def _answer_to(self, asked: Any, run: Run, stop: Stop, options: Options) -> Any:
        """What `_generate` gives."""
        hook: Callable[..., Any] = getattr(self, "_generate")  # noqa: B009 - declared by subclasses
        if "_generate" in self._managed:
            return hook(asked, stop=stop, run_manager=CallbackManagerForLLMRun(run), **options)
        return hook(asked, stop=stop, **options)

    async def _aanswer_to(self, asked: Any, run: Run, stop: Stop, options: Options) -> Any:
        """What `_agenerate` gives. Raises ModelError if it cannot be awaited."""
        hook: Callable[..., Any] = getattr(self, "_agenerate")  # noqa: B009 - declared by subclasses
        if "_agenerate" in self._managed:
            coming = hook(asked, stop=stop, run_manager=AsyncCallbackManagerForLLMRun(run), **options)
        else:
            coming = hook(asked, stop=stop, **options)
        if not hasattr(coming, "__await__"):
            raise self._refused("_agenerate", coming, "make it `async def`")
        return await coming

    def _pieces(self, prompt: Any, stop: Stop, options: Options) -> Iterator[Any]:
        """What `_stream` yields. Raises ModelError if it gives no iterator."""
        given = getattr(self, "_stream")(prompt, stop=stop, **options)  # noqa: B009 - declared by subclasses
        try:
            return iter(given)
        except TypeError:
            raise self._refused("_stream", given, "yield the chunks, or return an iterator of them") from None

    def _apieces(self, prompt: Any, stop: Stop, options: Options) -> AsyncIterator[Any]:
        """What `_astream` yields. Raises ModelError if it gives no async iterator."""
        given = getattr(self, "_astream")(prompt, stop=stop, **options)  # noqa: B009 - declared by subclasses
        try:
            return aiter(given)
        except TypeError:
            raise self._refused(
                "_astream", given, "make it an async generator: `async def` with `yield`"
            ) from None

    def _refused(self, hook: str, given: object, instead: str) -> ModelError:
        close(given)  # Python would warn of a coroutine that nobody awaits
        return ModelError(f"{type(self).__name__}.{hook} gave {type(given).__name__}: {instead}")

    # ---- deriving them

    def _from_stream(self, prompt: Any, stop: Stop, options: Options) -> list[Any]:
        """What `_stream` yields, for a `_generate` that is derived from it."""
        if "_stream" in self._hooks:
            return list(self._pieces(prompt, stop, options))
        if self._hooks:
            raise self._only_awaited("invoke", "ainvoke")
        raise NotImplementedError(
            f"{type(self).__name__} answers nothing: override {', '.join(n for p in self._pairs for n in p)}"
        )

    @property
    def _sums_astream(self) -> bool:
        """Whether `_agenerate` is derived from `_astream`, rather than from `_generate`."""
        return "_astream" in self._hooks and "_generate" not in self._hooks

    async def _from_astream(self, prompt: Any, stop: Stop, options: Options) -> list[Any]:
        return [piece async for piece in self._apieces(prompt, stop, options)]

    async def _threaded(
        self,
        hook: str,
        asked: Any,
        stop: Stop,
        manager: AsyncCallbackManagerForLLMRun | None,
        options: Options,
    ) -> Any:
        """What the sync `hook` gives, called where it may block."""
        if manager is not None and hook in self._managed:
            options = {**options, "run_manager": manager.get_sync()}
        function = getattr(self, hook)
        if self.blocking:
            return await in_thread(function, asked, stop=stop, **options)
        return function(asked, stop=stop, **options)

    def _bridged(self, prompt: Any, stop: Stop, options: Options) -> AsyncIterator[Any]:
        """What `_stream` yields, for an `_astream` that is derived from it."""
        return bridge(self._pieces(prompt, stop, options), blocking=self.blocking)

    def _streams_not(self) -> Exception:
        """Why `_stream` yields nothing."""
        if "_astream" in self._hooks:
            return self._only_awaited("stream", "astream")
        return NotImplementedError(f"{type(self).__name__} does not stream: override _stream or _astream")

    def _only_awaited(self, verb: str, instead: str) -> AsyncOnlyError:
        return AsyncOnlyError(
            f"{type(self).__name__} can only be awaited, so {verb}() cannot run it: use {instead}() in async "
            "code, or override a sync hook, too"
        )
