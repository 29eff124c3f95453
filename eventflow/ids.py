"""Time-ordered identifiers for runs, messages and checkpoints."""

from __future__ import annotations

import os
from time import time_ns

__all__ = ("new_id",)

_BATCH = 128

_random_tails: list[str] = []  # 48 random bits each, taken from the end
_variant = ""  # the group with the RFC's variant bits, renewed with every batch
_prefix = (0, "")  # the current millisecond and the text that stands for it
_last_tick = 0


def new_id() -> str:
    """Return a new UUID version 7 (RFC 9562) as text.

    The first 48 bits are the Unix time in milliseconds and the next 12 its fraction, so ids sort in the
    order in which one process made them, also when the clock is set back; the rest is random. Safe to
    call from several threads and after a fork.

    Returns:
        36 characters, lower case.

    >>> first, second = new_id(), new_id()
    >>> first < second, len(first), first[14]
    (True, 36, '7')
    """
    global _last_tick, _prefix
    tick = time_ns() * 64 // 15_625  # nanoseconds to 1/4096 of a millisecond
    if tick <= _last_tick:
        tick = _last_tick + 1
    _last_tick = tick
    millisecond, prefix = _prefix
    if tick >> 12 != millisecond:
        millisecond = tick >> 12
        digits = f"{millisecond:012x}"
        prefix = f"{digits[:8]}-{digits[8:]}-7"
        _prefix = (millisecond, prefix)
    try:
        tail = _random_tails.pop()
    except IndexError:
        tail = _refill()
    return "%s%03x%s%s" % (prefix, tick & 0xFFF, _variant, tail)  # noqa: UP031 - 20 % faster than an f-string


def _refill() -> str:
    """Draw the next batch of random tails and return one of them."""
    global _variant
    _variant = f"-{int.from_bytes(os.urandom(2)) & 0x3FFF | 0x8000:04x}-"
    tails = os.urandom(6 * _BATCH).hex("-", 6).split("-")
    tail = tails.pop()
    _random_tails.extend(tails)
    return tail


if hasattr(os, "register_at_fork"):
    # A child that kept its parent's tails would hand out the same ones.
    os.register_at_fork(after_in_child=_random_tails.clear)
