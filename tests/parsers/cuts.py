"""Texts in pieces, and what parsers make of them."""

from hypothesis import strategies as st


def cuts_of(text):
    """All ways to cut a text."""
    places = st.lists(st.integers(0, len(text)), max_size=8) if text else st.just([])
    return places.map(lambda places: pieces(text, places))


def pieces(text, places):
    """A text, cut at some places."""
    ends = [*sorted(places), len(text)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


async def stream_of(items):
    for item in items:
        yield item


async def results(parser, items):
    """What both halves give, which must be the same."""
    items = list(items)
    found = list(parser.transform(iter(items)))
    assert [value async for value in parser.atransform(stream_of(items))] == found
    return found
