"""What a tool gives, as a message."""

import pytest

from eventflow import AIMessage, ToolMessage
from eventflow.tools.output import as_tool_message

BLOCKS = [{"type": "text", "text": "a"}, "b", {"type": "image_url", "image_url": {"url": "u"}}]


@pytest.mark.parametrize(
    ("output", "content"),
    [
        ("text", "text"),
        (1, "1"),
        (None, "null"),
        (True, "true"),
        ({"é": [1]}, '{"é": [1]}'),
        ((1, 2), "[1, 2]"),
        ([1, 2], "[1, 2]"),
        ([], []),
        (BLOCKS, BLOCKS),
        ([{"type": "unknown"}], '[{"type": "unknown"}]'),
        ({1, 2}, "{1, 2}"),
        ({"a": {1}}, "{'a': {1}}"),
        (b"x", "b'x'"),
        (AIMessage("hi"), str(AIMessage("hi"))),
    ],
)
def test_content(output, content):
    message = as_tool_message(output, tool_call_id="c", name="t")
    assert message == ToolMessage(content, tool_call_id="c", name="t", status="success")


def test_a_circle_has_no_json():
    circle: list[object] = []
    circle.append(circle)
    assert as_tool_message(circle, tool_call_id="c", name="t").content == "[[...]]"


def test_a_tool_message_is_its_own():
    message = ToolMessage("x", tool_call_id="other", artifact=1)
    assert as_tool_message(message, tool_call_id="c", name="t") is message


def test_status():
    assert as_tool_message("no", tool_call_id="c", name="t", status="error").status == "error"
