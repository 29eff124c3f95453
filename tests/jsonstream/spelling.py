"""Documents, all the ways to write them down, and all the ways to cut them."""

import json
import re
from itertools import pairwise

from hypothesis import strategies as st

from eventflow.errors import JsonStreamError
from eventflow.jsonstream import JsonStream

SPECIAL = '"\\/\b\f\n\r\t\x00\x1f\x7f\u2028é😀\ud83d\ude00`~{}[]:, 0atu'
texts = st.text(st.sampled_from(SPECIAL), max_size=6) | st.text(max_size=6)
numbers = (
    st.integers(-(10**6), 10**6)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([-0.0, 0, 10**30, 5e-324, 1e308, 0.1])
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)

SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
spaces = st.sampled_from(["", "", "", " ", "\n  ", "\t", "\r\n"])


@st.composite
def spelled(draw, value):
    """The value as JSON, in one of the many ways to write it."""
    if isinstance(value, str):
        return '"' + "".join(draw(spelled_character(char)) for char in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join([draw(spaced(spelled(one))) for one in value] or [draw(spaces)]) + "]"
    if isinstance(value, dict):
        pairs = [draw(spaced(spelled(k))) + ":" + draw(spaced(spelled(v))) for k, v in value.items()]
        return "{" + ",".join(pairs or [draw(spaces)]) + "}"
    if isinstance(value, float):
        return draw(st.sampled_from([repr(value), f"{value:.17e}", f"{value:.17E}".replace("E+", "E")]))
    return json.dumps(value)


@st.composite
def spelled_character(draw, char):
    code = char.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join("\\u" + code[n : n + 4] for n in range(0, len(code), 4))
    ways = [escaped, escaped.upper().replace("\\U", "\\u")]
    if char in SHORT:
        ways.append(SHORT[char])
    if char not in '"\\' and char >= " ":
        ways += [char, char]
    return draw(st.sampled_from(ways))


@st.composite
def spaced(draw, text):
    return draw(spaces) + draw(text) + draw(spaces)


documents = values.flatmap(lambda value: spaced(spelled(value)))
"""Texts that are JSON."""


@st.composite
def cut(draw, texts=documents):
    """A text in chunks; some of them may be empty."""
    text = draw(texts)
    ends = draw(st.lists(st.integers(0, len(text)), max_size=8))
    return chunks_between(text, ends)


def chunks_between(text, ends):
    places = [0, *sorted(ends), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


@st.composite
def damaged(draw):
    """Texts that were JSON before a character was put in, taken out or exchanged."""
    text = draw(documents)
    place = draw(st.integers(0, len(text)))
    other = draw(st.sampled_from([*'"\\{}[]:,-+.eE019tfnu \n\x00x', ""]))
    return text[:place] + other + text[place + draw(st.integers(0, 1)) :]


def same(one, other):
    """Whether two values are equal, with their types and their order, and -0.0 is not 0.0."""
    return repr(one) == repr(other)


def is_start_of(part, whole):
    """Whether `part` can be what is there of `whole` so far."""
    if isinstance(whole, dict):
        return (
            isinstance(part, dict)
            and len(part) <= len(whole)
            and all(
                key == name and is_start_of(one, other)
                for (key, one), (name, other) in zip(part.items(), whole.items(), strict=False)
            )
        )
    if isinstance(whole, list):
        return isinstance(part, list) and len(part) <= len(whole) and all(map(is_start_of, part, whole))
    if isinstance(whole, str):
        return isinstance(part, str) and whole.startswith(part)
    if isinstance(whole, bool) or whole is None:
        return part is whole
    return isinstance(part, (int, float)) and not isinstance(part, bool)


def feed(chunks, **options):
    """Read chunks to the end: the stream, and the updates, None where there was none. Errors are the stream's."""
    stream = JsonStream(**options)
    updates = []
    try:
        updates.extend(map(stream.feed, chunks))
        updates.append(stream.close())
    except JsonStreamError:
        pass
    return stream, updates


def replay(operations, value=None):
    """Carry out operations, on a value that may be changed."""
    for operation in operations:
        holder, key = {"": value}, ""
        for step in operation.path:
            holder, key = holder[key], step
        if operation.kind == "add" and isinstance(holder, list):
            assert key == len(holder)
            holder.append(copied(operation.value))
        elif operation.kind == "append":
            holder[key] += operation.value
        elif operation.kind in {"add", "replace"}:
            holder[key] = copied(operation.value)
        if not operation.path:
            value = holder[""]
    return value


def copied(value):
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


OPENINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{}\]]', re.DOTALL)
LOCAL = [
    *["", "0", '"', '\\"', 'n"', '":0', '\\":0', 'n":0', ":0", '"":0'],
    *["rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l"],
    *["0" * n + rest for n in (1, 2, 3, 4) for rest in ('"', '":0')],
]


def is_viable(text):
    """Whether a text can become JSON. Tried out: no grammar, just `json.loads` on many ways to go on."""
    if not text.strip(" \t\r\n"):
        return True
    closers = ""
    for match in OPENINGS.finditer(text):
        if match[0] in "[{":
            closers = {"[": "]", "{": "}"}[match[0]] + closers
        elif match[0] in "]}":
            closers = closers[1:]
    return any(is_json(text + local + closers) for local in LOCAL)


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
