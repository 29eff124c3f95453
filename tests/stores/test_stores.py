"""What a store does; the same as LangGraph's, where that is installed."""

import re
from types import SimpleNamespace

import pytest

from eventflow import stores
from eventflow.errors import CodecError, InvalidNamespaceError
from eventflow.messages import HumanMessage
from eventflow.stores import BaseStore, GetOp, InMemoryStore, PutOp, SearchItem


class SyncOnly(BaseStore):
    """A store that can do operations, and nothing else."""

    def __init__(self):
        self.inner = InMemoryStore()

    def batch(self, ops):
        return self.inner.batch(ops)


@pytest.fixture(params=[InMemoryStore, SyncOnly], ids=lambda cls: cls.__name__)
def store(request):
    return request.param()


def filled(store):
    store.put(("a", "b"), "k", {"x": 1})
    store.put(("a", "b"), "k2", {"x": 2, "y": {"z": 1, "w": 2}, "tags": ["p", "q"]})
    store.put(("a",), "k3", {"x": 3})
    store.put(("ab",), "k4", {"x": "text"})
    return store


def test_items(store):
    store.put(("a", "b"), "k", {"x": HumanMessage("hi"), "y": (1,)})
    item = store.get(("a", "b"), "k")
    assert (item.namespace, item.key, item.value) == (("a", "b"), "k", {"x": HumanMessage("hi"), "y": (1,)})
    assert item.created_at == item.updated_at
    assert item.created_at.tzinfo is not None
    assert store.get(("a", "b"), "other") is None
    assert store.get(("a",), "k") is None
    store.delete(("a", "b"), "k")
    store.delete(("a", "b"), "k")
    store.delete(("nowhere",), "k")
    assert store.get(("a", "b"), "k") is None
    assert store.list_namespaces() == []


def test_a_later_item_replaces_the_one_before_and_is_as_old(store):
    store.put(("a",), "k", {"x": 1})
    first = store.get(("a",), "k")
    store.put(("a",), "k", {"y": 1})
    second = store.get(("a",), "k")
    assert second.value == {"y": 1}
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at


def test_what_was_put_does_not_change(store):
    value = {"x": [1]}
    store.put(("a",), "k", value)
    value["x"].append(2)
    store.get(("a",), "k").value["x"].append(3)
    store.search(("a",))[0].value["x"].append(4)
    assert store.get(("a",), "k").value == {"x": [1]}


def test_items_as_data(store):
    store.put(("a",), "k", {"x": 1})
    item, found = store.get(("a",), "k"), store.search(("a",))[0]
    assert item.dict() == {
        "namespace": ["a"],
        "key": "k",
        "value": {"x": 1},
        "created_at": item.created_at.isoformat(),
        "updated_at": item.updated_at.isoformat(),
    }
    assert found.dict() == {**item.dict(), "score": None}
    assert isinstance(found, SearchItem)
    assert {item: 1}[store.get(("a",), "k")] == 1


def test_reading_comes_before_writing_in_a_batch(store):
    store.put(("a",), "k", {"x": 1})
    ops = [GetOp(("a",), "k"), PutOp(("a",), "k", {"x": 2}), PutOp(("a",), "k", {"x": 3}), GetOp(("a",), "k")]
    first, *rest, last = store.batch(iter(ops))
    assert (first.value, rest, last.value) == ({"x": 1}, [None, None], {"x": 1})
    assert store.get(("a",), "k").value == {"x": 3}


@pytest.mark.parametrize("namespace", [(), ("",), ("a.b",), ("a", 1)])
def test_namespaces_that_are_none(store, namespace):
    with pytest.raises(InvalidNamespaceError, match=r"Namespace|namespace"):
        store.put(namespace, "k", {"x": 1})
    with pytest.raises(InvalidNamespaceError):
        store.batch([PutOp(namespace, "k", {"x": 1})])
    assert store.search(()) == []


def test_what_cannot_be_kept(store):
    with pytest.raises(CodecError, match=r"cannot keep a object \(at \['x'\]\)"):
        store.put(("a",), "k", {"x": object()})
    with pytest.raises(NotImplementedError, match="leave out ttl"):
        store.put(("a",), "k", {"x": 1}, ttl=5)
    with pytest.raises(ValueError, match=r"Unsupported operator: \$like"):
        filled(store).search((), filter={"x": {"$like": 1}})


async def test_the_same_awaited(store):
    await store.aput(("a", "b"), "k", {"x": 1})
    assert (await store.aget(("a", "b"), "k")).value == {"x": 1}
    assert [item.key for item in await store.asearch(("a",), filter={"x": 1})] == ["k"]
    assert await store.alist_namespaces(prefix=("a",)) == [("a", "b")]
    assert (await store.abatch([GetOp(("a", "b"), "k")]))[0].key == "k"
    await store.adelete(("a", "b"), "k")
    assert await store.aget(("a", "b"), "k") is None


FILTERS = [
    None,
    {},
    {"x": 1},
    {"x": {"$gt": 1}},
    {"x": {"$gte": 2, "$lt": 3}},
    {"x": {"$lte": 2}},
    {"x": {"$ne": 1}},
    {"x": {"$eq": 2}},
    {"y": {"z": 1}},
    {"y": {"z": {"$gt": 0}}},
    {"tags": ["p", "q"]},
    {"tags": ["p"]},
    {"x": None},
    {"x": 1, "y": 2},
]
NAMESPACES = [
    {},
    {"prefix": ("a",)},
    {"prefix": ("a", "*")},
    {"suffix": ("b",)},
    {"suffix": ("*",)},
    {"prefix": ("a",), "suffix": ("b",)},
    {"max_depth": 1},
    {"limit": 1, "offset": 1},
    {"prefix": ("a", "b", "c")},
]


def searched(store):
    """What a store finds of items whose values are numbers."""
    store = filled(store)
    store.put(("ab",), "k4", {"x": 4})
    store.put((("a"), "b"), "k", {"x": 1})
    for prefix in ((), ("a",), ("a", "b"), ("ab",), ("c",)):
        for filter in FILTERS:
            if filter != {"y": {"z": {"$gt": 0}}}:  # where there is no y LangGraph raises
                yield prefix, filter, [item.key for item in store.search(prefix, filter=filter)]
        yield [item.key for item in store.search(prefix, limit=1, offset=1)]
        yield [item.key for item in store.search(prefix, query="what")]
    for terms in NAMESPACES:
        yield terms, store.list_namespaces(**terms)


def test_searching_as_langgraph_does():
    peer = pytest.importorskip("langgraph.store.memory")
    assert [*searched(InMemoryStore())] == [*searched(peer.InMemoryStore())]


@pytest.mark.parametrize(
    ("filter", "keys"),
    [
        ({"y": {"z": {"$gt": 0}}}, ["k2"]),
        ({"x": {"$gt": 1}}, ["k2", "k3"]),
        ({"x": {"$gt": "a"}}, ["k4"]),
        ({"x": {"y": 1}}, []),
        ({"tags": ["p", {"$gt": "a"}]}, ["k2"]),
    ],
)
def test_what_cannot_be_compared_does_not_fit(store, filter, keys):
    assert [item.key for item in filled(store).search((), filter=filter)] == keys


def test_names_are_those_of_langgraph():
    peer = pytest.importorskip("langgraph.store.base")
    ops = SimpleNamespace(**vars(stores))
    for name in ("GetOp", "PutOp", "SearchOp", "ListNamespacesOp", "MatchCondition"):
        assert getattr(ops, name)._fields == getattr(peer, name)._fields
    public = {name for name in dir(peer.BaseStore) if re.match("a?(get|put|search|delete|list|batch)", name)}
    assert public <= set(dir(BaseStore))
