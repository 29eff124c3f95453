"""The standard content blocks: what a message can hold, the same for every provider."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

from eventflow.messages.tool_calls import InvalidToolCall, ToolCall, ToolCallChunk

__all__ = (
    "KNOWN_BLOCK_TYPES",
    "Annotation",
    "AudioContentBlock",
    "Citation",
    "ContentBlock",
    "DataContentBlock",
    "FileContentBlock",
    "ImageContentBlock",
    "NonStandardAnnotation",
    "NonStandardContentBlock",
    "PlainTextContentBlock",
    "ReasoningContentBlock",
    "ServerToolCall",
    "ServerToolCallChunk",
    "ServerToolResult",
    "TextContentBlock",
    "VideoContentBlock",
)


class _Block(TypedDict):
    """What every block may carry: an id, its place in a stream, and what only one provider knows."""

    id: NotRequired[str | None]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class Citation(TypedDict):
    """A source that a text refers to."""

    type: Literal["citation"]
    id: NotRequired[str]
    url: NotRequired[str]
    title: NotRequired[str]
    start_index: NotRequired[int]
    end_index: NotRequired[int]
    cited_text: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class NonStandardAnnotation(TypedDict):
    """An annotation that only one provider knows."""

    type: Literal["non_standard_annotation"]
    id: NotRequired[str]
    value: dict[str, Any]


Annotation: TypeAlias = Citation | NonStandardAnnotation


class TextContentBlock(_Block):
    """Text."""

    type: Literal["text"]
    text: str
    annotations: NotRequired[list[Annotation]]


class ReasoningContentBlock(_Block):
    """What a model thought before it answered, or a summary of it."""

    type: Literal["reasoning"]
    reasoning: NotRequired[str]


class _DataBlock(_Block):
    """Data by address, in line, or by the id of an uploaded file."""

    url: NotRequired[str]
    base64: NotRequired[str]
    file_id: NotRequired[str]
    mime_type: NotRequired[str]


class ImageContentBlock(_DataBlock):
    """An image."""

    type: Literal["image"]


class AudioContentBlock(_DataBlock):
    """A sound."""

    type: Literal["audio"]


class VideoContentBlock(_DataBlock):
    """A video."""

    type: Literal["video"]


class FileContentBlock(_DataBlock):
    """A file that is none of the other kinds, such as a PDF."""

    type: Literal["file"]


class PlainTextContentBlock(_DataBlock):
    """A document of plain text."""

    type: Literal["text-plain"]
    text: NotRequired[str]
    title: NotRequired[str]
    context: NotRequired[str]


class ServerToolCall(_Block):
    """A call of a tool that the provider runs itself."""

    type: Literal["server_tool_call"]
    name: str
    args: dict[str, Any]


class ServerToolCallChunk(_Block):
    """A piece of a call of a tool that the provider runs itself."""

    type: Literal["server_tool_call_chunk"]
    name: NotRequired[str]
    args: NotRequired[str]


class ServerToolResult(_Block):
    """What a tool that the provider ran gave."""

    type: Literal["server_tool_result"]
    tool_call_id: str
    status: Literal["success", "error"]
    output: NotRequired[Any]


class NonStandardContentBlock(_Block):
    """A block that has no standard form, as its provider gave it."""

    type: Literal["non_standard"]
    value: dict[str, Any]


DataContentBlock: TypeAlias = (
    ImageContentBlock | VideoContentBlock | AudioContentBlock | PlainTextContentBlock | FileContentBlock
)

ContentBlock: TypeAlias = (
    TextContentBlock
    | ReasoningContentBlock
    | ToolCall
    | ToolCallChunk
    | InvalidToolCall
    | ServerToolCall
    | ServerToolCallChunk
    | ServerToolResult
    | DataContentBlock
    | NonStandardContentBlock
)

KNOWN_BLOCK_TYPES = frozenset(
    {
        "text",
        "reasoning",
        "tool_call",
        "tool_call_chunk",
        "invalid_tool_call",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        "image",
        "video",
        "audio",
        "text-plain",
        "file",
        "non_standard",
    }
)
"""The values of `type` that a standard block has."""
