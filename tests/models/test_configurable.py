"""`ConfigurableChatModel`: which model it is, its config says."""

import copy
from typing import Any

import pytest
from pydantic import BaseModel

from eventflow import (
    AIMessage,
    ChatPromptTemplate,
    ConfigurableField,
    FakeListChatModel,
    RunnableLambda,
    ScriptedChatModel,
    listen,
)
from eventflow.models import init_chat_model, register_chat_model

made: list[dict[str, Any]] = []


def parrot(**kwargs: Any) -> ScriptedChatModel:
    """A model that says what it was made with."""
    made.append(kwargs)
    words = " ".join(f"{key}={value}" for key, value in sorted(kwargs.items()))
    return ScriptedChatModel(
        [words, "!"], loop=True, **({"name": kwargs["model"]} if "model" in kwargs else {})
    )


@pytest.fixture(autouse=True)
def _providers():
    made.clear()
    with register_chat_model("parrots", parrot), register_chat_model("owls", parrot):
        yield


def at(**values: Any) -> Any:
    return {"configurable": values}


async def test_without_a_model_the_config_chooses_it():
    model = init_chat_model(volume=2)
    chosen = at(model="parrots:polly")
    assert model.invoke("Hi", chosen).text == "model=polly volume=2!"
    assert (await model.ainvoke("Hi", chosen)).text == "model=polly volume=2!"
    assert [c.text for c in model.stream("Hi", chosen)] == ["model=polly volume=2", "!"]
    assert [c.text async for c in model.astream("Hi", chosen)] == ["model=polly volume=2", "!"]
    assert [a.text for a in model.batch(["Hi", "Ho"], chosen)] == ["model=polly volume=2!"] * 2
    assert model.invoke("Hi", at(model="jane", model_provider="parrots")).text == "model=jane volume=2!"


def test_a_call_without_a_choice_is_refused():
    with pytest.raises(
        ValueError, match="no model was chosen: give init_chat_model one, or the call a config"
    ):
        init_chat_model().invoke("Hi")


def test_a_default_that_the_config_changes():
    model = init_chat_model(
        "parrots:polly", volume=2, configurable_fields=["model", "volume"], config_prefix="a"
    )
    assert model.invoke("Hi").text == "model=polly volume=2!"
    assert model.invoke("Hi", at(a_volume=3, volume=9, a_other=1)).text == "model=polly volume=3!"
    assert model.invoke("Hi", at(a_model="owls:hedwig")).text == "model=hedwig volume=2!"


def test_several_in_one_chain_with_prefixes():
    first = init_chat_model("parrots:a", configurable_fields=("model",), config_prefix="first")
    second = init_chat_model("parrots:b", configurable_fields=("model",), config_prefix="second_")
    chain = first | (lambda answer: answer.text) | second
    with listen(include_types=["chat_model"], phases=["end"]) as events:
        chain.invoke("Hi", at(second_model="owls:c"))
    assert [event["data"]["output"].text for event in events] == ["model=a!", "model=c!"]


def test_any_field_and_what_is_never_one():
    model = init_chat_model("parrots:polly", configurable_fields="any")
    config = at(volume=3, base_url="http://elsewhere", thread_id="7", checkpoint_ns="", __pregel_read="s")
    assert model.invoke("Hi", config).text == "base_url=http://elsewhere model=polly volume=3!"


def test_the_runs_around_it_configure_it():
    model = init_chat_model()
    chain = RunnableLambda(lambda x: model.invoke(x).text)
    assert chain.invoke("Hi", at(model="parrots:polly")) == "model=polly!"
    assert (ChatPromptTemplate.from_template("{q}") | model).invoke(
        {"q": 1}, at(model="parrots:a")
    ).text == "model=a!"


def test_a_model_is_made_once_for_each_choice():
    model = init_chat_model(volume=[1])
    for name in ("parrots:a", "parrots:b", "parrots:a"):
        model.invoke("Hi", at(model=name))
        model.bind_tools([]).invoke("Hi", at(model=name))
        model.with_config(configurable={"model": name}).invoke("Hi")
    assert [kwargs["model"] for kwargs in made] == ["a", "b"]


def test_as_many_are_kept_as_are_used_and_no_more():
    model = init_chat_model("parrots:a", configurable_fields=["volume"])
    for volume in [*range(20), 19, 0]:
        model.invoke("Hi", at(volume=volume))
    assert [kwargs["volume"] for kwargs in made] == [*range(20), 0]


def test_equal_is_not_the_same():
    model = init_chat_model("parrots:a", configurable_fields=["volume"])
    assert [model.invoke("Hi", at(volume=v)).text for v in (1, True, 1.0)] == [
        "model=a volume=1!",
        "model=a volume=True!",
        "model=a volume=1.0!",
    ]


def test_a_choice_that_cannot_be_compared_is_made_anew():
    model = init_chat_model("parrots:a", configurable_fields=["stop"])
    for _ in range(2):
        assert model.invoke("Hi", at(stop=["."])).text == "model=a stop=['.']!"
    assert len(made) == 2


def test_tools_are_bound_to_whichever_is_chosen():
    models: list[ScriptedChatModel] = []

    def keep(*, model: str) -> ScriptedChatModel:
        models.append(ScriptedChatModel(model, loop=True))
        return models[-1]

    with register_chat_model("kept", keep):
        model = init_chat_model().bind_tools(["a tool"], tool_choice="any")
        model.invoke("Hi", at(model="kept:a"))
        model.invoke("Hi", at(model="kept:b"))
    assert [m.calls[0].tools for m in models] == [["a tool"], ["a tool"]]
    assert models[0].calls[0].kwargs["tool_choice"] == "any"


def test_queued_methods_in_order():
    class Structured(FakeListChatModel):
        told: list[Any] = []  # noqa: RUF012
        responses: list[str] = ["x"]  # noqa: RUF012
        model: str = ""

        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return self.model_copy(update={"told": [*self.told, ("tools", tools, kwargs)]})

        def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
            return RunnableLambda(lambda x: [*self.told, ("schema", schema, kwargs)])

    with register_chat_model("structured", Structured):
        model = init_chat_model().bind_tools([1], strict=True).with_structured_output(dict, include_raw=True)
        assert model.invoke("Hi", at(model="structured:a")) == [
            ("tools", [1], {"strict": True}),
            ("schema", dict, {"include_raw": True}),
        ]
    assert not model.gives_snapshots(False)
    assert init_chat_model().with_structured_output(dict).gives_snapshots(False)


class Answer(BaseModel):
    """An answer."""

    words: list[str]


async def test_structured_output_is_streamed_as_by_the_model_itself():
    def caller(*, model: str) -> ScriptedChatModel:
        pieces: list[Any] = [{"name": "Answer", "args": '{"words": ["a"', "id": "1", "index": 0}]
        pieces += [{"args": args, "index": 0} for args in (', "b"', "]}")]
        return ScriptedChatModel(pieces, loop=True)

    with register_chat_model("callers", caller):
        chosen = at(model="callers:m")
        by_hand = ChatPromptTemplate.from_template("{q}") | caller(model="m").with_structured_output(Answer)
        chain = ChatPromptTemplate.from_template("{q}") | init_chat_model().with_structured_output(Answer)
        assert chain.invoke({"q": 1}, chosen) == Answer(words=["a", "b"])
        chunks = [*chain.stream({"q": 1}, chosen)]
        assert chunks == [*by_hand.stream({"q": 1})]
        assert chunks == [chunk async for chunk in chain.astream({"q": 1}, chosen)]
        *_, last = chain.stream_events({"q": 1}, chosen)
    assert last["data"]["output"] == chunks[-1] == Answer(words=["a", "b"])


def test_with_config_is_a_default_of_what_is_configurable():
    model = init_chat_model().with_config(at(model="parrots:a", other=1), tags=["mine"])
    assert repr(model).startswith("ConfigurableChatModel(model='parrots:a', ")
    with listen(phases=["end"]) as events:
        assert model.invoke("Hi").text == "model=a!"
        assert model.bind_tools([]).invoke("Hi").text == "model=a!"
        assert model.invoke("Hi", at(model="owls:b")).text == "model=b!"
        assert RunnableLambda(lambda x: model.invoke(x)).invoke("Hi", at(model="owls:c")).text == "model=c!"
    assert [event["tags"] for event in events if event["event"] == "on_chat_model_end"] == [["mine"]] * 4


def test_with_config_leaves_to_others_what_is_theirs():
    seen: list[Any] = []

    def look(*, model: str, **kwargs: Any) -> Any:
        return FakeListChatModel(responses=[f"{model} {kwargs}"]).configurable_fields(
            responses=ConfigurableField("volume")
        )

    with register_chat_model("lookers", look):
        model = init_chat_model("lookers:a", configurable_fields=["volume"], config_prefix="a")
        both = model.with_config(at(a_volume=3, volume=["theirs"]))
        seen += [both.invoke("Hi").text, both.invoke("Hi", at(volume=["mine"])).text]
    assert seen == ["theirs", "mine"]


def test_any_name_of_a_key_will_do():
    model = init_chat_model("parrots:a", configurable_fields="any")
    assert model.invoke("Hi", at(self=1, changes=2)).text == "changes=2 model=a self=1!"


def test_retries_and_fallbacks_ask_the_config_each_time():
    model = init_chat_model()
    safe = model.with_retry(wait_exponential_jitter=False).with_fallbacks([lambda x: AIMessage("sorry")])
    assert safe.invoke("Hi", at(model="parrots:a")).text == "model=a!"
    assert safe.invoke("Hi", at(model="nobody:a")).text == "sorry"


@pytest.mark.parametrize("version", [None, "v2"])
def test_its_events_are_those_of_the_model(version):
    chain = ChatPromptTemplate.from_template("{q}") | init_chat_model()
    config = at(model="parrots:a")
    events = list(chain.stream_events({"q": "Hi"}, config, version=version))
    told = [
        (e["event"], e["name"]) for e in events if "chain" not in e["event"] and "prompt" not in e["event"]
    ]
    assert told == [
        ("on_chat_model_start", "a"),
        ("on_chat_model_stream", "a"),
        ("on_chat_model_stream", "a"),
        ("on_chat_model_end", "a"),
    ]
    assert len({e["run_id"] for e in events}) == 3
    model_event = next(e for e in events if e["event"] == "on_chat_model_start")
    assert model_event["tags"] == ["seq:step:2"]
    assert len(model_event["parent_ids"]) == 1


def test_attributes_are_those_of_the_default():
    model = init_chat_model("parrots:a", configurable_fields=["volume"])
    assert model.turns
    with pytest.raises(AttributeError, match="'ScriptedChatModel' object has no attribute 'nonsense'"):
        _ = model.nonsense


def test_without_a_default_there_are_no_attributes():
    model = init_chat_model(volume=2)
    assert not hasattr(model, "turns")
    with pytest.raises(
        AttributeError, match=r"ConfigurableChatModel has no 'turns' before a model is chosen: give "
    ):
        _ = model.turns
    assert init_chat_model().with_config(at(model="parrots:a")).turns
    assert made == [{"model": "a"}]


def test_looking_at_it_chooses_nothing():
    model = init_chat_model()
    chain = ChatPromptTemplate.from_template("{q}") | model
    assert chain.get_graph().draw_mermaid()
    assert chain.get_prompts() == [chain.steps[0]]
    assert "anyOf" in str(model.get_input_jsonschema())
    assert model.get_output_jsonschema()
    assert model.with_structured_output({}).get_output_jsonschema()
    assert copy.deepcopy(model).invoke("Hi", at(model="parrots:a")).text == "model=a!"
    assert len(made) == 1


def test_what_can_be_configured_is_in_the_config_schema():
    model = init_chat_model(configurable_fields=["model", "volume"], config_prefix="a")
    assert [spec.id for spec in model.config_specs] == ["a_model", "a_volume"]
    assert "a_volume" in str((model | str).get_config_jsonschema())
    assert init_chat_model(configurable_fields="any").config_specs == []


def test_repr():
    assert repr(init_chat_model("parrots:a", key="s", configurable_fields="any", config_prefix="x")) == (
        "ConfigurableChatModel(model='parrots:a', configurable_fields='any', config_prefix='x_')"
    )
