"""What was kept of a list is the list: whatever nodes do to it, and however little of it is kept anew."""

import copy
import operator
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from checkpoints.savers import stored
from eventflow.checkpoints import InMemorySaver
from eventflow.graph import START, Command, Overwrite, StateGraph, add_messages, entrypoint
from eventflow.graph.keeper import Keeper
from eventflow.messages import AIMessage, HumanMessage, RemoveMessage

ONE = {"configurable": {"thread_id": "1"}}


def custom(left, right):
    return [*left, *right]


def in_place(left, right):
    left.extend(right)
    return left


def touching(left, right):
    for item in left:
        if isinstance(item, dict):
            item["seen"] = True
    return [*left, *right]


class Numbers(TypedDict, total=False):
    plain: list[Any]
    added: Annotated[list[Any], operator.add]
    own: Annotated[list[Any], custom]
    same: Annotated[list[Any], in_place]
    touched: Annotated[list[Any], touching]
    talk: Annotated[list[Any], add_messages]


def last(items):
    return items[-1:]


def message(n):
    return HumanMessage(f"say {n}", id=str(n))


def edited(items, n):
    """The last message, changed in place, and given back."""
    for one in items[-1:]:
        one.content = f"edited {n}"
    return items[-1:]


def changed(items, n):
    """The list, in which an item was changed in place."""
    for one in items[:1]:
        if isinstance(one, dict):
            one["n"] = n
    return items


def without(items):
    items.pop(0) if items else None
    return items


def swapped(items):
    items.reverse()
    return items


PLAIN = {
    "append": lambda items, n: [*items, {"n": n}],
    "append a text": lambda items, n: [*items, str(n)],
    "append in place": lambda items, n: items.append(n) or items,
    "insert in place": lambda items, n: items.insert(0, n) or items,
    "pop in place": lambda items, n: without(items),
    "pop in place and copy": lambda items, n: [*without(items), n],
    "reverse": lambda items, n: swapped(items),
    "change an item": changed,
    "change an item and copy": lambda items, n: [*changed(items, n)],
    "cut": lambda items, n: items[:-1],
    "no list": lambda items, n: n,
    "anew": lambda items, n: [n],
}
ADDED = {
    "add": lambda items, n: [{"n": n}],
    "add a text": lambda items, n: [str(n)],
    "nothing": lambda items, n: [],
    "append in place": lambda items, n: items.append(n) or [],
    "insert in place": lambda items, n: items.insert(0, n) or [n],
    "pop in place": lambda items, n: without(items) and [n],
    "set in place": lambda items, n: items.__setitem__(slice(0, 1), [n]) or [n],
    "overwrite": lambda items, n: Overwrite([*changed(items, n), n]),
    "overwrite with itself": lambda items, n: Overwrite(changed(items, n)),
}
TALK = {
    "add": lambda items, n: message(n),
    "add two": lambda items, n: [message(n), message(n + 1000)],
    "edit": edited,
    "replace the first": lambda items, n: [AIMessage(str(n), id=one.id) for one in items[:1]],
    "remove the last": lambda items, n: [RemoveMessage(one.id) for one in items[-1:]],
    "remove and add": lambda items, n: [*(RemoveMessage(one.id) for one in items[:1]), message(n)],
    "remove all": lambda items, n: [RemoveMessage("__remove_all__"), message(n)],
    "append in place": lambda items, n: items.append(message(n)) or [],
    "insert in place": lambda items, n: items.insert(0, message(n)) or message(n + 1000),
    "pop in place": lambda items, n: without(items) and [message(n)],
    "reverse in place": lambda items, n: swapped(items) and [message(n)],
    "overwrite": lambda items, n: Overwrite(edited(items, n)),
    "overwrite with itself": lambda items, n: Overwrite(items if edited(items, n) else []),
}
ACTS = {"plain": PLAIN, "added": ADDED, "own": ADDED, "same": ADDED, "touched": ADDED, "talk": TALK}

acts = st.one_of(*(st.tuples(st.just(key), st.sampled_from([*acts])) for key, acts in ACTS.items()))
"""A key, and what is done to it."""
STEP = st.lists(acts, min_size=1, max_size=3, unique_by=lambda act: act[0])


def program(steps):
    """A graph of one node, that does these one after the other, one or several in a step."""

    def act(state):
        n = len(done)
        done.append(n)
        before = {key: value if isinstance(value, list) else [] for key, value in state.items()}
        written = {key: ACTS[key][name](before.get(key, []), n) for key, name in steps[n]}
        return Command(update=written)

    done = []
    graph = StateGraph(Numbers).add_node(act).add_edge(START, "act")
    return graph.add_conditional_edges("act", lambda state: "act" if len(done) < len(steps) else "__end__")


@given(st.lists(STEP, min_size=1, max_size=8), st.data())
def test_what_is_kept_is_what_was_there(steps, data):
    """After each step, and after runs that go on from what was kept; with all in one run, or in several."""
    runs = data.draw(st.integers(1, 3))
    durability = data.draw(st.sampled_from(["async", "sync", "exit"]))
    saver = InMemorySaver()
    for number in range(runs):
        compiled = program(steps).compile(checkpointer=saver)
        input = {"talk": [message(-number - 1)]} if number else {}
        parts = compiled.stream(input, ONE, stream_mode="values", durability=durability)
        shown = [copy.deepcopy(values) for values in parts][-len(steps) :]
        kept = [one.values for one in compiled.get_state_history(ONE)]
        assert kept[0] == shown[-1]
        if durability != "exit":
            assert kept[: len(shown)] == shown[::-1]


def test_what_is_changed_in_place_and_not_given_back_is_not_kept():
    """Unlike in LangGraph, which keeps it if something else writes the key in this step."""
    for key, items in (("added", [{"n": 0}]), ("talk", [message(0)])):

        def act(state, key=key):
            one = state[key][0]
            if isinstance(one, dict):
                one["n"] = 1
                return {key: [2]}
            one.content = "changed"
            return {key: message(2)}

        compiled = StateGraph(Numbers).add_node("act", act).add_edge(START, "act").compile(InMemorySaver())
        given_ = compiled.invoke({key: items}, ONE)[key][0]
        kept = compiled.get_state(ONE).values[key][0]
        assert given_ in ({"n": 1}, HumanMessage("changed", id="0"))
        assert kept in ({"n": 0}, message(0))


def test_a_talk_that_was_changed_in_place_is_looked_through_anew():
    talk = add_messages([message(0)], message(1))
    talk.append(message(2))
    assert add_messages(talk, RemoveMessage("2")) == [message(0), message(1)]
    talk.insert(0, message(3))
    assert [one.id for one in add_messages(talk, AIMessage("a", id="0"))] == ["3", "0", "1", "2"]


@pytest.mark.parametrize(
    "steps",
    [
        [("plain", "append"), ("plain", "change an item")],
        [("plain", "append a text"), ("plain", "append in place"), ("plain", "pop in place and copy")],
        [("added", "add"), ("added", "overwrite with itself")],
        [("talk", "add"), ("talk", "edit")],
        [("talk", "add"), ("talk", "append in place"), ("talk", "remove and add")],
        [("talk", "add two"), ("talk", "insert in place"), ("talk", "add")],
        [("talk", "add two"), ("talk", "pop in place"), ("talk", "add")],
    ],
    ids=lambda steps: ", ".join(f"{key} {name}" for key, name in steps),
)
def test_it_is_what_was_there_in_these_cases(steps):
    saver = InMemorySaver()
    for number in range(2):
        compiled = program([[one] for one in steps]).compile(checkpointer=saver)
        given_ = compiled.invoke({"talk": [message(-number - 1)]} if number else {}, ONE)
        assert compiled.get_state(ONE).values == given_


# ---- how little is kept


class Parts(InMemorySaver):
    """Notes how many items of each list it is told that it has."""

    def __init__(self):
        super().__init__()
        self.same = []

    def put(self, config, checkpoint, metadata, new_versions, kept=None):
        self.same.append(dict(kept or {}))
        return super().put(config, checkpoint, metadata, new_versions, kept)


@pytest.mark.parametrize(
    ("key", "give", "same"),
    [
        ("talk", message, [{}, {}, {"talk": 1}, {"talk": 2}, {"talk": 3}]),
        ("added", lambda n: [{"n": n}], [{}, {}, {"added": 1}, {"added": 2}, {"added": 3}]),
        ("own", lambda n: [str(n)], [{}, {}, {"own": 1}, {"own": 2}, {"own": 3}]),
        ("own", lambda n: [{"n": n}], [{}] * 5),
        ("talk", lambda n: message(0), [{}] * 5),
        ("talk", lambda n: message(min(n, 1)), [{}, {}, {"talk": 1}, {"talk": 1}, {"talk": 1}]),
    ],
)
def test_only_what_is_new_is_kept(key, give, same):
    saver = Parts()
    graph = StateGraph(Numbers)
    for n in (1, 2, 3):
        graph.add_node(f"n{n}", lambda state, n=n: {key: give(n)})
    graph.add_sequence([("end", lambda state: {})]).add_edge(START, "n1").add_edge("n1", "n2")
    graph.add_edge("n2", "n3").add_edge("n3", "end").compile(saver).invoke(
        {key: give(0) if key == "talk" else [*give(0)]}, ONE
    )
    assert saver.same[:5] == same


def test_a_talk_goes_on_where_it_was_with_what_is_new():
    saver = Parts()
    graph = StateGraph(Numbers).add_node("say", lambda state: {"talk": message(len(state["talk"]))})
    chat = graph.add_edge(START, "say").compile(saver)
    for n in range(3):
        chat.invoke({"talk": message(2 * n)}, ONE)
    assert saver.same[-3:] == [{}, {"talk": 4}, {"talk": 5}]


@pytest.mark.parametrize("durability", ["async", "exit"])
def test_two_at_once_add_to_what_is_kept(durability):
    saver = Parts()
    graph = StateGraph(Numbers)
    for n in (1, 2):
        graph.add_node(f"n{n}", lambda state, n=n: {"talk": message(100 * len(state["talk"]) + n)})
        graph.add_edge(START, f"n{n}")
    graph.compile(saver).invoke({"talk": [message(0)]}, ONE)
    graph.compile(saver).invoke({"talk": [message(7)]}, ONE, durability=durability)
    assert saver.same[-1] == ({"talk": 4} if durability == "async" else {"talk": 3})


def test_a_long_talk_costs_what_is_added():
    sizes = []
    for steps in (50, 100, 200):
        saver = InMemorySaver()
        graph = StateGraph(Numbers).add_node("say", lambda state: {"talk": message(len(state["talk"]))})
        graph.add_edge(START, "say")
        graph.add_conditional_edges(
            "say", lambda state, s=steps: "say" if len(state["talk"]) < s else "__end__"
        )
        graph.compile(saver).invoke({"talk": [message(0)]}, ONE)
        sizes.append(stored(saver))
    assert sizes[2] - sizes[1] < 2.1 * (sizes[1] - sizes[0])


def test_a_workflow_that_saves_a_list_of_its_own_keeps_what_it_is():
    saver = InMemorySaver()

    @entrypoint(checkpointer=saver)
    def workflow(x: int, *, previous: list[Any] | None = None) -> list[Any]:
        items = previous or []
        for one in items:
            one["seen"] = x
        return [*items, {"x": x}]

    for x in range(3):
        given_ = workflow.invoke(x, ONE)
    assert given_ == [{"x": 0, "seen": 2}, {"x": 1, "seen": 2}, {"x": 2}]
    assert workflow.invoke(3, ONE) == [{"x": n, "seen": 3} for n in range(3)] + [{"x": 3}]


def test_the_keeper_needs_a_thread():
    with pytest.raises(ValueError, match="thread_id"):
        Keeper(InMemorySaver(), {}, ())
