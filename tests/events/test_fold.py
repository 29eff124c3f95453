"""Chunks add up to the whole, however it was cut."""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.events import AddableDict, Fold, fold
from eventflow.messages import AIMessageChunk

texts = st.text(max_size=20)
lists = st.lists(st.integers(), max_size=20)
messages = st.text(max_size=2).map(lambda text: AIMessageChunk(text, id="m"))
chunks = st.text(max_size=2) | st.lists(st.integers(), max_size=2) | st.integers() | st.none() | st.just({})
chunks |= messages | st.lists(messages, max_size=2) | st.tuples(messages, messages).map(lambda two: add(*two))
plain_dicts = st.fixed_dictionaries(
    {},
    optional={
        "text": st.none() | st.text(max_size=2),
        "list": st.none() | st.lists(st.integers(), max_size=2),
    },
)
dicts = plain_dicts.map(AddableDict)


@st.composite
def cut(draw: st.DrawFn, wholes: st.SearchStrategy[Any]) -> tuple[Any, list[Any]]:
    """A sequence, and the pieces of one way to cut it."""
    whole: Sequence[Any] = draw(wholes)
    places = draw(st.lists(st.integers(0, len(whole)), max_size=6))
    edges = [0, *sorted(places), len(whole)]
    return whole, [whole[start:end] for start, end in pairwise(edges)]


@given(cut(texts | lists))
def test_every_way_to_cut_gives_the_whole(case: tuple[Any, list[Any]]) -> None:
    whole, pieces = case
    assert fold(pieces) == whole


@given(cut(st.lists(st.integers(0, 9), min_size=1)))
def test_messages(case: tuple[Any, list[Any]]) -> None:
    whole, pieces = case
    text = "".join(map(str, whole))
    message = fold(AIMessageChunk(content="".join(map(str, piece)), id="m") for piece in pieces)
    assert message == AIMessageChunk(content=text, id="m")


def naive(pieces: list[Any]) -> Any:
    """The definition, in quadratic time: add from the left until that fails, from then on the last one wins."""
    try:
        return reduce(add, pieces)
    except TypeError:
        return pieces[-1]


@given(st.lists(chunks, min_size=1, max_size=8))
def test_any_mixture_is_what_adding_from_the_left_gives(pieces: list[Any]) -> None:
    assert fold(pieces) == naive(pieces)


@given(st.lists(dicts, min_size=1, max_size=6))
def test_addable_dicts_one_by_one_or_folded(pieces: list[AddableDict]) -> None:
    assert fold(pieces) == reduce(add, pieces)


@given(st.lists(dicts, max_size=5), st.lists(dicts, max_size=5))
def test_parts_of_a_stream_may_be_folded_first(first: list[AddableDict], second: list[AddableDict]) -> None:
    whole = [part for part in (fold(first), fold(second)) if part is not None]
    assert fold(whole) == fold([*first, *second])


@given(st.lists(chunks, max_size=8))
def test_of_snapshots_the_last_one_is_the_whole(pieces: list[Any]) -> None:
    assert fold(pieces, snapshots=True) == (pieces[-1] if pieces else None)


def test_nothing_adds_up_to_none() -> None:
    assert fold([]) is None
    assert Fold().empty


@pytest.mark.parametrize("chunk", [None, "", 0, False, [], {}])
def test_a_falsy_chunk_is_a_chunk(chunk: Any) -> None:
    whole = Fold()
    whole.add(chunk)
    assert not whole.empty
    assert whole.value() == chunk
    assert whole.is_none == (chunk is None)


def test_it_can_be_looked_at_on_the_way() -> None:
    whole = Fold()
    seen = []
    for text in ("Why", " not", "?"):
        whole.add(text)
        seen.append(whole.value())
    assert seen == ["Why", "Why not", "Why not?"]


def test_messages_on_the_way_are_sums_of_their_own() -> None:
    whole, pieces = Fold(), [AIMessageChunk(text) for text in ("Why", " not", "?")]
    whole.add(pieces[0])
    assert whole.value() is pieces[0]
    whole.add(pieces[1])
    early = whole.value()
    other = early + AIMessageChunk("!")
    whole.add(pieces[2])
    assert (early.text, other.text, whole.value().text) == ("Why not", "Why not!", "Why not?")


def test_what_is_assigned_to_a_message_later_is_not_in_the_sum() -> None:
    pieces = [AIMessageChunk(text) for text in ("Why", " not", "?")]
    pieces.append(pieces[0] + pieces[1])
    whole = Fold()
    for piece in pieces:
        whole.add(piece)
        piece.content = "x"
    assert whole.value().text == "Why not?Why not"


@pytest.mark.parametrize("count", [1023, 1024, 1025, 5000])
def test_many_pieces_of_text(count: int) -> None:
    pieces = [str(number) for number in range(count)]
    assert fold(pieces) == "".join(pieces)


def test_what_was_given_is_not_changed() -> None:
    first, second = [1], [2]
    one, other = AddableDict(a=[1]), AddableDict(a=[2])
    assert (fold([first, second]), fold([one, other])) == ([1, 2], {"a": [1, 2]})
    assert (first, second, one, other) == ([1], [2], {"a": [1]}, {"a": [2]})


def test_what_was_taken_out_does_not_change() -> None:
    whole = Fold()
    whole.add([1])
    seen = whole.value()
    whole.add([2])
    assert (seen, whole.value()) == ([1], [1, 2])


@pytest.mark.parametrize("make", [str, lambda text: [text], lambda text: AddableDict(a=text)])
def test_the_work_grows_with_the_chunks_and_not_with_their_square(make: Callable[[str], Any]) -> None:
    copied = 0

    class Counted(list[Any]):
        """Counts what is copied when it is added to."""

        def __add__(self, other: Any) -> Any:
            nonlocal copied
            copied += len(self)
            return Counted([*self, *other])

    fold([make("x") for _ in range(10)])
    fold([Counted(["x"]) for _ in range(10)])
    assert copied == 45  # what anything of which nothing is known costs
    copied = 0
    fold([["x"], *(Counted(["x"]) for _ in range(10))])
    assert copied == 0


# ---- dictionaries of chunks


def test_dicts_add_up_key_by_key() -> None:
    assert AddableDict(a="Hel", b=[1], c=1) + AddableDict(a="lo", b=[2], d="new") == {
        "a": "Hello",
        "b": [1, 2],
        "c": 1,
        "d": "new",
    }


def test_a_plain_dict_on_either_side() -> None:
    assert AddableDict(a="x") + {"a": "y"} == {"a": "xy"}
    assert {"a": "x"} + AddableDict(a="y") == {"a": "xy"}
    assert type({} + AddableDict()) is AddableDict


def test_what_cannot_be_added_is_replaced_where_langchain_raises() -> None:
    assert AddableDict(a={}) + AddableDict(a={"b": 1}) == {"a": {"b": 1}}
    assert AddableDict(a="x", b="x") + AddableDict(a=[1], b="y") == {"a": [1], "b": "xy"}


def test_none_says_nothing_about_a_key_that_has_a_value_as_in_langchain() -> None:
    assert AddableDict(a="x") + AddableDict(a=None) == {"a": "x"}
    assert AddableDict(a=None) + AddableDict(a="x") == {"a": "x"}
    assert AddableDict(a=None) + AddableDict(a=None) == {"a": None}


def test_keys_that_hold_snapshots_keep_the_last() -> None:
    pieces = [
        AddableDict({"text": "a", "json": {"n": 1}}, snapshots=frozenset({"json"})),
        AddableDict({"json": {"n": 1, "m": 2}}, snapshots=frozenset({"json"})),
        AddableDict({"text": "b"}),
        AddableDict({"json": "done"}, snapshots=frozenset({"json"})),
    ]
    whole = fold(pieces)
    assert whole == reduce(add, pieces) == {"text": "ab", "json": "done"}
    assert whole.snapshots == {"json"}


def test_what_is_no_dict_ends_a_dict() -> None:
    assert fold([AddableDict(a=1), 7]) == 7
    with pytest.raises(TypeError):
        _ = AddableDict(a=1) + 7  # type: ignore[operator]


def test_dicts_add_up_as_in_langchain() -> None:
    peer = pytest.importorskip("langchain_core.runnables.utils").AddableDict

    @given(st.lists(plain_dicts, min_size=1, max_size=5))
    def agrees(pieces: list[dict[str, Any]]) -> None:
        assert fold(map(AddableDict, pieces)) == reduce(add, map(peer, pieces))

    agrees()
