"""What a model's answer carries beside its content."""

import pytest

from eventflow.messages import AIMessage

CALL = {"name": "f", "args": {"a": 1}, "id": "c1"}
IN_THE_FORM_OF_OPENAI = {"tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}]}


def test_calls_get_their_type():
    assert AIMessage("", tool_calls=[CALL]).tool_calls == [{**CALL, "type": "tool_call"}]


def test_calls_are_read_from_the_form_of_openai():
    message = AIMessage("", additional_kwargs=IN_THE_FORM_OF_OPENAI)
    assert message.tool_calls == [{**CALL, "type": "tool_call"}]
    assert message.invalid_tool_calls == []
    assert message == AIMessage("", additional_kwargs=IN_THE_FORM_OF_OPENAI, tool_calls=[])


def test_calls_that_are_given_win_over_the_form_of_openai():
    message = AIMessage("", additional_kwargs=IN_THE_FORM_OF_OPENAI, tool_calls=[{**CALL, "name": "g"}])
    assert [call["name"] for call in message.tool_calls] == ["g"]
    assert message.invalid_tool_calls == []


def test_arguments_that_are_cut_off_make_an_invalid_call():
    raw = {
        "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"a": 1'}}, {"type": "custom"}]
    }
    message = AIMessage("", additional_kwargs=raw)
    assert message.tool_calls == []
    [invalid] = message.invalid_tool_calls
    assert (invalid["name"], invalid["args"], invalid["id"]) == ("f", '{"a": 1', "c1")
    assert "not a complete JSON object" in (invalid["error"] or "")


def test_calls_among_content_blocks_are_tool_calls():
    block = {"type": "tool_call", **CALL, "extras": {"cached": True}}
    message = AIMessage(content_blocks=[{"type": "text", "text": "x"}, block])
    assert message.tool_calls == [block]
    assert message.content == [{"type": "text", "text": "x"}, block]


@pytest.mark.parametrize(
    "fields",
    [
        {"tool_calls": None},
        {"tool_calls": ["f"]},
        {"tool_calls": [{"name": "f"}]},
        {"tool_calls": [{"name": "f", "args": "{}", "id": "1"}]},
        {"tool_calls": [{"name": "f", "args": {}, "id": 1}]},
        {"invalid_tool_calls": [{"args": {}}]},
        {"usage_metadata": {"input_tokens": 1}},
        {"usage_metadata": {"input_tokens": "1", "output_tokens": 1, "total_tokens": 1}},
        {"usage_metadata": 3},
    ],
)
def test_malformed_calls_and_counts_are_refused(fields):
    [name] = fields
    with pytest.raises(ValueError, match=rf"AIMessage\.{name} must be"):
        AIMessage("x", **fields)


def test_pretty_repr_has_no_empty_lines_where_there_is_no_text():
    assert AIMessage("", tool_calls=[{**CALL, "args": {}}]).pretty_repr().splitlines()[1:] == [
        "Tool Calls:",
        "  f (c1)",
        " Call ID: c1",
        "  Args:",
    ]


def test_pretty_repr_shows_calls():
    message = AIMessage(
        "x",
        tool_calls=[{**CALL, "args": {"a": 1, "b": "z"}}],
        invalid_tool_calls=[{"name": "g", "args": "{", "id": "c2", "error": "cut off"}],
    )
    assert message.pretty_repr().splitlines()[1:] == [
        "",
        "x",
        "Tool Calls:",
        "  f (c1)",
        " Call ID: c1",
        "  Args:",
        "    a: 1",
        "    b: z",
        "Invalid Tool Calls:",
        "  g (c2)",
        " Call ID: c2",
        "  Error: cut off",
        "  Args:",
        "    {",
    ]
