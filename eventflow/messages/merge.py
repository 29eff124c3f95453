"""How the values of chunks add up: text joins, numbers sum, lists align by index - linear in what is added.

The rules are LangChain's. Every function looks at all the values of one field at once, so that adding up a
thousand pieces touches each of them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypeGuard, cast

__all__ = ("ID_PREFIX", "best_id", "merge_content", "merge_dicts", "merge_lists", "merge_obj")

Dict: TypeAlias = dict[Any, Any]
List: TypeAlias = list[Any]
Content: TypeAlias = str | list[str | Dict]

ID_PREFIX = "lc_run-"
"""Ids that start with this were given to a message by its run, not by the provider."""

_EQUAL_OR_JOINED = frozenset({"id", "output_version", "model_provider"})
_LAST_WINS = frozenset({"index", "created", "timestamp"})


def merge_content(first_content: Content, *contents: Content) -> Content:
    """Add up message contents.

    Strings join; a list after a string keeps the string as its first item; lists align by index, see
    `merge_lists`; a string after a list joins a string at its end, or becomes the last item.
    LangChain loses a string that is added to an empty list; here it is kept.

    Returns:
        A str if all contents are, else a new list.

    >>> merge_content("a", "b"), merge_content("a", ["b"], "c")
    ('ab', ['a', 'bc'])
    """
    contents = (first_content, *contents)
    try:
        return "".join(cast("tuple[str, ...]", contents))
    except TypeError:  # not all are text
        return _merge_mixed(contents)


def _merge_mixed(contents: Sequence[Content]) -> List:
    """Add up contents of which one at least is a list."""
    text: list[str] = []
    fold: _ListFold | None = None
    for content in contents:
        if isinstance(content, str):
            text.append(content)
            if fold is not None:
                fold.add_text(content)
        elif fold is not None:
            fold.add(content)
        else:
            fold = _ListFold(["".join(text), *content] if text else content)
    return fold.result() if fold is not None else []


def merge_lists(left: List | None, *others: List | None) -> List | None:
    """Add up lists, None being no list.

    A dictionary with an integer `index` (or a text one that starts with `lc_`) is merged into the first item that has
    the same index and not another `id`; all else is appended.

    >>> merge_lists([{"index": 0, "args": "{"}], [{"index": 0, "args": "}"}], None)
    [{'index': 0, 'args': '{}'}]
    """
    lists = [items for items in (left, *others) if items is not None]
    if not lists:
        return None
    fold = _ListFold(lists[0])
    for items in lists[1:]:
        fold.add(items)
    return fold.result()


def merge_dicts(left: Dict, *others: Dict) -> Dict:
    """Add up dictionaries key by key.

    None gives way to any value. Strings join, except `id`, `output_version` and `model_provider` that are
    equal, and an `index` that starts with `lc_`. Dictionaries and lists are merged. Integers sum, except
    `index`, `created` and `timestamp`, where the last wins, and equal ones, which stay. Other values must
    be equal.

    Returns:
        A new dictionary; keys are in the order in which they first appear.

    Raises TypeError if two values of a key have different types or cannot be added.

    >>> merge_dicts({"a": "x", "n": 1}, {"a": "y", "n": 2, "b": None})
    {'a': 'xy', 'n': 3, 'b': None}
    """
    if not any(others):
        return left.copy()
    return _merge_columns(left, others, skip_type=False)


def merge_obj(left: Any, right: Any) -> Any:
    """Add up two values of any kind; None gives way.

    Raises TypeError if their types differ, ValueError if they cannot be added and are not equal.

    >>> merge_obj("a", "b"), merge_obj(None, [1])
    ('ab', [1])
    """
    if left is None or right is None:
        return right if left is None else left
    if type(left) is not type(right):
        raise TypeError(f"cannot merge values of {type(left).__name__} and {type(right).__name__}")
    if isinstance(left, str):
        return left + right
    if isinstance(left, dict):
        return merge_dicts(cast("dict[str, Any]", left), right)
    if isinstance(left, list):
        return merge_lists(cast("list[object]", left), right)
    if left == right:
        return left
    raise ValueError(f"cannot merge {left!r} and {right!r}: only str, dict, list and equal values add up")


def best_id(ids: Iterable[str | None]) -> str | None:
    """Return the id that says most: the first of a provider, else of a run (`lc_run-`), else any.

    >>> best_id([None, "lc_run-1", "msg_1", "msg_2"])
    'msg_1'
    """
    candidates = dict.fromkeys(ids)
    if len(candidates) == 1:
        return next(iter(candidates)) or None
    best, best_rank = None, 0
    for candidate in candidates:
        rank = _rank(candidate)
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best


def _rank(candidate: str | None) -> int:
    if not candidate:
        return 0
    if candidate.startswith(ID_PREFIX):
        return 2
    return 1 if candidate.startswith("lc_") else 3


def _merge_columns(first: Dict, others: Iterable[Dict], *, skip_type: bool) -> Dict:
    """Gather the values of every key, then merge each column in one go."""
    columns: dict[Any, List] = {key: [value] for key, value in first.items()}
    for other in others:
        for key, value in other.items():
            if skip_type and key == "type":
                continue
            if key in columns:
                columns[key].append(value)
            else:
                columns[key] = [value]
    return {
        key: values[0] if len(values) == 1 else _merge_values(key, values) for key, values in columns.items()
    }


def _merge_values(key: Any, values: List) -> Any:
    """Merge the values that one key has, in order."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return known[0] if known else None
    kind = type(cast("object", known[0]))
    for value in known:
        if type(value) is not kind:
            raise TypeError(
                f"cannot merge the values of {key!r}: it is {kind.__name__} in one chunk "
                f"and {type(value).__name__} in a later one"
            )
    if isinstance(known[0], str):
        return _merge_texts(key, known)
    if isinstance(known[0], dict):
        return merge_dicts(*known)
    if isinstance(known[0], list):
        return merge_lists(*known)
    return _merge_scalars(key, known)


def _merge_texts(key: Any, texts: list[str]) -> str:
    if key == "index" and texts[0].startswith("lc_"):
        return texts[0]
    if key not in _EQUAL_OR_JOINED:
        return "".join(texts)
    merged = texts[0]
    for text in texts[1:]:
        if text != merged:
            merged += text
    return merged


def _merge_scalars(key: Any, values: List) -> Any:
    merged = values[0]
    for value in values[1:]:
        if merged == value:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(
                f"cannot merge the values of {key!r}: {merged!r} and {value!r} differ and "
                f"{type(value).__name__} values cannot be added"
            )
        merged = value if key in _LAST_WINS else merged + value
    return merged


class _ListFold:
    """A list that others are added to; what was merged into an item is kept beside it until the end."""

    __slots__ = ("_by_index", "_items")

    def __init__(self, first: List) -> None:
        self._items: list[List] = []  # per item of the result, the value and what is merged into it
        self._by_index: dict[Any, list[_Slot]] = {}
        for value in first:
            self._append(value)

    def add(self, values: List) -> None:
        for value in values:
            if not _is_aligned(value):
                self._append(value)
                continue
            slot = self._slot_for(value)
            if slot is None:
                self._append(value)
            else:
                slot.merge(value)

    def add_text(self, text: str) -> None:
        last = self._items[-1] if self._items else None
        if last is not None and isinstance(last[0], str):
            last.append(text)
        elif text:
            self._items.append([text])

    def result(self) -> List:
        return [item[0] if len(item) == 1 else _merge_item(item) for item in self._items]

    def _append(self, value: Any) -> None:
        item = [value]
        self._items.append(item)
        if _is_indexed(value):
            self._by_index.setdefault(value["index"], []).append(_Slot(item, value))

    def _slot_for(self, value: Dict) -> _Slot | None:
        identifier = value.get("id")
        for slot in self._by_index.get(value["index"], ()):
            if not identifier or not slot.id or slot.id == identifier:
                return slot
        return None


class _Slot:
    """An item that others with its index can be merged into."""

    __slots__ = ("id", "item", "type")

    def __init__(self, item: List, value: Dict) -> None:
        self.item = item
        self.id = value.get("id")
        self.type = value.get("type")

    def merge(self, value: Dict) -> None:
        if not self.id:
            self.id = value.get("id")
        if self.type and value.get("type") == "non_standard" and "value" in value:
            value = _unwrapped(self.type, value)
        self.item.append(value)


def _unwrapped(kind: str, value: Dict) -> Dict:
    """A `non_standard` block as an addition to a block: to its `value`, or to another kind's `extras`."""
    inner = {key: item for key, item in value["value"].items() if key != "type"}
    if kind != "non_standard":
        return {"extras": inner}
    return {"value": inner, "index": value["index"]}


def _is_indexed(value: Any) -> TypeGuard[Dict]:
    """Whether others can be merged into an item."""
    return issubclass(type(value), dict) and isinstance(value.get("index"), (int, str))


def _is_aligned(value: Any) -> TypeGuard[Dict]:
    """Whether an item is to be merged into one with its index."""
    if not _is_indexed(value):
        return False
    index = value["index"]
    return not isinstance(index, str) or index.startswith("lc_")


def _merge_item(item: List) -> Any:
    if isinstance(item[0], str):
        return "".join(item)
    return _merge_columns(item[0], item[1:], skip_type=True)
