"""Who is to be told: signals first, scopes after them, kept current for runs that are under way."""

import gc
from contextlib import ExitStack
from typing import Any

import pytest

from bus.emitters import Recorder
from eventflow.bus import APPLICATION, Hub, signals
from eventflow.events import PHASES


def connected(*functions: Any) -> ExitStack:
    """Connect functions to all signals for a with block."""
    stack = ExitStack()
    for function in functions:
        for phase in PHASES:
            stack.enter_context(signals[phase].connected_to(function))
    return stack


def test_nobody_listens() -> None:
    hub = Hub()
    assert not hub.active
    assert (hub.start, hub.stream, hub.end, hub.error, hub.custom) == ((), (), (), (), ())


def test_receivers_stand_under_the_phases_they_want() -> None:
    ends, all_ = Recorder(phases=["end"]), Recorder()
    hub = Hub(None, (ends, all_))
    assert hub.active
    assert (hub.start, hub.end) == ((all_,), (ends, all_))


def test_what_is_outside_comes_first() -> None:
    a, b, c = Recorder(), Recorder(), Recorder()
    outer = Hub(None, (a,))
    inner = Hub(outer, (b,))
    innermost = Hub(inner, (c,))
    assert (outer.end, inner.end, innermost.end) == ((a,), (a, b), (a, b, c))


def test_inner_hubs_follow_when_the_outer_one_changes() -> None:
    a, b, late = Recorder(), Recorder(), Recorder()
    outer = Hub(None, (a,))
    inner = Hub(Hub(outer), (b,))
    outer.attach(late)
    assert inner.end == (a, late, b)
    outer.detach(a)
    assert inner.end == (late, b)
    outer.detach(late)
    outer.detach(late)
    inner.detach(b)
    assert not inner.active


def test_siblings_do_not_hear_each_other() -> None:
    outer = Hub()
    one, other = Hub(outer), Hub(outer)
    one.attach(Recorder())
    assert one.active
    assert not other.active
    assert not outer.active


def test_the_tuples_are_replaced_and_never_changed() -> None:
    hub = Hub(None, (Recorder(),))
    before = hub.stream
    hub.attach(Recorder())
    assert len(before) == 1
    assert hub.stream is not before


def test_the_application_hears_what_is_connected_to_the_signals() -> None:
    inner = Hub(APPLICATION)
    assert not APPLICATION.active
    receiver = Recorder()
    signals["end"].connect(receiver)
    assert (APPLICATION.end, inner.end, inner.start) == ((receiver,), (receiver,), ())
    signals["end"].disconnect(receiver)
    assert not APPLICATION.active
    assert not inner.active


def test_in_the_order_in_which_they_were_connected() -> None:
    receivers = [Recorder() for _ in range(20)]
    with connected(*receivers):
        assert [*APPLICATION.stream] == receivers
        signals["stream"].disconnect(receivers[3])
        signals["stream"].connect(receivers[3])
        assert [*APPLICATION.stream] == [*receivers[:3], *receivers[4:], receivers[3]]


def test_a_plain_function_is_wrapped() -> None:
    told: list[Any] = []

    def write_down(sender: Any, *, event: Any) -> None:
        told.append((sender, event))

    with connected(write_down):
        [receiver] = APPLICATION.custom
        assert receiver.wants(None, "custom", None)  # type: ignore[arg-type]
        receiver("run", event="event")  # type: ignore[arg-type]
    assert told == [("run", "event")]
    assert not APPLICATION.active


def test_a_function_is_a_plain_one_whatever_attributes_it_has() -> None:
    class Chatty:
        """Has everything, as a mock has."""

        def __init__(self) -> None:
            self.told: list[Any] = []

        def __call__(self, sender: Any, *, event: Any) -> None:
            self.told.append(event)

        def __getattr__(self, name: str) -> Any:
            return lambda *args, **kwargs: None

    chatty = Chatty()
    with connected(chatty):
        [receiver] = APPLICATION.end
        assert receiver.direct is None
        assert receiver.wants(None, "end", None) is True  # type: ignore[arg-type]
        receiver(None, event="event")  # type: ignore[arg-type]
    assert chatty.told == ["event"]


def test_ten_thousand_scopes_leave_nothing() -> None:
    outer = Hub()
    for _ in range(10_000):
        Hub(outer, (Recorder(),))
    gc.collect()
    assert len(outer._inner) == 0
    outer.attach(Recorder())


@pytest.mark.parametrize("others", [0, 100])
def test_a_hub_is_resolved_without_its_siblings(others: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[Hub] = []
    outer = Hub()
    siblings = [Hub(outer) for _ in range(others)]
    resolve = Hub._resolve

    def counted(hub: Hub) -> None:
        resolved.append(hub)
        resolve(hub)

    monkeypatch.setattr(Hub, "_resolve", counted)
    mine = Hub(outer)
    mine.attach(Recorder())
    assert resolved == [mine, mine]
    assert len(siblings) == others
