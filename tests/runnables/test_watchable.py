"""The event streams as methods: their filters, and what is refused."""

import pytest

from eventflow import RunnableLambda
from eventflow.errors import SubscriptionError

CHAIN = RunnableLambda(str.upper) | str.lower


def names(events):
    return [event["event"] for event in events]


def test_phases():
    assert names(CHAIN.stream_events("a", phases=["end"])) == ["on_chain_end"] * 3


def test_depth():
    assert {event["name"] for event in CHAIN.stream_events("a", max_depth=0)} == {"RunnableSequence"}


async def test_both_colours_filter_alike():
    sync = names(CHAIN.stream_events("a", phases=["start"], max_depth=1))
    assert sync == names([event async for event in CHAIN.astream_events("a", phases=["start"], max_depth=1)])


@pytest.mark.parametrize("name", ["include_type", "exclude_name", "where", "run", "policy"])
def test_a_misspelt_filter_is_not_passed_on(name):
    with pytest.raises(SubscriptionError, match=f"no filter {name}: there are include_names"):
        CHAIN.stream_events("a", **{name: ["x"]})
    with pytest.raises(SubscriptionError, match=f"no filter {name}: there are include_names"):
        CHAIN.astream_events("a", **{name: ["x"]})


def test_other_keywords_are_for_the_work():
    double = RunnableLambda(lambda x, by: x * by)
    assert [e["data"]["output"] for e in double.stream_events(2, phases=["end"], by=4)] == [8]


def test_a_version_that_is_not_known():
    with pytest.raises(ValueError, match="'v9'"):
        list(CHAIN.stream_events("a", version="v9"))
