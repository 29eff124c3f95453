"""Looks for texts on which the stream and `json.loads` disagree, guided by what they reach. Run it by hand:

    pip install atheris
    python tests/jsonstream/fuzz.py -runs=1000000

The first byte says how the text that follows is cut.
"""

import json
import sys

from eventflow.errors import JsonLimitError, JsonStreamError
from eventflow.jsonstream import JsonStream


def refuse(constant: str) -> None:
    raise ValueError(constant)


def check(data: bytes) -> None:
    """Read the text whole and in pieces, and with `json.loads`.

    >>> for data in [b"", b"\\0[1]", b"\\2[1", b"\\3[01]", b'\\1"\\\\ud83d"', b"\\1\\xff", b"\\1nul", b"\\1[NaN]"]:
    ...     check(data)
    """
    size, text = (data[0] % 8 or len(data)) if data else 1, data[1:]
    pieces = read([text[n : n + size] for n in range(0, len(text), size)])
    whole = read([text])
    assert outcome(pieces) == outcome(whole), (outcome(pieces), outcome(whole))
    if isinstance(whole.error, JsonLimitError):
        return
    try:
        expected = repr(json.loads(text.decode("utf-8-sig"), parse_constant=refuse))
    except ValueError:
        assert whole.status in {"invalid", "truncated"}, whole.value
    else:
        assert (whole.status, repr(whole.value)) == ("complete", expected), (outcome(whole), expected)


def read(chunks: list[bytes]) -> JsonStream:
    stream = JsonStream(strict=True)
    updates = []
    try:
        updates = [stream.feed(chunk) for chunk in chunks]
        updates.append(stream.close())
    except JsonStreamError:
        pass
    for update in updates:
        if update is not None:
            assert update.operations
            assert repr(update.value)
    return stream


def outcome(stream: JsonStream) -> tuple[str, str, str]:
    return stream.status, str(stream.error), repr(stream.value)


def main() -> None:
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
