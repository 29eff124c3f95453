"""A config with everything in it."""

from typing import Any

from eventflow.runnables import RunnableLambda
from eventflow.runs import RunHandle, ensure_config, patch_config


def test_outside_a_run_there_are_the_defaults():
    assert ensure_config() == {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": 25,
        "configurable": {},
    }


def test_what_is_given_holds():
    given: Any = {"tags": ["t"], "metadata": None, "recursion_limit": 3, "run_name": "n", "user": "u"}
    made = ensure_config(given)
    assert made["tags"] == ["t"]
    assert made["metadata"] == {}
    assert made["recursion_limit"] == 3
    assert made["run_name"] == "n"
    assert made["configurable"] == {"user": "u"}


def test_it_is_a_copy():
    given: Any = {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 1}}
    made = ensure_config(given)
    made["tags"].append("mine")
    made["metadata"]["mine"] = made["configurable"]["mine"] = 1
    assert given == {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 1}}


def test_inside_a_run_there_is_what_it_hands_down():
    made = RunnableLambda(lambda x: ensure_config({"tags": ["own"]})).invoke(
        1, {"tags": ["t"], "metadata": {"m": 1}, "recursion_limit": 3}
    )
    assert made["tags"] == ["own"]
    assert made["metadata"] == {"m": 1}
    assert made["recursion_limit"] == 3
    assert isinstance(made["callbacks"], RunHandle)


def test_changes():
    made = patch_config(
        {"tags": ["t"]}, recursion_limit=3, max_concurrency=2, run_name="n", configurable={"c": 1}
    )
    assert made["tags"] == ["t"]
    assert (made["recursion_limit"], made["max_concurrency"], made["run_name"]) == (3, 2, "n")
    assert made["configurable"] == {"c": 1}
    assert patch_config({"configurable": {"a": 1, "b": 1}}, configurable={"b": 2})["configurable"] == {
        "a": 1,
        "b": 2,
    }


def test_with_other_callbacks_it_is_another_runs():
    given: Any = {"run_name": "n", "run_id": "i"}
    assert patch_config(given)["run_name"] == "n"
    made = patch_config(given, callbacks=[])
    assert "run_name" not in made
    assert "run_id" not in made
    assert made["callbacks"] == []
    assert patch_config(given, callbacks=[], run_name="other")["run_name"] == "other"
