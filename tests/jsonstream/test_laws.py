"""What is true of every document, however it is written and however it is cut."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eventflow.jsonstream import JsonStream
from jsonstream.spelling import (
    chunks_between,
    cut,
    damaged,
    documents,
    feed,
    is_start_of,
    is_viable,
    replay,
    same,
    scalars,
    spaced,
    spelled,
    texts,
)

policies = st.fixed_dictionaries(
    {},
    optional={
        "strings": st.just("closed"),
        "numbers": st.just("closed"),
        "literals": st.just("completed"),
        "strict": st.just(True),
    },
)


@given(cut(), policies)
def test_a_document_is_never_refused_and_ends_as_json_loads(chunks, options):
    stream, _ = feed(chunks, **options)
    assert (stream.status, stream.error) == ("complete", None)
    assert same(stream.value, json.loads("".join(chunks)))


@given(documents, st.data())
def test_a_beginning_is_truncated_or_complete(text, data):
    end = data.draw(st.integers(0, len(text)))
    stream, _ = feed([text[:end]])
    assert stream.status in {"truncated", "complete"}
    assert stream.offset == end


@given(cut(), policies)
def test_values_only_grow(chunks, options):
    """So no string shows half an escape, or half a surrogate pair that the final value has as one."""
    _, updates = feed(chunks, **options)
    seen = [update.value for update in updates if update]
    assert all(is_start_of(one, other) for one, other in pairwise(seen))
    assert all(is_start_of(one, json.loads("".join(chunks))) for one in seen)


@given(documents, policies, st.data())
def test_what_is_seen_does_not_depend_on_the_cuts(text, options, data):
    ends = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    by_character, by_chunk = JsonStream(**options), JsonStream(**options)
    for chunk in chunks_between(text, ends):
        for char in chunk:
            by_character.feed(char)
        by_chunk.feed(chunk)
        assert same(by_chunk.value, by_character.value)
        assert by_chunk.status == by_character.status


@given(damaged() | st.text(max_size=12), st.data())
def test_errors_do_not_depend_on_the_cuts(text, data):
    ends = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    one, _ = feed(chunks_between(text, ends))
    other, _ = feed(text)
    assert (one.status, str(one.error)) == (other.status, str(other.error))
    assert same(one.value, other.value)


@given(damaged() | st.text(st.sampled_from('"\\{}[]:,-+.eE019tfnu \n'), max_size=12))
def test_the_error_is_at_the_first_character_that_cannot_be(text):
    stream = feed([text], strict=True)[0]
    if stream.status == "invalid":
        assert is_viable(text[: stream.offset])
        assert not is_viable(text[: stream.offset + 1])
    else:
        assert is_viable(text)


@given(damaged())
def test_line_and_column_lead_to_the_character(text):
    error = feed([text])[0].error
    if error is not None:
        lines = text[: error.offset].split("\n")
        assert (error.line, error.column) == (len(lines), len(lines[-1]) + 1)


several = st.lists(documents, max_size=3).map("\n".join)


@given(cut(), policies)
def test_an_update_says_whether_the_value_has_changed(chunks, options):
    says_what_has_changed(chunks, options)


@given(cut(several), policies)
def test_an_update_says_whether_the_list_of_values_has_changed(chunks, options):
    says_what_has_changed(chunks, options | {"many": True})


def says_what_has_changed(chunks, options):
    stream = JsonStream(**options)
    before = "nothing"
    for chunk in [*chunks, None]:
        update = stream.close() if chunk is None else stream.feed(chunk)
        now = repr(stream.value) if update or before != "nothing" else "nothing"
        assert (update is not None and update.changed) == (now != before)
        assert update is None or update.operations
        before = now


@given(several, policies, st.data())
def test_operations_on_several_values_do_not_depend_on_the_cuts(text, options, data):
    ends = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    one = feed(chunks_between(text, ends), many=True, **options)[1]
    other = feed(text, many=True, **options)[1]
    assert summary(one) == summary(other)


def test_what_was_finished_before_something_that_is_held_back_is_told():
    update = JsonStream(many=True).feed("1 tru")
    assert update is not None
    assert (update.value, update.changed, update.completed) == ([1], True, ((0,),))


@given(cut(), policies, st.booleans())
def test_operations_lead_to_the_value(chunks, options, many):
    value = None
    for update in feed(chunks, many=many, **options)[1]:
        if update:
            value = replay(update.operations, value)
            assert same(value, update.value)


@given(documents, policies, st.data())
def test_operations_do_not_depend_on_the_cuts(text, options, data):
    ends = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    one = summary(feed(chunks_between(text, ends), **options)[1])
    other = summary(feed(text, **options)[1])
    assert one == other


def summary(updates):
    """Which values were added, in which order; what they were at last; and which were closed, in which order."""
    added, last, closed = [], {}, []

    def add(path, value):
        added.append((path, type(value) if isinstance(value, (dict, list, str)) else None))
        last[path] = value if not isinstance(value, (dict, list)) else None
        for key, one in (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        ):
            add((*path, key), one)

    for operation in (operation for update in updates if update for operation in update.operations):
        if operation.kind == "add":
            add(operation.path, operation.value)
        elif operation.kind == "append":
            last[operation.path] += operation.value
        elif operation.kind == "replace":
            last[operation.path] = operation.value
        else:
            closed.append(operation.path)
    return added, repr(last), closed


@given(cut(), policies)
def test_everything_is_completed_once_and_inner_before_outer(chunks, options):
    updates = feed(chunks, **options)[1]
    closed = [path for update in updates if update for path in update.completed]
    assert closed == list(paths_in(json.loads("".join(chunks))))


def paths_in(value, path=()):
    for key, one in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    ):
        yield from paths_in(one, (*path, key))
    yield path


@given(cut(), policies, st.data())
def test_an_update_never_changes_however_late_it_is_read(chunks, options, data):
    at_once = [
        (repr(update.value), update.operations) if update else None
        for update in read_at_once(chunks, options)
    ]
    late = feed(chunks, **options)[1]
    for n in data.draw(st.permutations(range(len(late)))):
        if late[n]:
            assert (repr(late[n].value), late[n].operations) == at_once[n]


def read_at_once(chunks, options):
    stream = JsonStream(**options)
    for chunk in [*chunks, None]:
        update = stream.close() if chunk is None else stream.feed(chunk)
        if update:
            assert update.value is update.value
            assert update.operations is update.operations
        yield update


@given(cut())
def test_what_is_finished_is_the_same_object_in_every_later_value(chunks):
    finished = {}
    for update in feed(chunks)[1]:
        if update:
            for path in update.completed:
                finished[path] = at(update.value, path)
            assert all(at(update.value, path) is value for path, value in finished.items() if is_tree(value))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def is_tree(value):
    return isinstance(value, (dict, list))


@st.composite
def with_duplicates(draw):
    """An object some of whose keys come twice."""
    pairs = draw(st.lists(st.tuples(st.sampled_from("abc"), scalars), max_size=8))
    inner = ",".join(f'"{key}":{draw(spelled(value))}' for key, value in pairs)
    return draw(spaced(st.just("{" + inner + "}")))


@given(cut(with_duplicates()), st.data())
def test_of_a_key_that_comes_twice_the_last_value_counts(chunks, data):
    at_once = [(repr(update.value), update.operations) for update in read_at_once(chunks, {}) if update]
    late = [update for update in feed(chunks)[1] if update]
    value = None
    for n in data.draw(st.permutations(range(len(late)))):
        assert (repr(late[n].value), late[n].operations) == at_once[n]
    for update in late:
        value = replay(update.operations, value)
        assert same(value, update.value)
    assert same(value, json.loads("".join(chunks)))


@given(st.lists(spaced(spelled([])) | documents, max_size=4), st.data())
def test_several_values_are_read_as_one_list(several, data):
    text = "\n".join(several)
    ends = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    stream, _ = feed(chunks_between(text, ends), many=True)
    assert same(stream.value, [json.loads(one) for one in several])
    assert stream.status == "complete"


@given(texts, st.lists(st.integers(0, 40), max_size=8))
def test_bytes_can_be_cut_anywhere(text, ends):
    data = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).encode()
    stream, _ = feed(chunks_between(data, ends))
    assert stream.value == json.loads(data)
