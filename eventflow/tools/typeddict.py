"""TypedDicts that describe what a model is to give: keys with defaults and descriptions."""

from __future__ import annotations

import types
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin

from pydantic import BaseModel, Field
from typing_extensions import ReadOnly, get_type_hints, is_typeddict

from eventflow.runnables.shapes import UNSET, object_of
from eventflow.tools.docstring import docstring_of

__all__ = ("model_of_keys",)


def model_of_keys(typed_dict: Any) -> type[BaseModel]:
    """A model with the keys of a TypedDict, nested ones included.

    A key is described by `Annotated[int, ..., "how many"]`, where `...` may be a default, by
    `Annotated[int, "how many"]`, or by the docstring in Google's style.

    Raises NameError if a type of it cannot be found, ValueError if the docstring speaks of keys that are not there.

    >>> from typing import TypedDict
    >>> class Joke(TypedDict):
    ...     "A joke."
    ...     setup: str
    ...     rating: Annotated[int, 5, "how good"]
    >>> model_of_keys(Joke).model_json_schema()["properties"]["rating"]
    {'default': 5, 'description': 'how good', 'title': 'Rating', 'type': 'integer'}
    """
    return _model(typed_dict, ())


def _model(typed_dict: Any, within: tuple[Any, ...]) -> type[BaseModel]:
    hints: dict[str, Any] = get_type_hints(typed_dict, include_extras=True)
    said = docstring_of(typed_dict, list(hints))
    fields = {
        key: _field(
            hint, said.arguments.get(key), (*within, typed_dict), needed=key in typed_dict.__required_keys__
        )
        for key, hint in hints.items()
    }
    return object_of(typed_dict.__name__, fields, doc=said.description or None)


def _field(hint: Any, text: str | None, within: tuple[Any, ...], *, needed: bool) -> tuple[Any, Any]:
    notes: list[Any] = []
    while (said := get_origin(hint)) in (Annotated, Required, NotRequired, ReadOnly):
        if said is Annotated:
            hint, *more = get_args(hint)
            notes += more
        else:
            needed = said is Required or (needed and said is ReadOnly)
            (hint,) = get_args(hint)
    default: Any = ... if needed else UNSET
    if len(notes) == 1 and isinstance(notes[0], str):
        text = notes[0]
    elif notes:
        default = default if notes[0] is ... else notes[0]
        text = next((note for note in notes[1:] if isinstance(note, str)), text)
    type_ = _modelled(hint, within)
    if default is UNSET:
        return type_, Field(default_factory=lambda: UNSET, description=text)
    return type_, Field(default, description=text)


def _modelled(hint: Any, within: tuple[Any, ...]) -> Any:
    """The type, with models for the TypedDicts in it; one that contains itself is a dict of anything there."""
    if is_typeddict(hint):
        return dict[str, Any] if hint in within else _model(hint, within)
    inner = get_args(hint)
    made = tuple(_modelled(argument, within) for argument in inner)
    if made == inner:
        return hint
    if get_origin(hint) in (Union, types.UnionType):
        return Union[made]  # noqa: UP007  # of as many as there are
    return get_origin(hint)[made]
