"""What tools give back to the model."""

from uuid import UUID

import pytest

from eventflow.messages import ToolMessage


@pytest.mark.parametrize(
    ("given", "content"),
    [
        (None, "None"),
        (42, "42"),
        ({"a": 1}, "{'a': 1}"),
        ("x", "x"),
        ([1, {"type": "text", "text": "y"}, "z"], ["1", {"type": "text", "text": "y"}, "z"]),
        (("a", 2), ["a", "2"]),
    ],
)
def test_content_may_be_anything(given, content):
    assert ToolMessage(given, tool_call_id="1").content == content


@pytest.mark.parametrize(("given", "id"), [(3, "3"), (UUID(int=0), str(UUID(int=0))), ("x", "x")])
def test_id_of_the_call_becomes_text(given, id):
    assert ToolMessage("x", tool_call_id=given).tool_call_id == id


def test_id_of_the_call_is_needed():
    with pytest.raises(TypeError, match="tool_call_id"):
        ToolMessage("x")
    with pytest.raises(ValueError, match=r"ToolMessage\.tool_call_id must be a str, not NoneType"):
        ToolMessage("x", tool_call_id=None)


def test_status_is_success_or_error():
    assert ToolMessage("x", tool_call_id="1").status == "success"
    assert ToolMessage("x", tool_call_id="1", status="error").status == "error"
    with pytest.raises(ValueError, match=r"ToolMessage\.status must be 'success' or 'error'"):
        ToolMessage("x", tool_call_id="1", status="odd")


def test_repr_leaves_out_what_the_model_does_not_see():
    message = ToolMessage("x", tool_call_id="1", additional_kwargs={"a": 1})
    assert repr(message) == "ToolMessage(content='x', tool_call_id='1')"
    assert message.model_dump()["additional_kwargs"] == {"a": 1}
