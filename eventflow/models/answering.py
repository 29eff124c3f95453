"""From what a model is asked to its answer, whole or in chunks: the one way for chat models and text models.

Rules for this file:
1. What is yielded is told of by the run, so `_stream` gets no `run_manager`; what a hook that gives a whole
   answer tells of through its `run_manager` is told of as well.
2. The answer is the same, its id included, whether it was streamed inside or not.
3. The cache is asked first, then the rate limiter, then the provider. What is asked for in chunks is not cached.
4. Nothing is checked, converted or copied for each token that can be for each call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeGuard
from uuid import UUID

from eventflow.events.notices import ON_CACHE_HIT, CacheHitData
from eventflow.messages import Generation, LLMResult, PromptValue, RunInfo
from eventflow.models.answers import Answer
from eventflow.models.caches import BaseCache, get_llm_cache
from eventflow.models.keys import key_of
from eventflow.models.language import BaseLanguageModel
from eventflow.runnables.drive import acollect, collect
from eventflow.runnables.fanout import agather
from eventflow.runnables.seam import aclose, close
from eventflow.runnables.verbs import Output
from eventflow.runs import Callbacks, Run, RunnableConfig, get_config_list, merge_configs

__all__ = ("AnsweringModel",)


class AnsweringModel(BaseLanguageModel[Output]):
    """A model whose runs give an `Answer`; its verbs take from that what their callers want."""

    # ---- what chat models and text models differ in

    def _prompt_of(self, input: Any) -> Any:
        """What `_stream` is asked with. Raises ValueError if it cannot be made of `input`."""
        raise NotImplementedError

    def _asked_with(self, prompt: Any) -> Any:
        """What `_generate` is asked with, where `_stream` is asked with `prompt`."""
        raise NotImplementedError

    def _chunk_marker(self, run: Run) -> Callable[[Any], Any]:
        """What makes a chunk of each piece that a hook yields. Raises ModelError if it is none."""
        raise NotImplementedError

    def _closing_chunk(self, last: Any) -> Any:
        """The chunk to add after the `last` one, or None. Raises ModelError if there was none at all."""
        raise NotImplementedError

    def _streamed_answer(self, whole: Any, run: Run) -> Answer:
        """The answer that was streamed."""
        raise NotImplementedError

    def _checked_answer(self, result: Any, run: Run) -> Answer:
        """The answer that a hook gave as a whole. Raises ModelError if it is none."""
        raise NotImplementedError

    def _answer_to_keep(self, answer: Answer) -> Sequence[Generation]:
        """What a cache keeps of an answer: nothing that belongs to its run."""
        raise NotImplementedError

    def _kept_answer(self, found: Sequence[Generation], run: Run) -> Answer:
        """The answer that was found in a cache."""
        raise NotImplementedError

    # ---- the work

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        prompt = self._prompt_of(input)
        cache = self._chosen_cache()
        key = None if cache is None else key_of(prompt, self._get_invocation_params(**kwargs))
        if cache is None or key is None:
            return self._answer(prompt, run, **kwargs)
        found = cache.lookup(*key)
        if found is not None:
            run.custom(ON_CACHE_HIT, CacheHitData(cache=type(cache).__name__))
            return self._kept_answer(found, run)
        answer = self._answer(prompt, run, **kwargs)
        cache.update(*key, self._answer_to_keep(answer))
        return answer

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        prompt = self._prompt_of(input)
        cache = self._chosen_cache()
        key = None if cache is None else key_of(prompt, self._get_invocation_params(**kwargs))
        if cache is None or key is None:
            return await self._aanswer(prompt, run, **kwargs)
        found = await cache.alookup(*key)
        if found is not None:
            run.custom(ON_CACHE_HIT, CacheHitData(cache=type(cache).__name__))
            return self._kept_answer(found, run)
        answer = await self._aanswer(prompt, run, **kwargs)
        await cache.aupdate(*key, self._answer_to_keep(answer))
        return answer

    def _answer(self, prompt: Any, run: Run, stop: list[str] | None = None, **kwargs: Any) -> Answer:
        """Ask the provider; in chunks if somebody wants the tokens."""
        chosen = self._wants_chunks(kwargs)
        if run.listened("stream") if chosen is None else chosen:
            return self._streamed_answer(collect(run, self._chunks(prompt, run, stop, kwargs)), run)
        if self.rate_limiter is not None:
            self.rate_limiter.acquire(blocking=True)
        return self._checked_answer(self._answer_to(self._asked_with(prompt), run, stop, kwargs), run)

    async def _aanswer(self, prompt: Any, run: Run, stop: list[str] | None = None, **kwargs: Any) -> Answer:
        """Ask the provider; in chunks if somebody wants the tokens."""
        chosen = self._awants_chunks(kwargs)
        if run.listened("stream") if chosen is None else chosen:
            return self._streamed_answer(await acollect(run, self._achunks(prompt, run, stop, kwargs)), run)
        if self.rate_limiter is not None:
            await self.rate_limiter.aacquire(blocking=True)
        return self._checked_answer(await self._aanswer_to(self._asked_with(prompt), run, stop, kwargs), run)

    def _do_stream(
        self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        return self._chunks(self._prompt_of(input), run, stop, kwargs)

    def _do_astream(
        self, input: Any, run: Run, *, stop: list[str] | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        return self._achunks(self._prompt_of(input), run, stop, kwargs)

    def _chunks(
        self, prompt: Any, run: Run, stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> Iterator[Any]:
        if self.rate_limiter is not None:
            self.rate_limiter.acquire(blocking=True)
        mark = self._chunk_marker(run)
        chunk: Any = None
        pieces = self._pieces(prompt, stop, kwargs)
        try:
            for piece in pieces:
                chunk = mark(piece)
                yield chunk
        finally:
            close(pieces)
        closing = self._closing_chunk(chunk)
        if closing is not None:
            yield closing

    async def _achunks(
        self, prompt: Any, run: Run, stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> AsyncIterator[Any]:
        if self.rate_limiter is not None:
            await self.rate_limiter.aacquire(blocking=True)
        mark = self._chunk_marker(run)
        chunk: Any = None
        pieces = self._apieces(prompt, stop, kwargs)
        try:
            async for piece in pieces:
                chunk = mark(piece)
                yield chunk
        finally:
            await aclose(pieces)
        closing = self._closing_chunk(chunk)
        if closing is not None:
            yield closing

    def _wants_chunks(self, kwargs: Mapping[str, Any]) -> bool | None:
        """Whether to stream, as the model or the call says; None if neither does."""
        return self._streams_sync and self._said_of_chunks(kwargs)

    def _awants_chunks(self, kwargs: Mapping[str, Any]) -> bool | None:
        """The same for async code, where `_astream` may be derived."""
        return self._streams_async and self._said_of_chunks(kwargs)

    def _said_of_chunks(self, kwargs: Mapping[str, Any]) -> bool | None:
        """What the model or the call says of streaming, in LangChain's order."""
        disabled = self.disable_streaming
        if disabled is True:
            return False
        if (disabled == "tool_calling" and kwargs.get("tools")) or not kwargs.get("stream", True):
            return False
        if "streaming" in self._known:
            streaming: object = getattr(self, "streaming")  # noqa: B009
            if streaming:
                return True
            if "streaming" in self.model_fields_set:
                return False
        return True if "stream" in kwargs else None

    def _chosen_cache(self) -> BaseCache | None:
        """The cache to use, if any. Raises ValueError if `cache` is True and there is none."""
        cache = self.cache
        if cache is None:
            return get_llm_cache()
        if cache is False:
            return None
        if isinstance(cache, BaseCache):
            return cache
        found = get_llm_cache()
        if found is None:
            raise ValueError(
                f"{self.get_name()} has cache=True, and there is no cache to use: set_llm_cache(InMemoryCache()) "
                "makes one, or give the model a cache of its own"
            )
        return found

    # ---- the verbs, for subclasses

    def _called(
        self, input: Any, config: RunnableConfig | None, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Answer:
        """`invoke`, with all that came of it."""
        given: Any = super().invoke(input, self._configured(config), **_with_stop(stop, kwargs))
        answer: Answer = given
        return answer

    async def _acalled(
        self, input: Any, config: RunnableConfig | None, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Answer:
        """`ainvoke`, with all that came of it."""
        given: Any = await super().ainvoke(input, self._configured(config), **_with_stop(stop, kwargs))
        answer: Answer = given
        return answer

    def _streamed(
        self, input: Any, config: RunnableConfig | None, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Iterator[Any]:
        """`stream`, of a model that can."""
        return super().stream(input, self._configured(config), **_with_stop(stop, kwargs))

    def _astreamed(
        self, input: Any, config: RunnableConfig | None, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """`astream`, of a model that can."""
        return super().astream(input, self._configured(config), **_with_stop(stop, kwargs))

    def _one(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """`stream`, of a model that cannot."""
        yield self.invoke(*args, **kwargs)

    async def _aone(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """`astream`, of a model that cannot."""
        yield await self.ainvoke(*args, **kwargs)

    # ---- several calls, with all that comes of them

    def _called_each(
        self, inputs: Sequence[Any], stop: list[str] | None, callbacks: Callbacks, kwargs: dict[str, Any]
    ) -> LLMResult:
        """One call for each of `inputs`, one after the other."""
        configs = _take_configs(len(inputs), callbacks, kwargs)
        answers = [self._called(x, c, stop, kwargs) for x, c in zip(inputs, configs, strict=True)]
        return self._result(answers)

    async def _acalled_each(
        self, inputs: Sequence[Any], stop: list[str] | None, callbacks: Callbacks, kwargs: dict[str, Any]
    ) -> LLMResult:
        """One call for each of `inputs`, at the same time."""
        configs = _take_configs(len(inputs), callbacks, kwargs)
        calls = [partial(self._acalled, x, c, stop, kwargs) for x, c in zip(inputs, configs, strict=True)]
        return self._result(await agather(calls, None))

    def _result(self, answers: Sequence[Answer]) -> LLMResult:
        said = self._combine_llm_outputs([answer.llm_output for answer in answers])
        runs = [RunInfo(UUID(answer.run.run_id)) for answer in answers]
        return LLMResult([[*answer.generations] for answer in answers], said, runs)

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        """What several calls said beside their answers as one: counts under `token_usage` are added up."""
        combined: dict[str, Any] = {}
        for said in llm_outputs:
            usage = _added(combined.get("token_usage"), (said or {}).get("token_usage"))
            combined.update(said or {})
            if usage is not None:
                combined["token_usage"] = usage
        return combined

    def generate_prompt(
        self,
        prompts: Sequence[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`generate` for prompt values."""
        return self._called_each(prompts, stop, callbacks, kwargs)

    async def agenerate_prompt(
        self,
        prompts: Sequence[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`agenerate` for prompt values."""
        return await self._acalled_each(prompts, stop, callbacks, kwargs)


def _with_stop(stop: list[str] | None, kwargs: dict[str, Any]) -> dict[str, Any]:
    return kwargs if stop is None else {**kwargs, "stop": stop}


def _take_configs(count: int, callbacks: Callbacks, kwargs: dict[str, Any]) -> list[RunnableConfig]:
    """A config for each of `count` calls, of what in `kwargs` is none of the model's; it is taken out."""
    config: dict[str, Any] = {"callbacks": callbacks}
    for key in ("tags", "metadata", "run_name", "run_id"):
        if key in kwargs:
            config[key] = kwargs.pop(key)
    return get_config_list(merge_configs(config), count)


def _added(first: object, second: object) -> object:
    """Two counts, or tables of counts, as one; what is no count is the later one's."""
    if _is_table(first) and _is_table(second):
        return {key: _added(first.get(key), second.get(key)) for key in {**first, **second}}
    if isinstance(first, int) and isinstance(second, int):
        return first + second
    return first if second is None else second


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
