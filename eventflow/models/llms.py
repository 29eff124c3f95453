"""`BaseLLM` and `LLM`: text in, text out, whole or in chunks, as the life of a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from eventflow.errors import ModelError
from eventflow.events import Fold, Kind
from eventflow.messages import (
    Generation,
    GenerationChunk,
    LLMResult,
    PromptValue,
    get_buffer_string,
)
from eventflow.models.answering import AnsweringModel
from eventflow.models.answers import (
    NO_CHUNKS,
    Answer,
    LanguageModelInput,
    as_messages,
    wrong_chunk,
    wrong_kept,
)
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.runnables.seam import aclose, close
from eventflow.runs import Callbacks, Run, RunnableConfig

__all__ = ("LLM", "BaseLLM")


class BaseLLM(AnsweringModel[str]):
    """Base of text models that give several candidates or metadata; for others there is `LLM`.

    Arguments: those of `BaseLanguageModel`.

    Override `_generate` (a list of prompts, which has one entry here, to an `LLMResult`) or `_agenerate`;
    `_stream` or `_astream` (a prompt to `GenerationChunk`s) to stream, too. Events of its runs are
    `on_llm_start`, with `{"prompts": [...]}`, `on_llm_stream` and `on_llm_end`.
    """

    kind: ClassVar[Kind] = "llm"
    _derives: ClassVar[bool] = True

    @property
    def OutputType(self) -> Any:
        return str

    # ---- the verbs, as they are called on models

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> str:
        """Go on with a text.

        Arguments:
            input: text, a prompt value, or messages and what stands for them, which are written as a dialogue.
            config: see `RunnableConfig`.
            stop: texts before which the answer is to end.
            kwargs: passed on to the hooks.

        Raises ValueError if `input` is something else, ModelError if the model gives no answer.
        """
        return self._called(input, config, stop, kwargs).generations[0].text

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> str:
        """The same as `invoke`, awaited."""
        return (await self._acalled(input, config, stop, kwargs)).generations[0].text

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[str]:
        """Go on with a text, piece by piece; what cannot stream gives one piece."""
        if self._wants_chunks({**kwargs, "stream": True}):
            return _texts(self._streamed(input, config, stop, kwargs))
        return self._one(input, config, stop=stop, **kwargs)

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[str]:
        """The same as `stream`, asynchronously."""
        if self._awants_chunks({**kwargs, "stream": True}):
            return _atexts(self._astreamed(input, config, stop, kwargs))
        return self._aone(input, config, stop=stop, **kwargs)

    # ---- the hooks, as they are where they are not overridden

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Go on with each of `prompts`; derived from `_stream`."""
        return LLMResult([[self._sum(self._from_stream(prompt, stop, kwargs))] for prompt in prompts])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Go on with each of `prompts`; derived from `_generate`, in a worker thread."""
        if self._sums_astream:
            return LLMResult(
                [[self._sum(await self._from_astream(prompt, stop, kwargs))] for prompt in prompts]
            )
        result: LLMResult = await self._threaded("_generate", prompts, stop, run_manager, kwargs)
        return result

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        """Go on with `prompt` in chunks."""
        raise self._streams_not()

    def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        """Go on with `prompt` in chunks; derived from `_stream`, each step in a worker thread."""
        return self._bridged(prompt, stop, kwargs)

    # ---- several prompts

    def generate(
        self,
        prompts: Sequence[str],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`invoke` for each of several prompts, one after the other; see `agenerate`.

        Raises ValueError if `prompts` is one text.
        """
        return self._called_each(_several(prompts), stop, callbacks, kwargs)

    async def agenerate(
        self,
        prompts: Sequence[str],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """`ainvoke` for each of several prompts, at the same time.

        Arguments:
            prompts: one text a call.
            stop: texts before which the answers are to end.
            callbacks: handlers of these runs.
            kwargs: `tags`, `metadata`, `run_name` and `run_id` of the runs; others are passed to the hooks.

        Returns all candidates of each call, in the order of `prompts`; what else the provider said of the
        calls in `llm_output`, and who they were in `run`.

        Raises ValueError if `prompts` is one text.
        """
        return await self._acalled_each(_several(prompts), stop, callbacks, kwargs)

    # ---- what its run says of it

    def event_input(self, input: Any) -> Any:
        return {"prompts": [self._prompt_of(input)]}

    def event_output(self, output: Any) -> Any:
        if isinstance(output, Answer):
            return _result(output.generations, output.llm_output)
        return _result([output], None) if isinstance(output, Generation) else output

    # ---- what text models have for themselves, see `AnsweringModel`

    def _prompt_of(self, input: Any) -> str:
        if isinstance(input, str):
            return input
        return input.to_string() if isinstance(input, PromptValue) else get_buffer_string(as_messages(input))

    def _asked_with(self, prompt: Any) -> Any:
        return [prompt]

    def _chunk_marker(self, run: Run) -> Callable[[Any], Any]:
        def mark(piece: Any) -> GenerationChunk:
            if type(piece) is GenerationChunk or isinstance(piece, GenerationChunk):
                return piece
            raise wrong_chunk(run, piece, "GenerationChunk(text=...)")

        return mark

    def _closing_chunk(self, last: Any) -> Any:
        if last is None:
            raise ModelError(NO_CHUNKS.format(type(self).__name__))

    def _streamed_answer(self, whole: Any, run: Run) -> Answer:
        return Answer(run, [Generation(whole.text, whole.generation_info)])

    def _checked_answer(self, result: Any, run: Run) -> Answer:
        if not isinstance(result, LLMResult):
            raise ModelError(
                f"{run.source.get_name()} answered with {type(result).__name__}: its hook is to return "
                "LLMResult(generations=[[Generation(text=...)]])"
            )
        if not result.generations or not result.generations[0]:
            raise ModelError(
                f"{run.source.get_name()} returned an LLMResult without generations: an answer needs at least one"
            )
        return Answer(run, result.generations[0], result.llm_output)

    def _answer_to_keep(self, answer: Answer) -> Sequence[Generation]:
        return answer.generations

    def _kept_answer(self, found: Sequence[Generation], run: Run) -> Answer:
        for generation in found:
            if not isinstance(cast("object", generation), Generation):
                raise wrong_kept(run, generation)
        return self._checked_answer(LLMResult([found]), run)

    def _sum(self, pieces: list[GenerationChunk]) -> Generation:
        if not pieces:
            raise ModelError(NO_CHUNKS.format(type(self).__name__))
        whole = Fold()
        for piece in pieces:
            whole.add(piece)
        added: GenerationChunk = whole.value()
        return Generation(added.text, added.generation_info)


class LLM(BaseLLM):
    """Base of text models whose answer is one text: override `_call`, or `_acall`.

    Arguments: those of `BaseLanguageModel`.

    Override `_stream` or `_astream`, too, or alone, to give the text piece by piece.

    >>> class Shout(LLM):
    ...     def _call(self, prompt, stop=None, run_manager=None, **kwargs):
    ...         return prompt.upper()
    >>> Shout().invoke("hello"), Shout().batch(["a", "b"])
    ('HELLO', ['A', 'B'])
    """

    _derives: ClassVar[bool] = True
    _pairs: ClassVar[tuple[tuple[str, str], ...]] = (("_call", "_acall"), *BaseLLM._pairs)

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Go on with `prompt`; derived from `_stream`."""
        return self._sum(self._from_stream(prompt, stop, kwargs)).text

    async def _acall(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Go on with `prompt`; derived from `_call`, in a worker thread."""
        if "_astream" in self._hooks and "_call" not in self._hooks:
            return self._sum(await self._from_astream(prompt, stop, kwargs)).text
        text: str = await self._threaded("_call", prompt, stop, run_manager, kwargs)
        return text

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        if "_call" in self._managed:
            kwargs["run_manager"] = run_manager
        return LLMResult([[self._text(self._call(prompt, stop=stop, **kwargs))] for prompt in prompts])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        if "_acall" in self._managed:
            kwargs["run_manager"] = run_manager
        return LLMResult([[self._text(await self._acall(prompt, stop=stop, **kwargs))] for prompt in prompts])

    def _text(self, answered: object) -> Generation:
        if not isinstance(answered, str):
            raise ModelError(
                f"{type(self).__name__}._call gave {type(answered).__name__}: it is to return a text"
            )
        return Generation(answered)


def _texts(chunks: Iterator[GenerationChunk]) -> Iterator[str]:
    try:
        for chunk in chunks:
            yield chunk.text
    finally:
        close(chunks)


async def _atexts(chunks: AsyncIterator[GenerationChunk]) -> AsyncIterator[str]:
    try:
        async for chunk in chunks:
            yield chunk.text
    finally:
        await aclose(chunks)


def _several(prompts: Sequence[str]) -> Sequence[str]:
    if isinstance(prompts, str):
        raise ValueError("generate() takes a list of prompts: give [prompt], or use invoke(prompt)")
    return prompts


def _result(generations: Sequence[Generation], llm_output: Mapping[str, Any] | None) -> dict[str, Any]:
    """An `LLMResult` as events show it."""
    shown = [
        {"text": g.text, "generation_info": g.generation_info, "type": "Generation"} for g in generations
    ]
    return {"generations": [shown], "llm_output": llm_output}
