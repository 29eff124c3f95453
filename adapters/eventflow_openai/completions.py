"""The chat completions endpoint: what it takes, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from eventflow import BaseMessage, ChatResult
from eventflow_openai.completions_messages import to_request_message
from eventflow_openai.completions_replies import ChunkReader, to_result
from eventflow_openai.tools import to_nested

__all__ = ("ChatCompletions",)


class ChatCompletions:
    """See `eventflow_openai.endpoint.Endpoint`.

    Arguments:
        standard: whether answers consist of standard content blocks.
        thoughts: whether the model is told again what it thought before it called a tool.
    """

    def __init__(self, *, standard: bool, thoughts: bool) -> None:
        self._standard, self._thoughts = standard, thoughts

    def calls(self, client: Any) -> Any:
        return client.chat.completions

    def request(self, messages: Sequence[BaseMessage], options: Mapping[str, Any]) -> dict[str, Any]:
        told = [to_request_message(message, thoughts=self._thoughts) for message in messages]
        request = {"messages": told, **options}
        request.pop("use_previous_response_id", None)
        if request.pop("stream_usage", False):
            request.setdefault("stream_options", {"include_usage": True})
        if "tools" in request:
            request["tools"] = [to_nested(tool) for tool in request["tools"]]
        for name in ("tool_choice", "response_format"):
            given: Any = request.get(name)
            if isinstance(given, Mapping):
                request[name] = to_nested(cast("Mapping[str, Any]", given))
        return request

    def result(self, reply: Any, http_request: Any) -> ChatResult:
        return to_result(reply, standard=self._standard)

    def reader(self, http_request: Any) -> ChunkReader:
        return ChunkReader(standard=self._standard)
