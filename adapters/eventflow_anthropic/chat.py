"""`ChatAnthropic`: the messages endpoint as a chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal

from eventflow import (
    AIMessage,
    BaseMessage,
    ChatGenerationChunk,
    ChatResult,
    Runnable,
    ToolLike,
    agenerate_from_stream,
    convert_to_json_schema,
    generate_from_stream,
)
from eventflow.models import structured_output, text_parser, tools_parser
from eventflow_anthropic.requests import to_conversation
from eventflow_anthropic.responses import ReplyReader, to_result
from eventflow_anthropic.sdk import complete
from eventflow_anthropic.settings import SENT, AnthropicSettings
from eventflow_anthropic.tools import to_request_tool, to_strict_schema, to_tool_choice

__all__ = ("ChatAnthropic",)

_IN_THE_BODY = ("temperature", "top_k", "top_p")
"""What many models take, and the SDK has no argument for."""

_ONLY_BETA = ("betas", "mcp_servers", "context_management")
"""What only the beta endpoint knows."""

_HOW_TO_STREAM = ("stream", "stream_usage")
"""What a call may say that is not for the provider."""

_COUNTED = {"stream_usage": True}
"""What is streamed without being asked to counts its tokens, as it does in one piece."""

_IN_ONE_PIECE = 8192
"""More tokens than that, and the SDK, depending on the model, refuses to wait for a reply in one piece."""


class ChatAnthropic(AnthropicSettings):
    """A chat model behind Anthropic's messages endpoint.

    The official SDK does the talking; its exceptions (`anthropic.RateLimitError`, …) are passed on as they are.
    Key and address are taken from `ANTHROPIC_API_KEY` and `ANTHROPIC_BASE_URL` (or `ANTHROPIC_API_URL`) unless given.

    Arguments:
        model: the name of the model (also `model_name`).
        max_tokens: how long the answer may be, in tokens (also `max_tokens_to_sample`). The endpoint wants to be
            told: unless given, 32000 for Claude 4 and later, and 4096 for others.
        temperature, top_k, top_p, thinking, output_config, container, inference_geo: sent when set.
        stop_sequences: texts before which the answer is to end (also `stop`).
        effort: how much to put into the answer, part of `output_config` (also `reasoning_effort`).
        betas: names of features to try, which the beta endpoint is asked for; `mcp_servers` and
            `context_management` are such.
        api_key, base_url: where to ask, and as whom (also `anthropic_api_key`, `anthropic_api_url`).
        timeout: seconds (also `default_request_timeout`); max_retries: how often the SDK tries again (2).
        stream_usage: whether a streamed answer has token counts (True).
        streaming: stream inside `invoke`, too.
        model_kwargs: anything else to send.
        default_headers: sent with each request.
        http_client, http_async_client: talk through these, which stay yours to close.

    Raises MissingDependencyError if the SDK is not installed: `pip install 'eventflow[anthropic]'`;
    pydantic.ValidationError (a ValueError) for an argument that it does not have, unlike LangChain, which sends
    it along.

    >>> ChatAnthropic(model="claude-sonnet-4-5", temperature=0, api_key="secret")
    ChatAnthropic(model='claude-sonnet-4-5', max_tokens=32000, temperature=0.0)
    """

    # ---- asking

    def _request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The arguments of one call of the SDK; what the call says overrules what the model says."""
        request: dict[str, Any] = {"model": self.model, "max_tokens": self.max_tokens}
        request |= to_conversation(messages)
        request |= {name: value for name in SENT if (value := getattr(self, name)) is not None}
        request |= self.model_kwargs
        if stop is not None:
            request["stop_sequences"] = stop
        request |= kwargs
        if (effort := request.pop("effort", None)) is not None:
            request["output_config"] = {**request.get("output_config", {}), "effort": effort}
        if body := {name: request.pop(name) for name in _IN_THE_BODY if name in request}:
            request["extra_body"] = {**body, **request.get("extra_body", {})}
        return {name: value for name, value in request.items() if name not in _HOW_TO_STREAM}

    def _reader(self, kwargs: Mapping[str, Any]) -> ReplyReader:
        return ReplyReader(counting=kwargs.get("stream_usage", self.stream_usage))

    def _takes_long(self, request: Mapping[str, Any]) -> bool:
        """Whether the SDK would refuse to wait for the reply in one piece."""
        return self.timeout is None and "timeout" not in request and request["max_tokens"] > _IN_ONE_PIECE

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        if self._takes_long(request):
            return generate_from_stream(self._stream(messages, stop, **{**kwargs, **_COUNTED}))
        client = self._clients.sync()
        return to_result(_endpoint(client, request).create(**request))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        if self._takes_long(request):
            return await agenerate_from_stream(self._astream(messages, stop, **{**kwargs, **_COUNTED}))
        client = await self._clients.for_this_loop()
        return to_result(await _endpoint(client, request).create(**request))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        reader = self._reader(kwargs)
        client = self._clients.sync()
        reply = _endpoint(client, request).create(**request, stream=True)
        with reply as events, complete(reply.response, reader):
            for event in events:
                if (said := reader.read(event)) is not None:
                    yield said

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        reader = self._reader(kwargs)
        client = await self._clients.for_this_loop()
        reply = await _endpoint(client, request).create(**request, stream=True)
        async with reply as events:
            with complete(reply.response, reader):
                async for event in events:
                    if (said := reader.read(event)) is not None:
                        yield said

    # ---- tools

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | bool | Mapping[str, Any] | None = None,
        parallel_tool_calls: bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """The same model, allowed to call `tools`.

        Arguments:
            tools: functions with annotations and a docstring, pydantic models, tools, JSON schemas with a title,
                or dictionaries in the form of the provider (its own tools, such as web search) or of OpenAI.
            tool_choice: a tool's name, "auto", "none", "any" (also "required", True), or the provider's dict.
            parallel_tool_calls: whether several may be called at once.
            strict: whether the provider guarantees that the arguments follow the schema.
            kwargs: anything else to send.

        Raises TypeError if something is no tool, ValueError if `tool_choice` names none of them.
        """
        made = [to_request_tool(tool, strict=strict) for tool in tools]
        if (choice := to_tool_choice(tool_choice, made, parallel_tool_calls)) is not None:
            kwargs["tool_choice"] = choice
        return self.bind(tools=made, **kwargs)

    def with_structured_output(
        self,
        schema: ToolLike,
        *,
        method: Literal["function_calling", "json_mode", "json_schema"] = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        partial: bool = False,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """See `BaseChatModel.with_structured_output`.

        Arguments:
            method: "function_calling", by a tool that the model has to call; a model that thinks may not be made to
                call one, so it is only offered, and an answer without a call is an error of the parser. Or
                "json_schema": the provider sees to it that the text of the answer is of that form.

        Raises ValueError for another method.
        """
        if method == "json_schema":
            form = {"type": "json_schema", "schema": to_strict_schema(convert_to_json_schema(schema))}
            bound = self.bind(output_config={**(self.output_config or {}), "format": form}, **kwargs)
            return structured_output(bound, text_parser(schema, partial=partial), include_raw)
        if method == "function_calling" and self._thinks(kwargs):
            offered = self.bind_tools([schema], strict=strict, **kwargs)
            return structured_output(offered, tools_parser(schema, partial=partial), include_raw)
        return super().with_structured_output(
            schema, method=method, include_raw=include_raw, strict=strict, partial=partial, **kwargs
        )

    def _thinks(self, kwargs: Mapping[str, Any]) -> bool:
        thinking: Mapping[str, Any] = kwargs.get("thinking") or self.thinking or {}
        return bool(thinking.get("type", "disabled") != "disabled")

    # ---- the end

    def close(self) -> None:
        """Close the connections of sync code; the model can still be used."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop and of sync code; the model can still be used."""
        await self._clients.aclose()


def _endpoint(client: Any, request: Mapping[str, Any]) -> Any:
    """Where a request goes: to the beta endpoint with what only that knows."""
    return client.messages if request.keys().isdisjoint(_ONLY_BETA) else client.beta.messages
