"""What models say and are given as data: messages, prompt values, generations, documents; by their fields."""

from __future__ import annotations

from eventflow.codec.registry import register_type
from eventflow.documents import Document
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGeneration,
    ChatGenerationChunk,
    ChatMessage,
    ChatMessageChunk,
    ChatPromptValue,
    ChatResult,
    FunctionMessage,
    FunctionMessageChunk,
    Generation,
    GenerationChunk,
    HumanMessage,
    HumanMessageChunk,
    LLMResult,
    RemoveMessage,
    RunInfo,
    StringPromptValue,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
)

__all__ = ()

for kind in (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatGeneration,
    ChatGenerationChunk,
    ChatMessage,
    ChatMessageChunk,
    ChatPromptValue,
    ChatResult,
    Document,
    FunctionMessage,
    FunctionMessageChunk,
    Generation,
    GenerationChunk,
    HumanMessage,
    HumanMessageChunk,
    LLMResult,
    RemoveMessage,
    RunInfo,
    StringPromptValue,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
):
    register_type(kind, tag=kind.__name__)
