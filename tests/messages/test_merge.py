"""How values add up; that the rules are LangChain's is in test_peer.py."""

import copy

import pytest

from eventflow.messages.merge import best_id, merge_content, merge_dicts, merge_lists, merge_obj


def test_text_after_an_empty_list_is_kept():
    assert merge_content([], "x", "y") == ["xy"]
    assert merge_content([], "") == []


def test_what_is_merged_stays_as_it_was():
    lists = [
        [{"index": 0, "args": "a", "deep": {"x": [1]}}, "t"],
        [{"index": 0, "args": "b", "deep": {"x": [2]}}],
    ]
    before = copy.deepcopy(lists)
    assert merge_lists(*lists) == [{"index": 0, "args": "ab", "deep": {"x": [1, 2]}}, "t"]
    merge_content(lists[0], "more", lists[1])
    assert lists == before


def test_same_index_with_other_ids_stays_apart():
    first, second = {"index": 0, "id": "a", "args": "1"}, {"index": 0, "id": "b", "args": "2"}
    later = {"index": 0, "id": "b", "args": "3"}
    assert merge_lists([first], [second], [later]) == [first, {"index": 0, "id": "b", "args": "23"}]


def test_id_that_comes_later_counts_from_then_on():
    parts = [[{"index": 0, "n": 1}], [{"index": 0, "id": "a", "n": 2}], [{"index": 0, "id": "b", "n": 4}]]
    assert merge_lists(*parts) == [{"index": 0, "id": "a", "n": 3}, {"index": 0, "id": "b", "n": 4}]


def test_item_without_an_id_goes_to_the_first_of_its_index():
    assert merge_lists([{"index": 0, "id": "a"}, {"index": 0, "id": "b"}], [{"index": 0, "n": 1}]) == [
        {"index": 0, "id": "a", "n": 1},
        {"index": 0, "id": "b"},
    ]


@pytest.mark.parametrize(
    ("dicts", "complaint"),
    [
        (
            [{"a": "x"}, {"a": 1}],
            "cannot merge the values of 'a': it is str in one chunk and int in a later one",
        ),
        (
            [{"a": True}, {"a": False}],
            "cannot merge the values of 'a': True and False differ and bool values",
        ),
        ([{"a": 0.5}, {"a": 1.5}], "cannot merge the values of 'a': 0.5 and 1.5 differ and float values"),
    ],
)
def test_what_cannot_be_added_is_refused(dicts, complaint):
    with pytest.raises(TypeError, match=complaint):
        merge_dicts(*dicts)


def test_any_two_values():
    assert merge_obj({"a": "x"}, {"a": "y"}) == {"a": "xy"}
    assert merge_obj(3, 3) == 3
    assert merge_obj("x", None) == "x"
    with pytest.raises(TypeError, match="cannot merge values of str and int"):
        merge_obj("x", 1)
    with pytest.raises(ValueError, match="cannot merge 1 and 2"):
        merge_obj(1, 2)


@pytest.mark.parametrize(
    ("ids", "best"),
    [
        ([], None),
        ([None, ""], None),
        (["lc_1", "lc_run-1"], "lc_run-1"),
        (["lc_run-1", "lc_run-2"], "lc_run-1"),
        (["lc_run-1", "b", "a"], "b"),
    ],
)
def test_best_id(ids, best):
    assert best_id(ids) == best
