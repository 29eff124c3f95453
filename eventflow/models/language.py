"""`BaseLanguageModel`: what chat models and text models have in common for those who use and describe them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, Literal, final

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from eventflow.events import Kind
from eventflow.messages import BaseMessage, get_buffer_string
from eventflow.models.answers import LanguageModelInput
from eventflow.models.caches import BaseCache
from eventflow.models.hooks import ModelHooks
from eventflow.models.keys import public
from eventflow.models.params import PARAMETERS, LangSmithParams, ls_params
from eventflow.models.rate_limiters import BaseRateLimiter
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.verbs import Output
from eventflow.runs import RunnableConfig, merge_configs

__all__ = ("BaseLanguageModel", "ModelCall")

_TOKEN: Final = re.compile(r" ?\w{1,4}|\s+|[^\w\s]")


class BaseLanguageModel(ModelHooks, RunnableSerializable[LanguageModelInput, Output]):
    """Base of models. Subclass `BaseChatModel` or `LLM`; annotate what takes any of them with this.

    Arguments:
        tags, metadata, callbacks: of its runs.
        cache: keeps answers; True for the cache of `set_llm_cache`, False for none, None for that if there is one.
        rate_limiter: waited for before each call of the provider.
        disable_streaming: True never to stream, "tool_calling" not to when called with `tools`.
        custom_get_token_ids: a better `get_token_ids`.
    """

    _known: ClassVar[frozenset[str]] = frozenset()
    """Which of the attributes that are read here it has; asking pydantic for others is slow."""

    tags: list[str] | None = Field(default=None, exclude=True, repr=False)
    metadata: dict[str, Any] | None = Field(default=None, exclude=True, repr=False)
    callbacks: Sequence[Any] | None = Field(default=None, exclude=True, repr=False)
    cache: SkipJsonSchema[BaseCache | bool | None] = Field(default=None, exclude=True, repr=False)
    rate_limiter: SkipJsonSchema[BaseRateLimiter | None] = Field(default=None, exclude=True, repr=False)
    disable_streaming: bool | Literal["tool_calling"] = False
    custom_get_token_ids: SkipJsonSchema[Callable[[str], list[int]] | None] = Field(
        default=None, exclude=True, repr=False
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._known = frozenset(
            name for name in (*PARAMETERS, "streaming") if name in cls.model_fields or hasattr(cls, name)
        )

    # ---- what it says of itself

    @property
    def _llm_type(self) -> str:
        """The kind of model, for logs and caches."""
        return type(self).__name__

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """What tells it from other models of its kind, for logs and caches; no secrets."""
        return self._parameters()

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """What the metadata of its runs say of the model: provider, name, temperature and the like."""
        return ls_params(type(self).__name__, self._parameters(), stop, kwargs, text=self.kind == "llm")

    def _parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in PARAMETERS if name in self._known}

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        """What a call says to the provider beside the prompt, for logs and caches."""
        return {**self._identifying_params, "_type": self._llm_type, "stop": stop, **kwargs}

    def run_tags(self) -> tuple[str, ...]:
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        return self._call_metadata()

    def _call_metadata(self, stop: list[str] | None = None, **kwargs: Any) -> Mapping[str, Any]:
        """What the metadata of a run say that was called with `stop` and `kwargs`."""
        return {**self._get_ls_params(stop=stop, **kwargs), **(self.metadata or {})}

    def describe_call(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        """What callback handlers are told of a call beside the prompt, as LangChain has it; no secrets."""
        kind = type(self)
        return {
            "serialized": {
                "lc": 1,
                "type": "not_implemented",
                "id": [*kind.__module__.split("."), kind.__qualname__],
                "name": self.get_name(),
                "kwargs": public(self._identifying_params),
            },
            "invocation_params": public(self._get_invocation_params(stop=stop, **kwargs)),
            "options": {"stop": stop},
        }

    def called_with(self, kwargs: Mapping[str, Any]) -> ModelCall:
        call = _TextCall if self.kind == "llm" else ModelCall
        return call(self, partial(self._call_metadata, **kwargs), partial(self.describe_call, **kwargs))

    def _configured(self, config: RunnableConfig | None) -> RunnableConfig | None:
        """The config of a call, with the callback handlers of the model itself."""
        return merge_configs(config, {"callbacks": self.callbacks}) if self.callbacks else config

    # ---- counting tokens

    def get_token_ids(self, text: str) -> list[int]:
        """Cut `text` into tokens and number them.

        A rough guess, good for English within a third or so: words in pieces of four letters, every other
        sign by itself. Equal tokens have equal numbers. Override it, or give the model
        `custom_get_token_ids=`, where you have the provider's tokenizer.
        """
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        return [zlib.crc32(token.encode(errors="replace")) for token in _TOKEN.findall(text)]

    def get_num_tokens(self, text: str) -> int:
        """How many tokens `text` has, see `get_token_ids`.

        >>> from eventflow import FakeChatModel
        >>> FakeChatModel().get_num_tokens("How are you?")
        4
        """
        return len(self.get_token_ids(text))

    def get_num_tokens_from_messages(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens `messages` have, written as a dialogue, see `get_token_ids`."""
        return sum(self.get_num_tokens(get_buffer_string([message])) for message in messages)


class ModelCall:
    """What the run of a call is a run of: the model, and what the call says to it beside its input."""

    __slots__ = ("_metadata", "_model", "describe_call")

    kind: ClassVar[Kind] = "chat_model"

    def __init__(
        self,
        model: BaseLanguageModel[Any],
        metadata: Callable[[], Mapping[str, Any]],
        described: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._model = model
        self._metadata = metadata
        self.describe_call = described

    def get_name(self) -> str:
        return self._model.get_name()

    def gives_snapshots(self, fed: bool) -> bool:
        return self._model.gives_snapshots(fed)

    def run_tags(self) -> tuple[str, ...]:
        return self._model.run_tags()

    def run_metadata(self) -> Mapping[str, Any]:
        return self._metadata()

    def event_input(self, input: Any) -> Any:
        return self._model.event_input(input)

    def event_output(self, output: Any) -> Any:
        return self._model.event_output(output)

    def event_call_id(self, input: Any) -> str | None:
        return self._model.event_call_id(input)


@final
class _TextCall(ModelCall):
    __slots__ = ()

    kind: ClassVar[Kind] = "llm"
