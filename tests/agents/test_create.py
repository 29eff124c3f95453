"""`create_agent`: the same agent under the names of `langchain.agents`."""

from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from eventflow import ScriptedChatModel, SystemMessage
from eventflow.agents import create_agent
from eventflow.graph import MessagesState

HI: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def test_nodes_are_called_model_and_tools():
    model = ScriptedChatModel({"name": "weather", "args": {"city": "sf"}, "id": "1"}, "done")
    agent = create_agent(model, [weather], system_prompt="be kind")
    parts = list(agent.stream(HI, stream_mode="updates"))
    assert [next(iter(part)) for part in parts] == ["model", "tools", "model"]
    assert model.calls[0].messages[0] == SystemMessage("be kind")


def test_a_state_without_steps():
    class State(MessagesState):
        user: str

    agent = create_agent(ScriptedChatModel("done"), state_schema=State)
    assert agent.invoke({**HI, "user": "ann"})["user"] == "ann"


def test_a_value_in_the_end():
    class Answer(BaseModel):
        """The answer."""

        text: str

    model = ScriptedChatModel("x", {"name": "Answer", "args": {"text": "y"}, "id": "1"})
    assert create_agent(model, response_format=Answer).invoke(HI)["structured_response"] == Answer(text="y")


def test_middleware_is_refused():
    with pytest.raises(NotImplementedError, match=r"middleware \(int\).*pre_model_hook"):
        create_agent(ScriptedChatModel("x"), middleware=[1])


def test_a_state_without_messages_is_refused():
    class State(TypedDict):
        x: int

    with pytest.raises(ValueError, match=r"Missing required key\(s\) messages in state_schema: State"):
        create_agent(ScriptedChatModel("x"), state_schema=State)
