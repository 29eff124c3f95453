"""What the type checkers know about events and subscribers. Never run; lines marked `# error` must be refused.

Each function is a use that people write; `assert_type` says what they are promised.
"""

# pyright: strict

from __future__ import annotations

from typing import Any, TypeGuard, assert_never, assert_type

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatModelEndEvent,
    ChatModelStreamEvent,
    CustomEvent,
    Document,
    ErrorEvent,
    ParserStreamEvent,
    PromptEndEvent,
    PromptValue,
    Runnable,
    RunnableLambda,
    StreamEvent,
    Subscription,
    listen,
    signals,
    subscribe,
)
from eventflow.events import ModelInput, RetrieverInput

# ---- narrowing


def by_if(event: StreamEvent) -> None:
    if event["event"] == "on_chat_model_stream":
        assert_type(event, ChatModelStreamEvent)
        assert_type(event["data"]["chunk"], AIMessageChunk)
    elif event["event"] == "on_chat_model_end":
        assert_type(event["data"].get("output"), AIMessage | None)
        assert_type(event["data"].get("input"), ModelInput | None)
    elif event["event"] == "on_prompt_end":
        assert_type(event["data"].get("output"), PromptValue | None)
    elif event["event"] == "on_retriever_start":
        assert_type(event["data"].get("input"), RetrieverInput | None)
    elif event["event"] == "on_retriever_end":
        assert_type(event["data"].get("output"), list[Document] | None)
        assert_type(event["data"].get("input"), RetrieverInput | None)
    elif event["event"] == "on_tool_error":
        assert_type(event, ErrorEvent)
        assert_type(event["data"]["error"], BaseException)
    elif event["event"] == "on_tool_start":
        assert_type(event["data"].get("input"), dict[str, Any] | None)
        assert_type(event["data"].get("tool_call_id"), str | None)
    elif event["event"] == "on_tool_stream":
        assert_type(event["data"].get("tool_call_id"), str | None)
    elif event["event"] == "on_custom_event":
        assert_type(event, CustomEvent)


def by_match(event: StreamEvent) -> None:
    match event["event"]:
        case "on_chat_model_stream":
            assert_type(event["data"]["chunk"], AIMessageChunk)
        case "on_chat_model_end":
            assert_type(event, ChatModelEndEvent)
        case "on_prompt_end":
            assert_type(event, PromptEndEvent)
        case "on_parser_stream":
            assert_type(event, ParserStreamEvent)
        case _:
            pass


def what_all_have_in_common(event: StreamEvent) -> None:
    assert_type(event["name"], str)
    assert_type(event["run_id"], str)
    assert_type(event["parent_ids"], list[str])
    assert_type(event["tags"], list[str])
    assert_type(event["metadata"], dict[str, Any])


def every_name(event: StreamEvent) -> None:
    match event["event"]:
        case "on_chain_start" | "on_chain_stream" | "on_chain_end":
            pass
        case "on_chat_model_start" | "on_chat_model_stream" | "on_chat_model_end":
            pass
        case "on_llm_start" | "on_llm_stream" | "on_llm_end":
            pass
        case "on_prompt_start" | "on_prompt_end":
            pass
        case "on_parser_start" | "on_parser_stream" | "on_parser_end":
            pass
        case "on_tool_start" | "on_tool_stream" | "on_tool_end":
            pass
        case "on_retriever_start" | "on_retriever_end":
            pass
        case "on_chain_error" | "on_chat_model_error" | "on_llm_error" | "on_prompt_error":
            pass
        case "on_parser_error" | "on_tool_error" | "on_retriever_error":
            pass
        case "on_custom_event":
            pass
        case _ as nothing:
            assert_never(nothing)


def one_name_forgotten(event: ChatModelStreamEvent | CustomEvent) -> None:
    match event["event"]:
        case "on_chat_model_stream":
            pass
        case _ as forgotten:
            assert_never(forgotten)  # error


def a_name_that_does_not_exist(event: StreamEvent) -> None:
    if event["event"] == "on_chat_model_strem":  # error
        pass


# ---- watching changes nothing


def assigning(event: StreamEvent) -> None:
    event["name"] = "mine"  # error
    event["tags"] = []  # error
    if event["event"] == "on_chat_model_stream":
        event["data"]["chunk"] = AIMessageChunk(content="")  # error
        event["data"] = {"chunk": AIMessageChunk(content="")}  # error
    del event["run_id"]  # error


def a_key_that_does_not_exist(event: StreamEvent) -> None:
    if event["event"] == "on_chat_model_stream":
        event["data"]["output"]  # error


# ---- subscribing


def on_any(event: StreamEvent) -> None: ...


def on_token(event: ChatModelStreamEvent) -> None: ...


def is_token(event: StreamEvent) -> TypeGuard[ChatModelStreamEvent]:
    return event["event"] == "on_chat_model_stream"


def is_short(event: StreamEvent) -> bool:
    return len(event["name"]) < 3


def subscribing() -> None:
    assert_type(subscribe(on_any), Subscription)
    subscribe(on_any, where=is_token)
    subscribe(on_any, where=is_short)
    subscribe(on_token, where=is_token)
    subscribe(lambda event: print(event["data"]["chunk"].content), where=is_token)
    subscribe(lambda event: print(event["name"]), include_types=["tool"], max_depth=1, phases=["end"])
    subscribe(on_any, policy="coalesce", buffer=10, on_error=lambda event, error: print(event["name"], error))
    subscribe(on_any, on_error="raise")


def subscribing_in_vain(run: Runnable[Any, Any]) -> None:
    subscribe(on_token)  # error
    subscribe(on_token, where=is_short)  # error
    subscribe(on_any, include_name=["a"])  # error
    subscribe(on_any, include_names=[1])  # error
    subscribe(on_any, phases=["begin"])  # error
    subscribe(on_any, policy="drop")  # error
    subscribe(on_any, on_error="ignore")  # error
    subscribe(on_any, run=run)  # error
    listen(include_name=["a"])  # error
    subscribe("on_any")  # error


def statistics() -> None:
    with subscribe(on_any) as subscription:
        assert_type(subscription, Subscription)
        delivered, dropped, errors = subscription.statistics
        assert_type(delivered + dropped + errors, int)


async def listening() -> None:
    with listen(phases=["end"]) as events:
        for event in events:
            assert_type(event, StreamEvent)
    async with listen() as live:
        async for event in live:
            assert_type(event, StreamEvent)


def connecting() -> None:
    def receiver(sender: object, *, event: object) -> None: ...

    signals["start"].connect(receiver)


# ---- event streams of a runnable


async def streams_of_events(runnable: RunnableLambda[int, str]) -> None:
    for event in runnable.stream_events(1, include_names=["a"]):
        assert_type(event, StreamEvent)
    async for event in runnable.astream_events(1, version="v2"):
        assert_type(event, StreamEvent)
    runnable.stream_events(1, version="v1")  # error
