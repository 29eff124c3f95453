"""`RunnableConfig`: how several are merged, and how one is given to several inputs."""

from typing import Any
from uuid import UUID

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnablePassthrough
from eventflow.runs import RunHandle, StepConfig, get_config_list, merge_callbacks, merge_configs


def test_tags_are_united_and_sorted():
    assert merge_configs({"tags": ["b", "a"]}, {"tags": ["c", "a"]}) == {"tags": ["a", "b", "c"]}
    assert merge_configs({"tags": ["b"]}, {"tags": None}) == {"tags": ["b"]}


@pytest.mark.parametrize("key", ["metadata", "configurable"])
def test_dicts_are_merged_and_the_last_wins(key):
    merged = merge_configs({key: {"a": 1, "b": 1}}, {key: {"b": 2}}, {key: None})
    assert merged == {key: {"a": 1, "b": 2}}


def test_of_other_keys_the_last_that_says_something_wins():
    assert merge_configs({"run_name": "a"}, {"run_name": "b"}, {"run_name": None}) == {"run_name": "b"}
    assert merge_configs({"max_concurrency": 2}, {"max_concurrency": None}) == {"max_concurrency": 2}
    assert merge_configs({"mine": 1}, {"mine": 2}) == {"mine": 2}


def test_the_default_recursion_limit_says_nothing():
    assert merge_configs({"recursion_limit": 5}, {"recursion_limit": 25}) == {"recursion_limit": 5}
    assert merge_configs({"recursion_limit": 25}, {"recursion_limit": 5}) == {"recursion_limit": 5}
    assert merge_configs({}, {"recursion_limit": 25}) == {"recursion_limit": 25}


def test_nothing_merged_is_nothing():
    assert merge_configs() == merge_configs(None, {}) == {}


def test_the_configs_are_left_as_they_are():
    first: Any = {"tags": ["a"], "metadata": {"m": 1}}
    merge_configs(first, {"tags": ["b"], "metadata": {"n": 1}})
    assert first == {"tags": ["a"], "metadata": {"m": 1}}


# ---- callbacks


def test_lists_of_handlers_are_joined():
    a, b = object(), object()
    assert merge_callbacks([a], [b]) == [a, b]
    assert merge_callbacks([a], None) == [a]
    assert merge_callbacks(None, [b]) == [b]
    assert merge_callbacks(None, None) is None


def test_a_handle_keeps_its_place_and_takes_the_handlers():
    a, b = object(), object()
    node: Any = object()
    place = RunHandle(node, "tag", (a,))
    for merged in (merge_callbacks(place, [b]), merge_callbacks(place, RunHandle(None, None, (b,)))):
        assert isinstance(merged, RunHandle)
        assert (merged.node, merged.tag, merged.handlers) == (node, "tag", (a, b))
    other = merge_callbacks([b], place)
    assert isinstance(other, RunHandle)
    assert (other.node, other.tag, other.handlers) == (node, "tag", (b, a))


def test_of_two_places_the_second_holds():
    first: Any = object()
    second: Any = object()
    merged = merge_callbacks(RunHandle(first, "one"), RunHandle(second, "two"))
    assert isinstance(merged, RunHandle)
    assert (merged.node, merged.tag) == (second, "two")


# ---- places in a composite


def test_the_config_of_a_step():
    step = StepConfig("seq:step:1")
    assert step.tag == "seq:step:1"
    assert step.config is step
    handle = step["callbacks"]
    assert (handle.node, handle.tag) == (None, "seq:step:1")


# ---- one for each input


def test_one_for_all():
    assert get_config_list(None, 2) == [{}, {}]
    assert get_config_list({"tags": ["t"]}, 2) == [{"tags": ["t"]}] * 2
    assert get_config_list({}, 0) == []


def test_one_for_each():
    configs: Any = [{"tags": ["a"]}, {"tags": ["b"]}]
    assert get_config_list(configs, 2) == configs
    with pytest.raises(ValueError, match="config has 2 entries for 3 inputs: give one each, or one for all"):
        get_config_list(configs, 3)


def test_a_run_id_is_for_the_first_only():
    run_id = UUID("0190a6a8-0000-7000-8000-000000000000")
    with pytest.warns(RuntimeWarning, match="only the first run gets it"):
        first, second = get_config_list({"run_id": run_id, "tags": ["t"]}, 2)
    assert first == {"run_id": run_id, "tags": ["t"]}
    assert second == {"tags": ["t"]}
    assert get_config_list({"run_id": run_id}, 1) == [{"run_id": run_id}]


def test_a_uuid_becomes_the_id():
    run_id = UUID("0190a6a8-0000-7000-8000-000000000000")
    with listen(phases=["start"]) as events:
        RunnablePassthrough().invoke(1, {"run_id": run_id})
    assert [event["run_id"] for event in events] == [str(run_id)]
