"""The tree of runs, the current place in it, and handles to places."""

import threading
from contextvars import copy_context
from typing import Any

from eventflow.bus import APPLICATION
from eventflow.runs import DEFAULTS, Node, RunHandle, current, leave


def node(parent: Node | None = None) -> Node:
    made = Node()
    made.parent, made.hub, made.inherited, made.delivery = parent, APPLICATION, DEFAULTS, None
    return made


def test_a_tree_has_one_queue():
    root = node()
    left, right = node(root), node(root)
    leaf = node(left)
    assert leaf.join_delivery() is right.join_delivery()
    assert root.delivery is left.delivery is leaf.delivery is not None
    assert node().join_delivery() is not root.delivery


def test_it_is_made_once_however_many_ask():
    root = node()
    leaves = [node(root) for _ in range(8)]
    together = threading.Barrier(8, timeout=10)
    found: list[Any] = []

    def ask(leaf: Node) -> None:
        together.wait()
        found.append(leaf.join_delivery())

    threads = [threading.Thread(target=ask, args=(leaf,)) for leaf in leaves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(delivery) for delivery in found}) == 1


def test_leaving_restores_what_was_current():
    outer, inner = node(), node()
    first = current.set(outer)
    second = current.set(inner)
    leave(second)
    assert current.get() is outer
    leave(first)
    assert current.get() is None


def test_leaving_in_another_context_does_nothing():
    """As when a collector closes a generator: there is nothing to restore."""
    token = copy_context().run(current.set, node())
    leave(token)
    assert current.get() is None


def test_handles():
    place = node()
    handle = RunHandle(place, "tag", ("handler",))
    child = handle.get_child("other")
    assert (child.node, child.tag, child.handlers) == (place, "other", ())
    assert handle.get_child().tag is None
    assert repr(RunHandle(None, "tag")) == "RunHandle(None, tag='tag')"
