"""The types of Python that are data and have no form in JSON."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from eventflow.codec.registry import BY_TAG, Entry, register_type

__all__ = ()

M = TypeVar("M", datetime, time)


def _moment(cls: type[M]) -> None:
    """A datetime or time: as text; with its time zone beside it, for text knows only the offset."""

    def encode(value: M) -> Any:
        zone: tzinfo | None = value.tzinfo
        if zone is None and value.fold == 0:
            return value.isoformat()
        return [value.replace(tzinfo=None, fold=0).isoformat(), zone, value.fold]

    def decode(data: Any) -> M:
        if isinstance(data, str):
            return cls.fromisoformat(data)
        text, zone, fold = data
        return cls.fromisoformat(text).replace(tzinfo=zone, fold=fold)

    register_type(cls, tag=cls.__name__, encode=encode, decode=decode)


def _hex(text: str) -> int:
    return int(text, 16)


def _bytes(data: str) -> bytes:
    return a2b_base64(data, strict_mode=True)


def _offset(zone: timezone) -> Any:
    """How far from UTC, and the name if it has one of its own."""
    offset, name = zone.utcoffset(None), zone.tzname(None)
    return [offset] if name == timezone(offset).tzname(None) else [offset, name]


def _key(zone: ZoneInfo) -> str:
    if zone.key is None:  # pyright: ignore[reportUnnecessaryComparison]  # one that was read from a file has none
        raise ValueError("it has no name")
    return zone.key


BY_TAG["int"] = Entry(int, "int", hex, _hex)
BY_TAG["dict"] = Entry(dict, "dict", list, dict)
register_type(tuple, tag="tuple", encode=list, decode=tuple)
register_type(set, tag="set", encode=list, decode=set)
register_type(frozenset, tag="frozenset", encode=list, decode=frozenset)
register_type(bytes, tag="bytes", encode=lambda b: b2a_base64(b, newline=False).decode(), decode=_bytes)
_moment(datetime)
_moment(time)
register_type(date, tag="date", encode=date.isoformat, decode=date.fromisoformat)
register_type(
    timedelta,
    tag="timedelta",
    encode=lambda value: [value.days, value.seconds, value.microseconds],
    decode=lambda parts: timedelta(*parts),
)
register_type(timezone, tag="timezone", encode=_offset, decode=lambda parts: timezone(*parts))
register_type(ZoneInfo, tag="ZoneInfo", encode=_key, decode=ZoneInfo)
register_type(UUID, tag="UUID", encode=str, decode=UUID)
register_type(Decimal, tag="Decimal", encode=str, decode=Decimal)
register_type(type(Path()), tag="Path", encode=str, decode=Path)
register_type(PurePosixPath, tag="PurePosixPath", encode=str, decode=PurePosixPath)
register_type(PureWindowsPath, tag="PureWindowsPath", encode=str, decode=PureWindowsPath)
