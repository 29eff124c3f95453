"""Messages do in pydantic models what pydantic models do there."""

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json, to_jsonable_python

from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    ChatGeneration,
    ChatMessage,
    ChatPromptValue,
    Generation,
    HumanMessage,
    StringPromptValue,
    ToolMessage,
)


class State(BaseModel):
    """What a user's model looks like."""

    messages: list[BaseMessage] = []
    answer: AIMessage | None = None
    anything: Any = None


def test_instances_stay_the_objects_they_are():
    message = AIMessageChunk("x")
    state = State(messages=[message], answer=message)
    assert state.messages[0] is message
    assert state.answer is message


def test_dictionaries_become_the_kind_that_type_names():
    state = State(
        messages=[{"type": "human", "content": "x"}, {"type": "tool", "content": "y", "tool_call_id": "1"}],
        answer={"content": "z"},
    )
    assert state.messages == [HumanMessage("x"), ToolMessage("y", tool_call_id="1")]
    assert state.answer == AIMessage("z")


@pytest.mark.parametrize("mode", ["python", "json"])
def test_models_survive_a_dump_and_a_load(mode):
    state = State(
        messages=[
            HumanMessage("x", id="1"),
            AIMessage("y", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
        ],
        answer=AIMessageChunk("a") + AIMessageChunk("b"),
    )
    assert State.model_validate(state.model_dump(mode=mode)) == state
    assert State.model_validate_json(state.model_dump_json()) == state


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"messages": ["hi"]}, "expected a dictionary or an instance of BaseMessage, got str"),
        ({"messages": [{"content": "x"}]}, "needs a 'type' to become a message"),
        ({"messages": [{"type": "human"}]}, "content must be a str"),
        ({"messages": [{"type": "tool", "content": "x"}]}, "tool_call_id"),
        ({"answer": {"type": "human", "content": "x"}}, "can only be 'ai'"),
        ({"answer": HumanMessage("x")}, "instance of AIMessage"),
    ],
)
def test_what_does_not_fit_is_a_validation_error(fields, complaint):
    with pytest.raises(ValidationError, match=complaint):
        State(**fields)


def test_a_message_of_unknown_type_is_a_plain_message():
    message = State(messages=[{"type": "smoke", "content": "x"}]).messages[0]
    assert type(message) is BaseMessage
    assert message.type == "smoke"


def test_messages_under_any_are_dumped_too():
    state = State(anything={"deep": [HumanMessage("x")], "prompt": StringPromptValue(text="p")})
    assert state.model_dump()["anything"]["deep"][0]["type"] == "human"
    assert '"text":"p"' in state.model_dump_json()
    assert to_jsonable_python([HumanMessage("x")])[0]["content"] == "x"
    assert b'"content":"x"' in to_json({"m": HumanMessage("x")})


def test_any_message_reads_types_and_roles():
    adapter: TypeAdapter[Any] = TypeAdapter(AnyMessage)
    assert adapter.validate_python({"type": "human", "content": "x"}) == HumanMessage("x")
    assert adapter.validate_python({"role": "user", "content": "x"}) == HumanMessage("x")
    message = AIMessage("x")
    assert adapter.validate_python(message) is message
    assert adapter.dump_python(message) == message.model_dump()
    for wrong in ("x", ("user", "x"), {"content": "x"}, {"role": "nobody", "content": "x"}):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_json_schema_tells_fields_and_types():
    schema = State.model_json_schema()
    answer = schema["properties"]["answer"]["anyOf"][0]
    assert answer["properties"]["type"]["const"] == "ai"
    assert answer["required"] == ["content"]
    assert "tool_calls" in answer["properties"]
    kinds = TypeAdapter(AnyMessage).json_schema()["oneOf"]
    assert {"human", "ai", "tool", "AIMessageChunk"} <= {
        kind["properties"]["type"]["const"] for kind in kinds
    }
    assert ToolMessage.model_json_schema()["required"] == ["content", "tool_call_id"]


def test_dump_can_leave_things_out():
    message = AIMessage("x", id="1", mood="good")
    assert message.model_dump(exclude_defaults=True) == {"content": "x", "id": "1", "mood": "good"}
    assert message.model_dump(exclude_unset=True) == {"content": "x", "id": "1", "mood": "good"}
    assert message.model_dump(include={"content"}) == {"content": "x"}
    assert "id" not in message.model_dump(exclude={"id"})
    assert None not in message.model_dump(exclude_none=True).values()


def test_dump_knows_its_options():
    message = HumanMessage("x")
    assert message.model_dump(by_alias=True, round_trip=True) == message.model_dump()
    assert (
        message.model_dump_json(exclude={"id"}, exclude_none=True, exclude_defaults=True) == '{"content":"x"}'
    )
    for dump in (message.model_dump, message.model_dump_json):
        with pytest.raises(TypeError, match=r"unknown options of a dump: \['exclude_nothing'\]"):
            dump(exclude_nothing=True)


def test_dict_of_a_message_has_its_fields():
    message = AIMessageChunk("a", mood="good") + AIMessageChunk("b")
    assert dict(message) == message.model_dump()


def test_dump_is_apart_from_the_message():
    message = HumanMessage([{"type": "text", "text": "x"}], additional_kwargs={"deep": [1]})
    dumped = message.model_dump()
    dumped["content"][0]["text"] = "y"
    dumped["additional_kwargs"]["deep"].append(2)
    assert message == HumanMessage([{"type": "text", "text": "x"}], additional_kwargs={"deep": [1]})


def test_dump_in_mode_json_is_json():
    class Weather(BaseModel):
        city: str

    message = ToolMessage("x", tool_call_id="1", artifact=Weather(city="Paris"))
    assert message.model_dump(mode="json")["artifact"] == {"city": "Paris"}
    assert '"artifact":{"city":"Paris"}' in message.model_dump_json()
    assert message.model_dump_json(indent=1).startswith('{\n "content"')


@pytest.mark.parametrize(
    "model",
    [
        HumanMessage("x", id="1"),
        ChatMessage("x", role="judge"),
        StringPromptValue(text="x"),
        ChatPromptValue(messages=[HumanMessage("x")]),
        Generation("x", {"finish": "stop"}),
        ChatGeneration(message=AIMessage("x")),
    ],
)
def test_json_text_is_read_back(model):
    assert type(model).model_validate_json(model.model_dump_json()) == model


def test_validate_refuses_what_is_neither_instance_nor_dictionary():
    with pytest.raises(
        ValueError, match="expected a dictionary or an instance of HumanMessage, got AIMessage"
    ):
        HumanMessage.model_validate(AIMessage("x"))
