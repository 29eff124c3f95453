"""The names of events: kinds of run, phases of a run, and the one table where `on_…` is spelled.

A name in an event is forever: code, stored logs and web pages match on it. Change nothing here without a
major version.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

__all__ = ("CUSTOM_EVENT", "EVENT_NAMES", "KINDS", "PHASES", "EventName", "Kind", "Phase")

Kind: TypeAlias = Literal["chain", "chat_model", "llm", "prompt", "parser", "tool", "retriever"]
"""What a run is a run of; `include_types` and `exclude_types` compare with it."""

Phase: TypeAlias = Literal["start", "stream", "end", "error", "custom"]
"""Where in its life a run is when it tells of itself."""

StartName: TypeAlias = Literal[
    "on_chain_start",
    "on_chat_model_start",
    "on_llm_start",
    "on_prompt_start",
    "on_parser_start",
    "on_tool_start",
    "on_retriever_start",
]
StreamName: TypeAlias = Literal[
    "on_chain_stream",
    "on_chat_model_stream",
    "on_llm_stream",
    "on_prompt_stream",
    "on_parser_stream",
    "on_tool_stream",
    "on_retriever_stream",
]
EndName: TypeAlias = Literal[
    "on_chain_end",
    "on_chat_model_end",
    "on_llm_end",
    "on_prompt_end",
    "on_parser_end",
    "on_tool_end",
    "on_retriever_end",
]
ErrorName: TypeAlias = Literal[
    "on_chain_error",
    "on_chat_model_error",
    "on_llm_error",
    "on_prompt_error",
    "on_parser_error",
    "on_tool_error",
    "on_retriever_error",
]
CustomName: TypeAlias = Literal["on_custom_event"]
EventName: TypeAlias = StartName | StreamName | EndName | ErrorName | CustomName

KINDS: Final[tuple[Kind, ...]] = ("chain", "chat_model", "llm", "prompt", "parser", "tool", "retriever")
PHASES: Final[tuple[Phase, ...]] = ("start", "stream", "end", "error", "custom")

CUSTOM_EVENT: Final[CustomName] = "on_custom_event"

EVENT_NAMES: Final[dict[Phase, dict[Kind, EventName]]] = {
    "start": {
        "chain": "on_chain_start",
        "chat_model": "on_chat_model_start",
        "llm": "on_llm_start",
        "prompt": "on_prompt_start",
        "parser": "on_parser_start",
        "tool": "on_tool_start",
        "retriever": "on_retriever_start",
    },
    "stream": {
        "chain": "on_chain_stream",
        "chat_model": "on_chat_model_stream",
        "llm": "on_llm_stream",
        "prompt": "on_prompt_stream",
        "parser": "on_parser_stream",
        "tool": "on_tool_stream",
        "retriever": "on_retriever_stream",
    },
    "end": {
        "chain": "on_chain_end",
        "chat_model": "on_chat_model_end",
        "llm": "on_llm_end",
        "prompt": "on_prompt_end",
        "parser": "on_parser_end",
        "tool": "on_tool_end",
        "retriever": "on_retriever_end",
    },
    "error": {
        "chain": "on_chain_error",
        "chat_model": "on_chat_model_error",
        "llm": "on_llm_error",
        "prompt": "on_prompt_error",
        "parser": "on_parser_error",
        "tool": "on_tool_error",
        "retriever": "on_retriever_error",
    },
    "custom": dict.fromkeys(KINDS, CUSTOM_EVENT),
}
"""`EVENT_NAMES[phase][kind]` is the public name of an event.

>>> EVENT_NAMES["stream"]["chat_model"]
'on_chat_model_stream'
"""
