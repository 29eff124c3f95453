"""The Responses API: what it takes, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventflow import BaseMessage, ChatResult
from eventflow_openai.responses_input import since_last_response, to_input
from eventflow_openai.responses_output import EventReader, to_result
from eventflow_openai.tools import is_built_in, to_flat, to_flat_choice, to_text_format

__all__ = ("Responses", "needs_responses")

_ONLY_HERE = (
    "background",
    "context_management",
    "conversation",
    "include",
    "max_tool_calls",
    "previous_response_id",
    "prompt",
    "reasoning",
    "text",
    "truncation",
    "use_previous_response_id",
)
"""Options that chat completions do not have."""

_NOT_HERE = ("frequency_penalty", "logit_bias", "n", "presence_penalty", "seed", "stop")
"""Options that the Responses API does not have."""


def needs_responses(options: Mapping[str, Any]) -> list[str]:
    """What of a call only the Responses API can do.

    >>> needs_responses({"tools": [{"type": "web_search"}], "reasoning": {"effort": "low"}, "temperature": 0})
    ['reasoning', 'web_search']
    """
    tools: Sequence[Mapping[str, Any]] = options.get("tools") or ()
    return [
        *(name for name in _ONLY_HERE if options.get(name)),
        *(str(tool["type"]) for tool in tools if is_built_in(tool)),
    ]


class Responses:
    """See `eventflow_openai.endpoint.Endpoint`.

    Arguments:
        standard: whether answers consist of standard content blocks.
    """

    def __init__(self, *, standard: bool) -> None:
        self._standard = standard

    def calls(self, client: Any) -> Any:
        return client.responses

    def request(self, messages: Sequence[BaseMessage], options: Mapping[str, Any]) -> dict[str, Any]:
        for name in _NOT_HERE:
            if options.get(name) and (name, options[name]) != ("n", 1):
                raise ValueError(
                    f"the Responses API has no {name!r}: leave it out, or say use_responses_api=False"
                )
        request = {key: value for key, value in options.items() if key not in (*_NOT_HERE, "stream_usage")}
        if request.pop("use_previous_response_id", False) and not request.get("previous_response_id"):
            messages, previous = since_last_response(messages)
            request |= {"previous_response_id": previous} if previous else {}
        request["input"] = to_input(messages, stored=request.get("store") is not False)
        return _reworded(request)

    def result(self, reply: Any, http_request: Any) -> ChatResult:
        return to_result(reply, http_request, standard=self._standard)

    def reader(self, http_request: Any) -> EventReader:
        return EventReader(http_request, standard=self._standard)


def _reworded(request: dict[str, Any]) -> dict[str, Any]:
    """A request in the words of chat completions, as this API says it; changed in place."""
    for longest in ("max_completion_tokens", "max_tokens"):
        if longest in request:
            request["max_output_tokens"] = request.pop(longest)
    effort = request.pop("reasoning_effort", None)
    if effort is not None:
        request["reasoning"] = {"effort": effort, **(request.get("reasoning") or {})}
    if request.pop("logprobs", None):
        request["include"] = [*(request.get("include") or ()), "message.output_text.logprobs"]
    if "tools" in request:
        request["tools"] = [to_flat(tool) for tool in request["tools"]]
    if "tool_choice" in request:
        request["tool_choice"] = to_flat_choice(request["tool_choice"])
    text = {
        "verbosity": request.pop("verbosity", None),
        "format": to_text_format(request.pop("response_format", None)),
    }
    if said := {key: value for key, value in text.items() if value is not None}:
        request["text"] = {**said, **(request.get("text") or {})}
    return request
