"""`ChatOpenAI`: the chat completions endpoint or the Responses API as a chat model."""

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
    convert_to_openai_tool,
)
from eventflow.models import structured_output
from eventflow_openai.completions import ChatCompletions
from eventflow_openai.endpoint import Endpoint
from eventflow_openai.responses import Responses, needs_responses
from eventflow_openai.settings import SENT, OpenAISettings
from eventflow_openai.structured import answer_parser, call_parser
from eventflow_openai.tools import to_response_format, to_tool_choice

__all__ = ("ChatOpenAI",)

_HOW_TO_STREAM = ("stream", "stream_usage", "stream_options")
"""What a call may say that is not for replies in one piece."""


class ChatOpenAI(OpenAISettings):
    """A chat model of OpenAI, or behind any server that speaks its protocol.

    The official SDK does the talking; its exceptions (`openai.RateLimitError`, …) are passed on as they are.
    Key and address are taken from `OPENAI_API_KEY` and `OPENAI_BASE_URL` (or `OPENAI_API_BASE`) unless given.

    Arguments:
        model: the name of the model (also `model_name`).
        temperature, top_p, frequency_penalty, presence_penalty, seed, n, stop, logprobs, top_logprobs,
            logit_bias, reasoning_effort, verbosity, store, service_tier, user, extra_body: sent when set.
        reasoning, include, truncation: sent when set, and only known to the Responses API.
        use_previous_response_id: refer to the latest answer by its id, and send what came after it only.
        use_responses_api: whether to ask the Responses API, or chat completions; None for chat completions unless a
            call needs the other: for one of the arguments above, or a tool that the provider runs, such as
            `{"type": "web_search"}`.
        output_version: "responses/v1", answers of the Responses API consist of its blocks; "v1", answers consist of
            standard content blocks.
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

    def _request_for(
        self,
        messages: Sequence[BaseMessage],
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        *,
        stream: bool,
    ) -> tuple[Endpoint, dict[str, Any]]:
        """Whom to ask, and the arguments of the SDK's call."""
        options = self._call_options(stop, kwargs)
        endpoint = self._endpoint_for(options)
        how = {key: options.pop(key) for key in _HOW_TO_STREAM if key in options}
        if stream:
            options |= {"stream_usage": self.stream_usage, **how, "stream": True}
        return endpoint, endpoint.request(messages, options)

    def _call_options(self, stop: list[str] | None, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked for, in the words of chat completions; the call overrules the model."""
        options: dict[str, Any] = {"model": self.model}
        options |= {key: value for key in SENT if (value := getattr(self, key)) is not None}
        if self.max_tokens is not None:
            options[self.server.max_tokens] = self.max_tokens
        options |= self.model_kwargs
        if stop is not None:
            options["stop"] = stop
        options |= kwargs
        for name in ("max_tokens", "max_completion_tokens"):
            if name in kwargs:
                options[self.server.max_tokens] = options.pop(name)
        if options.get("response_format") is not None:
            options["response_format"] = to_response_format(options["response_format"])
        return options

    def _endpoint_for(self, options: Mapping[str, Any]) -> Endpoint:
        """Whom to ask for `options`. Raises ValueError if it was decided whom, and that is the wrong one."""
        needed = needs_responses(options)
        chosen = self.use_responses_api
        if chosen is None:
            chosen = self.server.responses and (bool(needed) or self.output_version == "responses/v1")
        standard = self.output_version == "v1"
        if chosen:
            return Responses(standard=standard)
        if needed:
            instead = "do not say use_responses_api=False" if self.server.responses else "leave it out"
            raise ValueError(f"chat completions have no {', '.join(needed)}: {instead}")
        return ChatCompletions(standard=standard, thoughts=self.server.thoughts)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        endpoint, request = self._request_for(messages, stop, kwargs, stream=False)
        reply = endpoint.calls(self._clients.sync()).with_raw_response.create(**request)
        return endpoint.result(reply.parse(), reply.http_request)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        endpoint, request = self._request_for(messages, stop, kwargs, stream=False)
        client = await self._clients.for_this_loop()
        reply = await endpoint.calls(client).with_raw_response.create(**request)
        return endpoint.result(reply.parse(), reply.http_request)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        endpoint, request = self._request_for(messages, stop, kwargs, stream=True)
        with endpoint.calls(self._clients.sync()).create(**request) as events:
            reader = endpoint.reader(events.response.request)
            for event in events:
                if (said := reader.read(event)) is not None:
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
        endpoint, request = self._request_for(messages, stop, kwargs, stream=True)
        client = await self._clients.for_this_loop()
        async with await endpoint.calls(client).create(**request) as events:
            reader = endpoint.reader(events.response.request)
            async for event in events:
                if (said := reader.read(event)) is not None:
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
        response_format: Any = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """The same model, allowed to call `tools`.

        Arguments:
            tools: functions with annotations and a docstring, pydantic models, tools, JSON schemas with a title,
                or dictionaries in the provider's format.
            tool_choice: a tool's name, "auto", "none", "required" (also "any", True), or the provider's dict.
            strict: whether the arguments have to follow the schema to the letter.
            parallel_tool_calls: whether several may be called at once.
            response_format: the form of the answer, if no tool is called: a pydantic model, a TypedDict, a JSON schema
                with a title, or the provider's dict.
            kwargs: anything else to send.

        Raises TypeError if something is no tool, ValueError if `tool_choice` names none of them.
        """
        made = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
        if (choice := to_tool_choice(tool_choice, made)) is not None:
            kwargs["tool_choice"] = choice
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        if response_format is not None:
            kwargs["response_format"] = to_response_format(response_format, strict=strict)
        return self.bind(tools=made, **kwargs)

    def with_structured_output(
        self,
        schema: ToolLike | None = None,
        *,
        method: Literal["function_calling", "json_mode", "json_schema"] = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        partial: bool = False,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        """The same model, with answers that are values of the form that `schema` describes.

        Arguments:
            schema: a pydantic model, whose instances are given; or a TypedDict, a JSON schema with a title, or a tool
                in OpenAI's format, for which dictionaries are given. "json_mode" can do without.
            method: how the model is told. "json_schema", by the provider, which holds it to the schema; a model that
                does not have that (gpt-4 and older, DeepSeek's) is told by "function_calling", a tool that it has to
                call. "json_mode", to answer with JSON; of what form, your prompt has to say.
            include_raw: give `{"raw": message, "parsed": value, "parsing_error": None or exception}` instead, and do
                not raise when the answer cannot be read.
            strict: whether the answer has to follow the schema to the letter. Unless it is said, a pydantic model or
                TypedDict is followed so by "json_schema".
            tools: what it may call as well, by "json_schema" only; an answer that is a call gives None.
            partial: stream views of the instance while it is being written, see `Partial`.
            kwargs: anything else to send.

        Raises ValueError for another method or a combination that there is not, TypeError if `schema` describes
        nothing. When run, raises OpenAIRefusalError if the model refuses, and OutputParserException if the answer is
        not of that form.
        """
        if method == "json_schema" and not self._can_follow_schemas():
            method = "function_calling"
        if tools is not None and method != "json_schema":
            raise ValueError(f"method={method!r} takes no tools beside the schema: leave them out")
        if schema is None and method != "json_mode":
            raise ValueError(f"method={method!r} needs a schema: give one, or say method='json_mode'")
        if method == "function_calling" and schema is not None:
            name = convert_to_openai_tool(schema)["function"]["name"]
            kwargs = {"parallel_tool_calls": False, "tool_choice": name, **kwargs}
            told = self.bind_tools([schema], strict=strict, **kwargs)
            return structured_output(told, call_parser(schema, partial=partial), include_raw)
        if method == "json_schema" and schema is not None:
            kwargs["response_format"] = to_response_format(schema, strict=strict)
        elif method == "json_mode":
            kwargs["response_format"] = {"type": "json_object"}
        else:
            raise ValueError(
                f"there is no method={method!r}: say 'json_schema', 'function_calling' or 'json_mode'"
            )
        told = self.bind(**kwargs) if tools is None else self.bind_tools(tools, strict=strict, **kwargs)
        return structured_output(told, answer_parser(schema, partial=partial), include_raw)

    def _can_follow_schemas(self) -> bool:
        too_old = self.model == "gpt-4" or self.model.startswith(("gpt-3", "gpt-4-"))
        return self.server.json_schema and not too_old
