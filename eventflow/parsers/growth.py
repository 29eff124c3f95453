"""From the updates of a JSON text to views of a pydantic model; each part is validated once, when it ends.

Rules for this file:
1. What is finished is validated with its finished members: models in it are instances by then, which pydantic
   takes as they are. Those with validators of the whole it would run again, so that they stay as the JSON has them.
2. Half a value is never judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ValidationError

from eventflow.errors import OutputParserException
from eventflow.jsonstream import JsonStream, Update
from eventflow.parsers.partial import NOT_YET, Members, Partial, shown
from eventflow.parsers.shapes import FieldShape, ModelShape, Shape
from eventflow.parsers.validation import complaint

__all__ = ("Growth", "UnfitError")

M = TypeVar("M", bound=BaseModel)

Path: TypeAlias = tuple[str | int, ...]

_STATE: Final = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
"""All that an instance of a pydantic model consists of."""


class UnfitError(Exception):
    """What has been finished does not fit; never leaves the parsers.

    `path` is where in the JSON it is, `told` what is wrong, and `__cause__` pydantic's error.
    """

    def __init__(self, path: Path, error: ValidationError, skip: int = 0) -> None:
        complaints = error.errors(include_url=False)
        self.path = path
        self.told = "; ".join(complaint(one, (*path, *one["loc"][skip:])) for one in complaints)
        super().__init__(self.told)

    def as_exception(
        self, what: str, model: type[BaseModel], text: str, stream: JsonStream
    ) -> OutputParserException:
        """What is raised instead: `what` is not valid, and where in `text`, which `stream` can read, that ends."""
        message = f"{what} is not a valid {model.__name__}: {self.told} ({_end_of(self.path, text, stream)})"
        return OutputParserException(message, llm_output=text)


def _end_of(path: Path, text: str, stream: JsonStream) -> str:
    """Where in a text the part at `path` is known to be finished, however the text was cut."""
    for char in text:
        update = stream.feed(char)
        if update is not None and path in update.completed:
            break
    before = text[: stream.offset]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    return f"at line {line}, column {column}, character {len(before)}"


class Growth(Generic[M]):
    """One instance that is being written.

    >>> from eventflow.jsonstream import JsonStream
    >>> class Point(BaseModel):
    ...     x: int
    >>> stream, growth = JsonStream(), Growth(Point)
    >>> [growth.add(update) for text in ('{"x": 1', "2", "}") if (update := stream.feed(text))]
    [Partial[Point](), Partial[Point](), Point(x=12)]
    """

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self._whole: Any = NOT_YET
        self._root = Shape("model", model)
        self._open: list[Members] = []

    def add(self, update: Update) -> M | Partial[M] | None:
        """Take in what a chunk has brought.

        Returns the instance if it is finished, else what there is to show; None if that is nothing.

        Raises UnfitError if something that has been finished does not fit.
        """
        value: Any = update.value
        for path in update.completed:
            self._close(path, value)
        if self._whole is not NOT_YET:
            return cast("M", self._whole)
        chain = tuple([(members, len(members.values)) for members in self._open])
        view = shown(self._root, value, chain)
        return None if view is NOT_YET else view

    def _close(self, path: Path, value: Any) -> None:
        for key in path:
            value = value[key]
        if not path:
            if isinstance(value, dict):  # all else may be text that looks like JSON, until the end
                self._whole = self._finished(self._root, value, path)[0]
            return
        outer = self._enter(path[:-1])
        key = path[-1]
        if outer is None or isinstance(key, int) != (outer.shape.kind == "array"):
            return
        shape = outer.shape.below(key)
        if shape is None:
            return
        if outer.shape.kind == "model":
            finished, given = self._finished_field(outer, value, path)
        else:
            finished, given = self._finished(shape, value, path)
        outer.keys.append(key)
        outer.values.append(finished)
        if given is not value:
            outer.given[key] = given

    def _enter(self, path: Path) -> Members | None:
        """The members of what is open at `path`; None if it is none of the model's business."""
        for depth in range(len(path) + 1):
            key = path[depth - 1] if depth else ""
            if depth < len(self._open) and self._open[depth].key == key:
                continue
            del self._open[depth:]
            shape = self._open[-1].shape.below(key) if depth else self._root
            if shape is None or shape.kind not in ("model", "array", "object"):
                return None
            self._open.append(Members(key, shape))
        return self._open[len(path)]

    def _leave(self, path: Path) -> Members | None:
        """The finished members of what has just been finished itself, if it had any."""
        depth = len(path)
        if len(self._open) <= depth:
            return None
        members = self._open[depth]
        del self._open[depth:]
        return members if not path or members.key == path[-1] else None

    def _finished(self, shape: Shape, raw: Any, path: Path) -> tuple[Any, Any]:
        """What is shown of something finished that is no field, and what is passed on of it to what it is in."""
        given = _given(raw, self._leave(path))
        if shape.kind == "raw" or (raw is None and shape.nullable):
            return raw, raw
        if shape.kind == "model":
            value = _judged(shape.model.model.model_validate, given, path)
            return value, given if shape.model.is_judged_whole else value
        return _judged(shape.adapter.validate_python, given, path), given

    def _finished_field(self, outer: Members, raw: Any, path: Path) -> tuple[Any, Any]:
        """The same for a field."""
        model = outer.shape.model
        field = model.by_key[path[-1]]
        if field.shape.kind == "model":
            given = self._finished(field.shape, raw, path)[1]
        else:
            given = _given(raw, self._leave(path))
        if outer.fields is None:
            outer.fields = _Fields(model)
        value = outer.fields.check(field, given, path)
        if value is not NOT_YET:
            return value, given
        if field.shape.kind in ("raw", "model"):
            return given, given
        return _judged(field.shape.adapter.validate_python, given, path), given


class _Fields:
    """The fields of one object, each validated for itself."""

    def __init__(self, shape: ModelShape) -> None:
        self._shape = shape
        self._instance = _blank(shape.checker)

    def check(self, field: FieldShape, given: Any, path: Path) -> Any:
        """The value of a field; `NOT_YET` if it cannot be judged before the whole.

        Raises UnfitError if it does not fit.
        """
        values: Mapping[str, Any] = self._instance.__dict__
        if not field.is_judged or (field.is_ordered and not self._has_all_before(field, values)):
            return NOT_YET
        validator = self._shape.checker.__pydantic_validator__
        try:
            validator.validate_assignment(self._instance, field.name, given)
        except ValidationError as error:
            raise UnfitError(path, error, skip=1) from error
        except Exception:  # of a validator that needs more than there is; that of the whole will say
            return NOT_YET
        return self._instance.__dict__[field.name]  # which is another one now

    def _has_all_before(self, field: FieldShape, values: Mapping[str, Any]) -> bool:
        """Whether a validator finds all fields that it may look at."""
        return all(name in values for name in takewhile(lambda name: name != field.name, self._shape.by_name))


def _blank(model: type[BaseModel]) -> Any:
    """An instance without any field, of which nothing of the user's has been run."""
    instance = model.__new__(model)
    state: Any = ({}, set[str](), None, None)
    for name, value in zip(_STATE, state, strict=True):
        object.__setattr__(instance, name, value)
    return instance


def _given(raw: Any, members: Members | None) -> Any:
    """What was finished in something, as the parts of it are passed on."""
    if members is None or not members.given:
        return raw
    given: Any = raw.copy()
    for key, value in members.given.items():
        given[key] = value
    return given


def _judged(validate: Callable[[Any], Any], value: Any, path: Path) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        raise UnfitError(path, error) from error
