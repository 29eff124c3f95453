"""What people, models and tools say to each other, whole and in pieces, and what prompts and models return."""

from __future__ import annotations

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessage, BaseMessageChunk
from eventflow.messages.buffer import get_buffer_string
from eventflow.messages.chat import ChatMessage, ChatMessageChunk
from eventflow.messages.chunks import AIMessageChunk, merge_chunks
from eventflow.messages.content import (
    Annotation,
    AudioContentBlock,
    Citation,
    ContentBlock,
    DataContentBlock,
    FileContentBlock,
    ImageContentBlock,
    NonStandardAnnotation,
    NonStandardContentBlock,
    PlainTextContentBlock,
    ReasoningContentBlock,
    ServerToolCall,
    ServerToolCallChunk,
    ServerToolResult,
    TextContentBlock,
    VideoContentBlock,
)
from eventflow.messages.convert import (
    AnyMessage,
    MessageLikeRepresentation,
    convert_to_messages,
    message_chunk_to_message,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)
from eventflow.messages.count import CountableTool, count_tokens_approximately
from eventflow.messages.function import FunctionMessage, FunctionMessageChunk
from eventflow.messages.human import HumanMessage, HumanMessageChunk
from eventflow.messages.merge import merge_content
from eventflow.messages.modifier import RemoveMessage
from eventflow.messages.openai import convert_to_openai_messages
from eventflow.messages.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
    RunInfo,
)
from eventflow.messages.prompt_value import ChatPromptValue, PromptValue, StringPromptValue
from eventflow.messages.system import SystemMessage, SystemMessageChunk
from eventflow.messages.tool import ToolMessage, ToolMessageChunk
from eventflow.messages.tool_calls import (
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)
from eventflow.messages.usage import (
    InputTokenDetails,
    OutputTokenDetails,
    UsageMetadata,
    add_usage,
    subtract_usage,
)

__all__ = (
    "AIMessage",
    "AIMessageChunk",
    "Annotation",
    "AnyMessage",
    "AudioContentBlock",
    "BaseMessage",
    "BaseMessageChunk",
    "ChatGeneration",
    "ChatGenerationChunk",
    "ChatMessage",
    "ChatMessageChunk",
    "ChatPromptValue",
    "ChatResult",
    "Citation",
    "ContentBlock",
    "CountableTool",
    "DataContentBlock",
    "FileContentBlock",
    "FunctionMessage",
    "FunctionMessageChunk",
    "Generation",
    "GenerationChunk",
    "HumanMessage",
    "HumanMessageChunk",
    "ImageContentBlock",
    "InputTokenDetails",
    "InvalidToolCall",
    "LLMResult",
    "MessageLikeRepresentation",
    "NonStandardAnnotation",
    "NonStandardContentBlock",
    "OutputTokenDetails",
    "PlainTextContentBlock",
    "PromptValue",
    "ReasoningContentBlock",
    "RemoveMessage",
    "RunInfo",
    "ServerToolCall",
    "ServerToolCallChunk",
    "ServerToolResult",
    "StringPromptValue",
    "SystemMessage",
    "SystemMessageChunk",
    "TextContentBlock",
    "ToolCall",
    "ToolCallChunk",
    "ToolMessage",
    "ToolMessageChunk",
    "UsageMetadata",
    "VideoContentBlock",
    "add_usage",
    "convert_to_messages",
    "convert_to_openai_messages",
    "count_tokens_approximately",
    "get_buffer_string",
    "invalid_tool_call",
    "merge_chunks",
    "merge_content",
    "message_chunk_to_message",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
    "subtract_usage",
    "tool_call",
    "tool_call_chunk",
)
