"""The Responses API's input: what is sent of a conversation, and that answers go back as they came."""

import pytest

pytest.importorskip("openai")

from adapters.openai.responses_replies import (
    CITATION,
    CUSTOM,
    OUTPUTS,
    call,
    events,
    message,
    reasoning,
    text,
)
from eventflow import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    invalid_tool_call,
    tool_call,
)
from eventflow_openai.responses_input import since_last_response, to_input


def said(role, content):
    return {"type": "message", "role": role, "content": content}


def answered(*parts, **more):
    return {"type": "message", "role": "assistant", "content": [*parts], **more}


def part(text, *annotations):
    return {"type": "output_text", "text": text, "annotations": [*annotations]}


MESSAGES = [
    (HumanMessage("hi"), [said("user", "hi")]),
    (HumanMessage(["hi"]), [said("user", [{"type": "input_text", "text": "hi"}])]),
    (SystemMessage("be brief"), [said("system", "be brief")]),
    (
        SystemMessage("be brief", additional_kwargs={"__openai_role__": "developer"}),
        [said("developer", "be brief")],
    ),
    (ChatMessage("psst", role="developer"), [said("developer", "psst")]),
    (AIMessage(""), []),
    (AIMessage("yes"), [answered(part("yes"))]),
    (AIMessage(["yes", {"type": "text", "text": "no"}]), [answered(part("yes"), part("no"))]),
    (
        AIMessage(
            [
                {"type": "text", "text": "a", "id": "msg_1"},
                {"type": "text", "text": "b", "id": "msg_1"},
                {"type": "text", "text": "c", "id": "msg_2"},
            ]
        ),
        [answered(part("a"), part("b"), id="msg_1"), answered(part("c"), id="msg_2")],
    ),
    (
        AIMessage("hm", tool_calls=[tool_call(name="f", args={"a": "ü"}, id="c1")]),
        [
            answered(part("hm")),
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": "ü"}'},
        ],
    ),
    (
        AIMessage("", invalid_tool_calls=[invalid_tool_call(name="f", args='{"a', id="c1", error="cut")]),
        [{"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a'}],
    ),
    (
        ToolMessage("21 C", tool_call_id="c1"),
        [{"type": "function_call_output", "call_id": "c1", "output": "21 C"}],
    ),
    (
        ToolMessage([{"type": "image", "base64": "AA==", "mime_type": "image/png"}], tool_call_id="c1"),
        [
            {
                "type": "function_call_output",
                "call_id": "c1",
                "output": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}],
            }
        ],
    ),
    (
        ToolMessage(
            [{"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="}],
            tool_call_id="c1",
            additional_kwargs={"type": "computer_call_output"},
        ),
        [
            {
                "type": "computer_call_output",
                "call_id": "c1",
                "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="},
            }
        ],
    ),
    (
        HumanMessage(
            [{"type": "mcp_approval_response", "approve": True, "approval_request_id": "a"}, "go on"]
        ),
        [
            {"type": "mcp_approval_response", "approve": True, "approval_request_id": "a"},
            said("user", [{"type": "input_text", "text": "go on"}]),
        ],
    ),
]


@pytest.mark.parametrize(("message", "items"), MESSAGES, ids=lambda one: getattr(one, "type", ""))
def test_messages(message, items):
    assert to_input([message]) == items


async def test_a_conversation_arrives(server, make):
    server.says(events(OUTPUTS["text"]))
    model, given = make(use_responses_api=True), [message for message, _ in MESSAGES]
    model.invoke(given)
    await model.ainvoke(given)
    list(model.stream(given))
    for asked in server.asked:
        assert asked.body["input"] == [item for _, items in MESSAGES for item in items]


@pytest.mark.parametrize("wrong", [RemoveMessage(id="1"), FunctionMessage("1", name="f")], ids=str)
def test_a_message_without_a_role_is_refused(wrong):
    with pytest.raises(
        TypeError, match=r"cannot be sent to the Responses API: send .*messages|a ToolMessage"
    ):
        to_input([wrong])


# ---- answers go back


@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_an_answer_goes_back_as_it_came(output, version, server, make):
    server.says(events(output))
    model = make(use_responses_api=True, output_version=version)
    model.invoke(["hi", model.invoke("hi")])
    assert [simple(item) for item in server.body["input"][1:]] == [simple(item) for item in output]


def simple(item):
    """An item without what the API does not take, or needs not."""
    kept = {key: value for key, value in item.items() if key != "status"}
    if item["type"] == "function_call":
        kept["arguments"] = (item["arguments"] or "{}").replace('":"', '": "')
    if item["type"] == "message":
        drop = ("logprobs",)
        kept["content"] = [{k: v for k, v in one.items() if k not in drop} for one in item["content"]]
    return kept


def test_items_of_future_kinds_go_back(server, make):
    server.says(events(OUTPUTS["an item of the future"]))
    model = make(use_responses_api=True)
    model.invoke([model.invoke("hi")])
    assert server.body["input"][0] == OUTPUTS["an item of the future"][0]


@pytest.mark.parametrize("version", [None, "v1"])
def test_tool_calls_say_what_the_calls_are(version, server, make):
    server.says(events([reasoning("Hm."), call('{"a": 1}'), call('{"b": 1}', "g", 2)]))
    answer = make(use_responses_api=True, output_version=version).invoke("hi")
    first, second = answer.tool_calls
    answer.tool_calls = [{**first, "args": {"a": 2}}]
    items = to_input([answer])
    assert [item["type"] for item in items] == ["reasoning", "function_call"]
    assert items[1]["arguments"] == '{"a": 2}'
    answer.tool_calls = [first, second, tool_call(name="h", args={}, id="new")]
    assert [item.get("call_id") for item in to_input([answer])] == [None, "call_1", "call_2", "new"]


@pytest.mark.parametrize("version", [None, "v1"])
def test_the_result_of_a_custom_call(version, server, make):
    server.says(events([CUSTOM]))
    answer = make(use_responses_api=True, output_version=version).invoke("hi")
    sent = to_input([answer, ToolMessage("3 rows", tool_call_id="call_9")])
    assert sent == [CUSTOM, {"type": "custom_tool_call_output", "call_id": "call_9", "output": "3 rows"}]


@pytest.mark.parametrize(("encrypted", "sent"), [({}, ["reasoning", "message"]), (None, ["message"])])
def test_reasoning_that_is_not_stored_is_sent_encrypted_or_not_at_all(encrypted, sent, server, make):
    more = {} if encrypted is not None else {"encrypted_content": None}
    server.says(events([reasoning("Hm.", **more), message(text("4"))]))
    model = make(use_responses_api=True, store=False)
    model.invoke([model.invoke("hi")])
    assert [item["type"] for item in server.body["input"]] == sent


def test_what_others_thought_is_not_sent():
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "reasoning", "reasoning": "hm", "id": "of-another"},
        {"type": "text", "text": "4", "id": "lc_1"},
        {"type": "tool_use", "name": "f", "input": {}, "id": "c1"},
    ]
    items = to_input([AIMessage(blocks, tool_calls=[tool_call(name="f", args={}, id="c1")])])
    assert items == [
        answered(part("4")),
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
    ]


def test_an_answer_of_the_responses_api_can_be_sent_to_chat_completions(server, make):
    server.says(events([*OUTPUTS["a web search"], call("{}")]))
    answer = make(use_responses_api=True).invoke("hi")
    server.says([{"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}}]}])
    list(make().stream([answer, ToolMessage("1", tool_call_id="call_1")]))
    assert server.body["messages"][0] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "found"}],
        "tool_calls": [
            {"type": "function", "id": "call_1", "function": {"name": "weather", "arguments": "{}"}}
        ],
    }


# ---- by reference


def test_only_what_came_after_the_latest_answer_is_sent(server, make):
    server.says(events([message(text("4", CITATION))]))
    model = make(use_previous_response_id=True)
    answer = model.invoke("2 + 2?")
    assert "previous_response_id" not in server.body
    model.invoke(["2 + 2?", answer, "sure?"])
    assert server.body["previous_response_id"] == "resp_1"
    assert server.body["input"] == [said("user", "sure?")]
    model.invoke(["2 + 2?", answer, "sure?"], previous_response_id="resp_0")
    assert server.body["previous_response_id"] == "resp_0"
    assert len(server.body["input"]) == 3


def test_answers_of_others_are_not_referred_to():
    messages = [
        HumanMessage("hi"),
        AIMessage("ho", response_metadata={"id": "chatcmpl-1"}),
        HumanMessage("?"),
    ]
    assert since_last_response(messages) == (messages, None)
