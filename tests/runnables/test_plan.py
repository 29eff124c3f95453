"""Steps with their places."""

from typing import Any

from eventflow.runnables import Runnable, RunnablePassthrough
from eventflow.runnables.plan import plan
from eventflow.runs import RunHandle, StepConfig


class OwnVerbs(Runnable[Any, Any]):
    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return input


class Run:
    def child_config(self, tag: str | None) -> Any:
        return {"written": "out", "tag": tag}


RUN: Any = Run()


def test_a_step_has_its_place_for_a_config():
    (step,) = plan([(RunnablePassthrough(), "seq:step:1")])
    config: Any = step.config(RUN)
    assert type(config) is StepConfig
    assert config.tag == "seq:step:1"
    handle = config["callbacks"]
    assert isinstance(handle, RunHandle)
    assert (handle.node, handle.tag) == (None, "seq:step:1")


def test_places_are_made_once():
    (first,), (second,) = (
        plan([(RunnablePassthrough(), "seq:step:1")]),
        plan([(OwnVerbs() | len, "seq:step:1")]),
    )
    assert first.place is second.place
    (without,) = plan([(RunnablePassthrough(), None)])
    assert without.place is not None


def test_a_class_with_verbs_of_its_own_is_given_it_written_out():
    (step,) = plan([(OwnVerbs(), "seq:step:2")])
    assert step.place is None
    assert step.config(RUN) == {"written": "out", "tag": "seq:step:2"}


def test_places_are_not_kept_without_end():
    steps = plan((RunnablePassthrough(), f"map:key:{n}") for n in range(2_000))
    assert [step.tag for step in steps] == [f"map:key:{n}" for n in range(2_000)]
    assert all(step.config(RUN)["callbacks"].tag == step.tag for step in steps)
