"""Types and schemas of runnables: where they come from, and that nobody pays who does not ask."""

import operator
import typing
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import (
    AIMessage,
    ConfigurableField,
    PromptTemplate,
    Runnable,
    RunnableBranch,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnablePick,
    RunnableSequence,
    RunnableSerializable,
)
from eventflow.runnables import shapes

T = TypeVar("T")


class Keys(typing.TypedDict):  # which pydantic takes from Python 3.12 on only
    a: int
    b: typing.NotRequired[str]


class Point(BaseModel):
    x: int


def count(x: int) -> int:
    return x + 1


def keys(x: Keys) -> Keys:
    return x


def fields(schema):
    return list(schema.model_json_schema().get("properties", {}))


# ---- types


class ToInt(Runnable[T, int], Generic[T]):
    def _do_invoke(self, input, run, **kwargs):
        return 1


class FromText(ToInt[str]): ...


class Told(FromText):
    @property
    def InputType(self):
        return bytes


class Serializable(RunnableSerializable[list[int], dict[str, int]]): ...


@pytest.mark.parametrize(
    ("runnable", "takes", "gives"),
    [
        (ToInt(), Any, int),
        (FromText(), str, int),
        (Told(), bytes, int),
        (Serializable(), list[int], dict[str, int]),
        (FromText() | count | RunnableLambda(str), str, Any),
        (RunnableParallel(a=lambda x: x, b=FromText()), str, dict[str, Any]),
        (RunnableParallel({}), Any, dict[str, Any]),
        (RunnableBranch((FromText(), count), lambda x: x), int, Any),
        (RunnableBranch((lambda x: x, count), count), int, int),
        (FromText().map(), list[str], list[int]),
        (FromText().with_retry(), str, int),
        (FromText().with_fallbacks([count]), str, int),
        (FromText().bind(), str, int),
        (FromText().with_types(output_type=float).bind(), str, float),
        (RunnablePassthrough(input_type=int), int, int),
        (RunnablePick("a"), dict[str, Any], Any),
        (PromptTemplate.from_template("{a}"), dict[str, Any], PromptTemplate.from_template("").OutputType),
    ],
)
def test_types(runnable, takes, gives):
    assert (runnable.InputType, runnable.OutputType) == (takes, gives)


def test_a_type_of_ones_own_is_in_the_schema():
    assert Told().get_input_jsonschema() == {"title": "ToldInput", "type": "string", "format": "binary"}


# ---- schemas


def test_schemas_check_values():
    schema = RunnableLambda(count).input_schema
    assert schema.model_validate(1).root == 1
    with pytest.raises(ValidationError):
        schema.model_validate("one")
    assert RunnableLambda(keys).get_input_schema().model_validate({"a": 1}).a == 1


def test_schemas_of_messages():
    def answer(x: AIMessage) -> list[AIMessage]:
        return [x]

    runnable = RunnableLambda(answer)
    assert "content" in fields(runnable.input_schema)
    assert runnable.output_schema.model_validate([AIMessage("hi")]).root == [AIMessage("hi")]


def test_typed_dicts_of_every_kind_are_objects():
    assert RunnableLambda(keys).get_input_jsonschema()["required"] == ["a"]
    together = RunnableParallel(a=keys, b=operator.itemgetter("c"))
    assert fields(together.input_schema) == ["a", "b", "c"]
    assert together.get_output_jsonschema()["properties"]["a"] == {"$ref": "#/$defs/Keys"}


def test_a_sequence_looks_through_what_passes_its_input_on():
    prompt = PromptTemplate.from_template("{a} {b} {c}")
    added = RunnablePassthrough.assign(a=lambda x: x["q"])
    assert fields((added | prompt).input_schema) == ["q", "b", "c"]
    again = RunnablePassthrough.assign(b=lambda x: x["a"], c=lambda x: x.get("r"))
    assert fields((added | again | prompt).input_schema) == ["q", "r"]
    assert fields((added | again).output_schema) == ["q", "a", "b", "c"]
    assert fields((added | again | RunnablePick(["b", "q"])).output_schema) == ["b", "q"]
    assert RunnableSequence(added, again, name="Both").input_schema.__name__ == "BothInput"


def test_a_key_that_nothing_is_known_of():
    picked = RunnableParallel(a=count) | RunnablePick("other")
    assert picked.get_output_jsonschema() == {"title": "RunnableSequenceOutput"}
    assert fields((RunnableParallel(a=count) | RunnablePick(["a", "other"])).output_schema) == ["a"]


def test_a_sequence_asks_only_the_steps_that_matter():
    class Silent(Runnable[Any, Any]):
        def get_input_schema(self, config=None):
            raise AssertionError("nobody needs to know")

        get_output_schema = get_input_schema

    sequence = RunnableLambda(count) | Silent() | count
    assert sequence.get_input_jsonschema() == {"title": "count_input", "type": "integer"}
    assert sequence.get_output_jsonschema() == {"title": "count_output", "type": "integer"}


def test_nothing_is_made_before_it_is_asked_for(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a schema was made")

    monkeypatch.setattr(shapes, "create_model", refuse)

    def other(x: float) -> float:  # no model of it is there from another test
        return x

    chain = (
        RunnableLambda(other) | {"a": other} | RunnablePassthrough.assign(b=lambda x: x["a"]).with_retry()
    ).with_types(input_type=complex)
    assert chain.invoke(1) == {"a": 1, "b": 1}
    with pytest.raises(AssertionError, match="a schema was made"):
        chain.get_input_schema()


# ---- configs


def test_config_schema_has_the_keys_that_are_asked_for():
    schema = RunnableLambda(count).config_schema(include=["tags", "callbacks", "run_id", "configurable"])
    assert fields(schema) == ["tags", "callbacks", "run_id"]
    assert schema(tags=["a"], callbacks=[print]).tags == ["a"]
    with pytest.raises(ValidationError):
        schema(tags="a")


def test_unknown_keys_are_refused():
    with pytest.raises(ValueError, match=r"include has \['tag'\]: a config has .*tags, "):
        RunnableLambda(count).config_schema(include=["tag"])


class Repeat(RunnableSerializable[str, str]):
    times: int = 2


def test_config_schema_checks_what_can_be_configured():
    runnable = Repeat().configurable_fields(times=ConfigurableField("model_n", description="how often"))
    schema = (runnable | count).config_schema()
    assert schema(configurable={"model_n": "3"}).configurable.model_n == 3
    with pytest.raises(ValidationError):
        schema(configurable={"model_n": "many"})


def test_specs_of_all_that_is_inside():
    n = Repeat().configurable_fields(times=ConfigurableField("n"))
    m = Repeat().configurable_fields(times=ConfigurableField("m"))
    inside = [
        n | m,
        RunnableParallel(a=m, b=n),
        RunnableBranch((n, m), count),
        RunnablePassthrough.assign(a=m | n),
        n.with_fallbacks([m.with_retry()]),
        (n | m).map().bind().with_config(tags=["t"]),
        RunnableLambda(lambda x: [n.invoke(x), m.invoke(x)]),
    ]
    assert [[spec.id for spec in runnable.config_specs] for runnable in inside] == [["m", "n"]] * len(inside)


def test_one_id_for_two_things_is_refused():
    twice = Repeat().configurable_fields(times=ConfigurableField("n")) | Repeat(times=3).configurable_fields(
        times=ConfigurableField("n", name="N")
    )
    with pytest.raises(
        ValueError, match=r"RunnableSequence .* specs for n, which differ in name, default: give"
    ):
        twice.config_specs  # noqa: B018
