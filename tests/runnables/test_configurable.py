"""Fields and alternatives: resolved at the call, from its config and from the runs around it, without a run."""

import asyncio
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr, ValidationError

from eventflow import (
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    PromptTemplate,
    Runnable,
    RunnableConfigurableAlternatives,
    RunnableConfigurableFields,
    RunnableLambda,
    RunnableParallel,
    RunnableSerializable,
    chain,
    listen,
)


class Repeat(RunnableSerializable[str, str]):
    times: int = 2
    tail: str = Field(default="", alias="end")
    secret: SecretStr | None = None

    def _do_stream(self, input, run, **kwargs):
        for _ in range(self.times):
            yield input + self.tail

    def shown(self, config: Any = None) -> tuple[int, Any]:
        """Takes a config, as methods of models do."""
        return self.times, config


@pytest.fixture
def repeat():
    return Repeat(end=".").configurable_fields(times=ConfigurableField("n"), tail=ConfigurableField("end"))


def n(value: Any, **others: Any) -> dict[str, Any]:
    return {"configurable": {"n": value, **others}}


# ---- all verbs


async def achunks(stream):
    return [chunk async for chunk in stream]


async def asource(*items):
    for item in items:
        yield item


@pytest.mark.parametrize("config", [None, n(3), n(1, end="!"), {"n": 3}, {"tags": ["t"]}])
async def test_every_verb_resolves(repeat, config):
    times = 3 if config in (n(3), {"n": 3}) else 1 if config and "configurable" in config else 2
    piece = "a!" if times == 1 else "a."
    whole = piece * times
    assert repeat.invoke("a", config) == await repeat.ainvoke("a", config) == whole
    assert list(repeat.stream("a", config)) == await achunks(repeat.astream("a", config)) == [piece] * times
    assert list(repeat.transform(iter("a"), config)) == [piece] * times
    assert await achunks(repeat.atransform(asource("a"), config)) == [piece] * times
    assert repeat.batch(["a", "a"], config) == await repeat.abatch(["a", "a"], config) == [whole, whole]
    assert list(repeat.batch_as_completed(["a"], config)) == [(0, whole)]
    assert await achunks(repeat.abatch_as_completed(["a"], config)) == [(0, whole)]
    assert {event["name"] for event in repeat.stream_events("a", config)} == {"Repeat"}


async def test_each_input_of_a_batch_has_its_config(repeat):
    configs = [n(1), n(3), {}]
    assert repeat.batch(["a", "b", "c"], configs) == ["a.", "b.b.b.", "c.c."]
    assert await repeat.abatch(["a", "b", "c"], configs) == ["a.", "b.b.b.", "c.c."]
    assert repeat.batch(["a", "b"], [{}, {}]) == ["a.a.", "b.b."]
    assert repeat.batch([], []) == await repeat.abatch([], []) == []
    failed = repeat.batch(["a", "b"], [n(1), n("many")], return_exceptions=True)
    assert failed[0] == "a."
    assert isinstance(failed[1], ValidationError)


def test_it_has_no_run_of_its_own(repeat):
    alternatives = repeat.configurable_alternatives(ConfigurableField("which"), other=repeat)
    with listen(phases=["start"]) as events:
        (alternatives | str).invoke("a", n(1))
    assert [(event["name"], len(event["parent_ids"]), event["tags"]) for event in events] == [
        ("RunnableSequence", 0, []),
        ("Repeat", 1, ["seq:step:1"]),
        ("str", 1, ["seq:step:2"]),
    ]


# ---- where the values come from


def test_values_come_from_the_run_around(repeat):
    @chain
    def inner(x):
        return repeat.invoke(x), repeat.invoke(x, {"tags": ["t"]}), repeat.invoke(x, n(1))

    assert inner.invoke("a", n(3)) == ("a.a.a.", "a.a.a.", "a.")
    assert (RunnableLambda(str) | repeat).invoke("a", n(3)) == "a.a.a."
    assert RunnableParallel(x=repeat, y=repeat.map() | repr).invoke("a", n(1)) == {"x": "a.", "y": "['a.']"}


def test_values_come_with_a_config_that_is_passed_on(repeat):
    def outer(x, config):
        return repeat.invoke(x, config)

    assert RunnableLambda(outer).invoke("a", n(3)) == "a.a.a."


async def test_values_come_from_the_run_around_in_tasks(repeat):
    @chain
    async def inner(x):
        return await asyncio.gather(repeat.ainvoke(x), asyncio.to_thread(repeat.invoke, x))

    assert await inner.ainvoke("a", n(1)) == ["a.", "a."]


def test_with_config(repeat):
    bound = repeat.with_config(configurable={"n": 3})
    assert bound.invoke("a") == "a.a.a."
    assert bound.invoke("a", {"configurable": {"end": "!"}}) == "a!a!a!"
    assert bound.invoke("a", n(1)) == "a."
    assert (RunnableLambda(str) | bound).invoke("a") == "a.a.a."


def test_nothing_is_left_behind(repeat):
    assert repeat.invoke("a", n(3)) == "a.a.a."
    assert repeat.invoke("a") == "a.a."
    assert repeat.default.times == 2


@given(st.integers(0, 5), st.text(max_size=3), st.booleans())
def test_it_is_the_runnable_with_these_values(times, tail, watched):
    dynamic = Repeat().configurable_fields(times=ConfigurableField("n"), tail=ConfigurableField("end"))
    wanted = list(Repeat(times=times, end=tail).stream("a"))
    if watched:
        with listen():
            assert list(dynamic.stream("a", n(times, end=tail))) == wanted
    else:
        assert list(dynamic.stream("a", n(times, end=tail))) == wanted


# ---- fields


def test_values_are_checked(repeat):
    with pytest.raises(ValidationError, match="times"):
        repeat.invoke("a", n("many"))


def test_what_is_not_configured_stays():
    made = Repeat(times=1, secret=SecretStr("s")).configurable_fields(tail=ConfigurableField("end"))
    changed, _ = made.prepare({"configurable": {"end": "!"}})
    assert changed == Repeat(times=1, end="!", secret=SecretStr("s"))
    assert made.prepare()[0] is made.default


def test_a_prompt_finds_its_variables_anew():
    prompt = PromptTemplate.from_template("{a}").configurable_fields(template=ConfigurableField("template"))
    assert prompt.invoke({"b": 1}, {"configurable": {"template": "<{b}>"}}).to_string() == "<1>"


def test_unknown_fields_are_refused_without_telling_values():
    with pytest.raises(
        ValueError, match="Configuration key size not found in Repeat: available keys are name, times"
    ):
        Repeat(end="hidden").configurable_fields(size=ConfigurableField("s"))
    with pytest.raises(ValueError, match="none, for it is no RunnableSerializable"):
        RunnableLambda(str).configurable_fields(func=ConfigurableField("f"))


def test_more_fields_can_be_added(repeat):
    again = repeat.configurable_fields(times=ConfigurableField("m"))
    assert isinstance(again, RunnableConfigurableFields)
    assert again.invoke("a", {"configurable": {"m": 1, "n": 9, "end": "!"}}) == "a!"


def test_options():
    options = {"few": 1, "many": 3}
    one = Repeat().configurable_fields(times=ConfigurableFieldSingleOption("n", options, "few"))
    assert (one.invoke("a"), one.invoke("a", n("many"))) == ("a", "aaa")
    with pytest.raises(ValueError, match=r"configurable\['n'\] is 'some': there are few, many"):
        one.invoke("a", n("some"))

    class Ends(RunnableSerializable[str, list[str]]):
        ends: list[str]

        def _do_invoke(self, input, run, **kwargs):
            return [input + end for end in self.ends]

    ends = {"dot": ".", "bang": "!"}
    several = Ends(ends=[]).configurable_fields(ends=ConfigurableFieldMultiOption("e", ends, ["dot"]))
    assert several.invoke("a") == ["a."]
    assert several.invoke("a", {"configurable": {"e": ["bang", "dot"]}}) == ["a!", "a."]
    with pytest.raises(ValueError, match=r"configurable\['e'\] is 'what': there are dot, bang"):
        several.invoke("a", {"configurable": {"e": ["what"]}})


# ---- alternatives


@pytest.fixture
def case():
    return RunnableLambda(str.upper).configurable_alternatives(
        ConfigurableField("case"),
        default_key="up",
        low=RunnableLambda(str.lower),
        same=lambda: RunnableLambda(lambda x: x),
    )


@pytest.mark.parametrize(("key", "output"), [(None, "AB"), ("up", "AB"), ("low", "ab"), ("same", "aB")])
async def test_alternatives(case, key, output):
    config = {"configurable": {"case": key}} if key else {}
    assert case.invoke("aB", config) == await case.ainvoke("aB", config) == output
    assert (RunnableLambda(str) | case).invoke("aB", config) == output
    assert list(case.stream("aB", config)) == [output]


def test_unknown_alternatives_are_refused(case):
    with pytest.raises(
        ValueError, match=r"Unknown alternative: no .*configurable\['case'\].* there are up, low, same"
    ):
        case.invoke("a", {"configurable": {"case": "no"}})


def prefixed() -> RunnableConfigurableAlternatives[str, str]:
    field = {"times": ConfigurableField("n")}
    made = Repeat().configurable_fields(**field, tail=ConfigurableField("end", is_shared=True))
    return made.configurable_alternatives(
        ConfigurableField("which"),
        default_key="a",
        prefix_keys=True,
        b=Repeat(times=5).configurable_fields(**field),
    )


@pytest.mark.parametrize(
    ("configurable", "output"),
    [
        ({}, "xx"),
        ({"which==a/n": 1}, "x"),
        ({"which==b/n": 1}, "xx"),
        ({"which": "b"}, "xxxxx"),
        ({"which": "b", "which==b/n": 1, "which==a/n": 3}, "x"),
        ({"n": 3}, "xxx"),
        ({"end": "!", "which==a/n": 1}, "x!"),
    ],
)
def test_prefixes(configurable, output):
    assert prefixed().invoke("x", {"configurable": configurable}) == output
    assert (RunnableLambda(str) | prefixed()).invoke("x", {"configurable": configurable}) == output


def test_specs_have_the_prefixes():
    specs = prefixed().config_specs
    assert [spec.id for spec in specs] == ["end", "which", "which==a/n", "which==b/n"]
    assert {spec.id: spec.default for spec in specs} == {
        "end": "",
        "which": "a",
        "which==a/n": 2,
        "which==b/n": 5,
    }


def test_alternatives_of_alternatives():
    inner = RunnableLambda(lambda _: "x").configurable_alternatives(
        ConfigurableField("in"), y=lambda: const("y")
    )
    outer = inner.configurable_alternatives(ConfigurableField("out"), z=const("z"))

    def run(**configurable):
        return outer.invoke(0, {"configurable": configurable})

    assert (run(), run(**{"in": "y"}), run(out="z", **{"in": "y"})) == ("x", "y", "z")
    assert [spec.id for spec in outer.config_specs] == ["in", "out"]


def const(value: str) -> Runnable[Any, str]:
    return RunnableLambda(lambda _: value)


# ---- what else it has


def test_attributes_are_those_of_the_default(repeat):
    assert repeat.times == 2
    assert repeat.shown() == (2, {})
    assert repeat.shown(n(3)) == (3, n(3))
    assert repeat.shown(config=n(3)) == (3, n(3))
    with pytest.raises(AttributeError, match="nothing"):
        repeat.nothing  # noqa: B018


def test_it_can_be_copied(repeat):
    for copied in (copy.copy(repeat), copy.deepcopy(repeat)):
        assert copied.invoke("a", n(1)) == "a."
        assert repr(copied) == repr(repeat)


def test_prepare_says_what_is_run():
    runnable, config = prefixed().prepare({"configurable": {"which": "b", "which==b/n": 1}, "tags": ["t"]})
    assert (type(runnable), runnable.times) == (Repeat, 1)
    assert config["tags"] == ["t"]


def test_schemas_and_graphs_are_those_of_what_is_chosen(case):
    number = (
        RunnableLambda(lambda x: x)
        .with_types(input_type=int)
        .configurable_alternatives(
            ConfigurableField("which"), text=lambda: RunnableLambda(str.upper).with_types(input_type=str)
        )
    )
    chosen = {"configurable": {"which": "text"}}
    assert (number.get_input_jsonschema()["type"], number.get_input_jsonschema(chosen)["type"]) == (
        "integer",
        "string",
    )
    names = [node.name for node in number.get_graph(chosen).nodes.values()]
    assert names == ["upper_input", "upper", "upper_output"]
    asked = PromptTemplate.from_template("a").configurable_alternatives(
        ConfigurableField("p"), b=lambda: PromptTemplate.from_template("b") | str
    )
    assert [prompt.template for prompt in asked.get_prompts({"configurable": {"p": "b"}})] == ["b"]
