"""Messages from a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.messages.base import BaseMessage
from eventflow.messages.blocks import from_answer
from eventflow.messages.content import ContentBlock
from eventflow.messages.model import Field, lazy
from eventflow.messages.tool_calls import (
    INVALID_TOOL_CALLS,
    TOOL_CALLS,
    InvalidToolCall,
    ParsedCalls,
    ToolCall,
    parse_tool_calls,
    provider_chunks,
)
from eventflow.messages.usage import USAGE, UsageMetadata

__all__ = ("AIMessage",)


class AIMessage(BaseMessage):
    """What a model answered.

    Args:
        content: Text, or a list of text and content blocks.
        content_blocks: Content as standard blocks; `tool_call` blocks among them become `tool_calls`.
        tool_calls: Calls that the model asks for.
        invalid_tool_calls: Calls whose arguments could not be read.
        usage_metadata: Token counts.

    The other arguments are those of `BaseMessage`. Tool calls that are only given in the form of OpenAI, in
    `additional_kwargs["tool_calls"]`, are read from there.

    >>> AIMessage("Hello!", usage_metadata={"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}).text
    'Hello!'
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        **BaseMessage.model_fields,
        "tool_calls": TOOL_CALLS,
        "invalid_tool_calls": INVALID_TOOL_CALLS,
        "usage_metadata": USAGE,
    }

    type: str = "ai"
    tool_calls: list[ToolCall] = lazy(lambda message: message._read_calls()["tool_calls"])
    invalid_tool_calls: list[InvalidToolCall] = lazy(
        lambda message: message._read_calls()["invalid_tool_calls"]
    )
    usage_metadata: UsageMetadata | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            content: str | Sequence[str | dict[Any, Any]] | None = None,
            content_blocks: Sequence[ContentBlock] | None = None,
            *,
            tool_calls: Sequence[ToolCall] = ...,
            invalid_tool_calls: Sequence[InvalidToolCall] = ...,
            usage_metadata: UsageMetadata | None = None,
            id: str | int | None = None,
            name: str | None = None,
            additional_kwargs: Mapping[Any, Any] = ...,
            response_metadata: Mapping[Any, Any] = ...,
            **extra: Any,
        ) -> None: ...

    def _assign_blocks(self, blocks: Sequence[ContentBlock]) -> None:
        super()._assign_blocks(blocks)
        self._assign({"tool_calls": [block for block in blocks if block.get("type") == "tool_call"]})

    def _read_calls(self) -> ParsedCalls:
        """What is known of calls when `tool_calls` or `invalid_tool_calls` was not given; kept for next time."""
        attributes = self.__dict__
        raw = attributes.get("additional_kwargs", {}).get("tool_calls")
        if not raw or "tool_calls" in attributes or "invalid_tool_calls" in attributes:
            return {"tool_calls": [], "invalid_tool_calls": []}
        parsed = parse_tool_calls(provider_chunks(raw), final=True)
        attributes.update(parsed)
        return parsed

    @property
    def content_blocks(self) -> list[ContentBlock]:
        """The content as standard blocks, with the tool calls and the reasoning that are kept beside it."""
        calls = [*self.tool_calls, *self.invalid_tool_calls]
        return from_answer(self.content, calls, self.additional_kwargs)

    def pretty_repr(self, html: bool = False) -> str:
        """Return a title line, the content and the tool calls; see `BaseMessage.pretty_repr`."""
        lines: list[str] = []
        if self.tool_calls:
            lines.append("Tool Calls:")
            for call in self.tool_calls:
                lines += _call_lines(call["name"], call["id"])
                lines += ["  Args:", *(f"    {name}: {value}" for name, value in call["args"].items())]
        if self.invalid_tool_calls:
            lines.append("Invalid Tool Calls:")
            for invalid in self.invalid_tool_calls:
                lines += _call_lines(invalid["name"], invalid["id"])
                if invalid["error"]:
                    lines.append(f"  Error: {invalid['error']}")
                lines += ["  Args:", f"    {invalid['args']}"]
        return "\n".join([super().pretty_repr(html).strip(), *lines]).strip()


def _call_lines(name: str | None, call_id: str | None) -> list[str]:
    return [f"  {name} ({call_id})", f" Call ID: {call_id}"]
