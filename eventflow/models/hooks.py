"""The hooks that chat models override, how the others are derived, and when a model streams.

    _generate(messages, stop, run_manager, **kwargs) -> ChatResult              _agenerate: the same, awaited
    _stream(messages, stop, run_manager, **kwargs) -> Iterator[ChatGenerationChunk]       _astream: the same

Rules for this file:
1. The hook of the nearest class wins: a subclass that overrides `_generate` is not bypassed by an
   `_agenerate` further up, nor `_stream` by `_astream`.
2. Async from sync is a worker thread (a step each chunk), unless `blocking` is False. Sync from async: never.
3. A model without `_generate` adds up its stream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from inspect import signature
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from eventflow.events import Kind
from eventflow.messages import AIMessage, BaseMessage, ChatGenerationChunk, ChatResult
from eventflow.models.answers import LanguageModelInput, agenerate_from_stream, generate_from_stream
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.models.params import PARAMETERS, LangSmithParams, ls_params
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.seam import bridge, in_thread

__all__ = ("ChatModelHooks",)

_PAIRS: Final = (("_generate", "_agenerate"), ("_stream", "_astream"))


class ChatModelHooks(RunnableSerializable[LanguageModelInput, AIMessage]):
    """What a chat model is made of; see `BaseChatModel`."""

    kind: ClassVar[Kind] = "chat_model"

    _hooks: ClassVar[frozenset[str]] = frozenset()
    """The hooks that do work of their own; the others are derived."""

    _managed: ClassVar[frozenset[str]] = frozenset()
    """The hooks that take a `run_manager`."""

    _known: ClassVar[frozenset[str]] = frozenset()
    """Which of the attributes that are read here it has; asking pydantic for others is slow."""

    tags: list[str] | None = Field(default=None, exclude=True, repr=False)
    metadata: dict[str, Any] | None = Field(default=None, exclude=True, repr=False)
    callbacks: Sequence[Any] | None = Field(default=None, exclude=True, repr=False)
    disable_streaming: bool | Literal["tool_calling"] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for sync, async_ in _PAIRS:
            above = next(c for c in cls.__mro__ if sync in c.__dict__ or async_ in c.__dict__)
            if async_ not in above.__dict__:
                setattr(cls, async_, getattr(ChatModelHooks, async_))
        hooks = {name: getattr(cls, name) for pair in _PAIRS for name in pair}
        cls._hooks = frozenset(n for n, hook in hooks.items() if hook is not getattr(ChatModelHooks, n))
        cls._managed = frozenset(n for n in _PAIRS[0] if "run_manager" in signature(hooks[n]).parameters)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._known = frozenset(
            name for name in (*PARAMETERS, "streaming") if name in cls.model_fields or hasattr(cls, name)
        )

    # ---- the hooks

    @property
    def _llm_type(self) -> str:
        """The kind of model, for logs."""
        return type(self).__name__

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """What tells it from other models of its kind."""
        return {}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer `messages`."""
        if "_stream" in self._hooks:
            return generate_from_stream(self._stream(messages, stop=stop, **kwargs))
        if self._hooks:
            raise self._async_only("invoke", "ainvoke")
        raise NotImplementedError(
            f"{type(self).__name__} answers nothing: override _generate, _agenerate, _stream or _astream"
        )

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer `messages`; derived from `_generate`, in a worker thread."""
        if "_astream" in self._hooks and "_generate" not in self._hooks:
            return await agenerate_from_stream(self._astream(messages, stop=stop, **kwargs))
        if run_manager is not None and "_generate" in self._managed:
            kwargs["run_manager"] = run_manager.get_sync()
        if self.blocking:
            return await in_thread(self._generate, messages, stop=stop, **kwargs)
        return self._generate(messages, stop=stop, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Answer `messages` in chunks."""
        if "_astream" in self._hooks:
            raise self._async_only("stream", "astream")
        raise NotImplementedError(f"{type(self).__name__} does not stream: override _stream or _astream")

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Answer `messages` in chunks; derived from `_stream`, each step in a worker thread."""
        return bridge(self._stream(messages, stop=stop, **kwargs), blocking=self.blocking)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """What the metadata of its runs say of the model: provider, name, temperature and the like."""
        own = {name: getattr(self, name) for name in self._known}
        return ls_params(type(self).__name__, own, stop, kwargs)

    def _streaming(self, hooks: tuple[str, ...], kwargs: Mapping[str, Any]) -> bool | None:
        """Whether to stream, as the model or the call says; None if neither does. LangChain's order."""
        disabled = self.disable_streaming
        if self._hooks.isdisjoint(hooks) or disabled is True:
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
