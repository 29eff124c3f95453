"""What OpenAI calls who speaks."""

import pytest

from eventflow.messages import (
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)
from eventflow.messages.roles import openai_role


@pytest.mark.parametrize(
    ("message", "role"),
    [
        (HumanMessage(""), "user"),
        (AIMessageChunk(""), "assistant"),
        (SystemMessage(""), "system"),
        (convert_to_messages([("developer", "")])[0], "developer"),
        (ToolMessage("", tool_call_id="1"), "tool"),
        (FunctionMessage("", name="f"), "function"),
        (ChatMessage("", role="judge"), "judge"),
    ],
)
def test_roles(message, role):
    assert openai_role(message) == role


def test_what_nobody_says():
    with pytest.raises(ValueError, match="a RemoveMessage has no role"):
        openai_role(RemoveMessage(id="1"))
