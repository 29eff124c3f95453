"""`ChatOpenAI`: the chat completions endpoint as a chat model."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from eventflow import (
    AIMessage,
    BaseChatModel,
    BaseMessage,
    ChatGenerationChunk,
    ChatResult,
    Runnable,
)
from eventflow_openai.clients import Clients, load_sdk
from eventflow_openai.requests import to_request_message
from eventflow_openai.responses import ChunkReader, to_result
from eventflow_openai.tools import to_openai_tool, to_tool_choice

if TYPE_CHECKING:
    from openai import AsyncStream, Stream
    from openai.types.chat import ChatCompletionChunk

__all__ = ("ChatOpenAI",)

_SENT = (
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "n",
    "stop",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "reasoning_effort",
    "service_tier",
    "user",
    "extra_body",
)
"""Fields that are sent as they are, when they are set."""

_HOW_TO_STREAM = ("stream", "stream_usage", "stream_options")
"""What a call may say that is not for replies in one piece."""


class ChatOpenAI(BaseChatModel):
    """A chat model behind OpenAI's chat completions endpoint, or any server that speaks its protocol.

    The official SDK does the talking; its exceptions (`openai.RateLimitError`, …) are passed on as they are.
    Key and address are taken from `OPENAI_API_KEY` and `OPENAI_BASE_URL` (or `OPENAI_API_BASE`) unless given.

    Arguments:
        model: the name of the model (also `model_name`).
        temperature, top_p, frequency_penalty, presence_penalty, seed, n, stop, logprobs, top_logprobs,
            logit_bias, reasoning_effort, service_tier, user, extra_body: sent when set.
        max_tokens: how long the answer may be, in tokens (also `max_completion_tokens`).
        api_key, base_url, organization: where to ask, and as whom (also with `openai_` before them).
        timeout: seconds (also `request_timeout`); max_retries: how often the SDK tries again (2).
        stream_usage: whether to ask for token counts when streaming (True).
        streaming: stream inside `invoke`, too.
        model_kwargs: anything else to send.
        default_headers, default_query: sent with each request.
        http_client, http_async_client: talk through these, which stay yours to close.

    `api_key` may be a function that gives the key, for keys that change; in async code also a coroutine function.

    Raises MissingDependencyError if the SDK is not installed: `pip install 'eventflow[openai]'`;
    pydantic.ValidationError (a ValueError) for an argument that it does not have, unlike LangChain, which sends
    it along.

    >>> ChatOpenAI(model="gpt-4o-mini", temperature=0, api_key="secret")
    ChatOpenAI(model='gpt-4o-mini', temperature=0.0)
    """

    model_config = ConfigDict(populate_by_name=True, extra="forbid", hide_input_in_errors=True)

    model: str = Field(default="gpt-4o-mini", validation_alias=AliasChoices("model", "model_name"))
    temperature: float | None = None
    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_tokens", "max_completion_tokens")
    )
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    n: int | None = None
    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[int, int] | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    user: str | None = None
    extra_body: Mapping[str, Any] | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    streaming: bool = False
    stream_usage: bool = True
    api_key: SecretStr | Callable[[], str | Awaitable[str]] | None = Field(
        default=None, validation_alias=AliasChoices("api_key", "openai_api_key"), exclude=True
    )
    base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("base_url", "openai_api_base"), exclude=True
    )
    organization: str | None = Field(
        default=None, validation_alias=AliasChoices("organization", "openai_organization"), exclude=True
    )
    timeout: Any = Field(default=None, validation_alias=AliasChoices("timeout", "request_timeout"))
    max_retries: int = 2
    default_headers: dict[str, str] | None = Field(default=None, exclude=True)
    default_query: dict[str, Any] | None = Field(default=None, exclude=True)
    http_client: Any = Field(default=None, exclude=True)
    http_async_client: Any = Field(default=None, exclude=True)

    _clients: Clients = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _knows(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is not an argument, and say where it may go."""
        aliases = [field.validation_alias for field in cls.model_fields.values()]
        names = [name for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices]
        for name in given:
            if name not in cls.model_fields and name not in names:
                raise ValueError(
                    f"{cls.__name__} has no argument {name!r}: what the SDK knows goes into model_kwargs={{...}}, "
                    "what only the server knows into extra_body={...}"
                )
        return given

    def model_post_init(self, context: Any, /) -> None:
        """Note how to reach the provider; clients are made when they are needed."""
        load_sdk()
        key = self.api_key
        self._clients = Clients(
            self._client_options(),
            key=key.get_secret_value() if isinstance(key, SecretStr) else key,
            http_client=self.http_client,
            http_async_client=self.http_async_client,
        )

    def _client_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "base_url": self.base_url or os.environ.get("OPENAI_API_BASE"),
            "organization": self.organization,
            "default_headers": self.default_headers,
            "default_query": self.default_query,
            "max_retries": self.max_retries,
        }
        if self.timeout is not None:
            options["timeout"] = self.timeout
        return options

    # ---- asking

    @property
    def _llm_type(self) -> str:
        return "openai-chat"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model": self.model, **{k: v for k in _SENT if (v := getattr(self, k)) is not None}}

    def _request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The arguments of one call of the SDK; what the call says overrules what the model says."""
        request: dict[str, Any] = {"messages": [to_request_message(m) for m in messages], "model": self.model}
        request |= {key: value for key in _SENT if (value := getattr(self, key)) is not None}
        if self.max_tokens is not None:
            request["max_completion_tokens"] = self.max_tokens
        request |= self.model_kwargs
        if stop is not None:
            request["stop"] = stop
        request |= kwargs
        if "max_tokens" in kwargs:
            request["max_completion_tokens"] = request.pop("max_tokens")
        return {key: value for key, value in request.items() if key not in _HOW_TO_STREAM}

    def _stream_request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        request = {**self._request(messages, stop, kwargs), "stream": True}
        said = {"stream_usage": self.stream_usage, **self.model_kwargs, **kwargs}
        if "stream_options" in said:
            request["stream_options"] = said["stream_options"]
        elif said["stream_usage"]:
            request["stream_options"] = {"include_usage": True}
        return request

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        client = self._clients.sync()
        return to_result(client.chat.completions.create(**self._request(messages, stop, kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        client = await self._clients.for_this_loop()
        return to_result(await client.chat.completions.create(**self._request(messages, stop, kwargs)))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        client = self._clients.sync()
        reader = ChunkReader()
        request = self._stream_request(messages, stop, kwargs)
        with cast("Stream[ChatCompletionChunk]", client.chat.completions.create(**request)) as chunks:
            for chunk in chunks:
                if (said := reader.read(chunk)) is not None:
                    yield said
        if (closing := reader.close()) is not None:
            yield closing

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        client = await self._clients.for_this_loop()
        reader = ChunkReader()
        request = self._stream_request(messages, stop, kwargs)
        reply = cast("AsyncStream[ChatCompletionChunk]", await client.chat.completions.create(**request))
        async with reply as chunks:
            async for chunk in chunks:
                if (said := reader.read(chunk)) is not None:
                    yield said
        if (closing := reader.close()) is not None:
            yield closing

    # ---- tools

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | bool | Mapping[str, Any] | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """The same model, allowed to call `tools`.

        Arguments:
            tools: functions with annotations and a docstring, pydantic models, tools, JSON schemas with a title,
                or dictionaries in the provider's format.
            tool_choice: a tool's name, "auto", "none", "required" (also "any", True), or the provider's dict.
            strict: whether the arguments have to follow the schema to the letter.
            parallel_tool_calls: whether several may be called at once.
            kwargs: anything else to send.

        Raises TypeError if something is no tool, ValueError if `tool_choice` names none of them.
        """
        made = [to_openai_tool(tool, strict=strict) for tool in tools]
        if (choice := to_tool_choice(tool_choice, made)) is not None:
            kwargs["tool_choice"] = choice
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(tools=made, **kwargs)

    # ---- the end

    def close(self) -> None:
        """Close the connections of sync code; the model can still be used."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop and of sync code; the model can still be used."""
        await self._clients.aclose()

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self._identifying_params.items())
        return f"ChatOpenAI({shown})"

    __str__ = __repr__
