"""Which events a subscriber wants: compiled once, and asked once a run, so that the rest is never built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast
from uuid import UUID

from typing_extensions import TypedDict, Unpack

from eventflow.bus.receiver import Emitter
from eventflow.errors import SubscriptionError
from eventflow.events import PHASES, Phase, RunInfo
from eventflow.events.notices import Internal

__all__ = ("Filter", "FilterOptions")

T = TypeVar("T")


class FilterOptions(TypedDict, total=False):
    """The keyword arguments of `Filter`, which `subscribe` and `listen` take, too."""

    include_names: Iterable[str] | None
    include_types: Iterable[str] | None
    include_tags: Iterable[str] | None
    exclude_names: Iterable[str] | None
    exclude_types: Iterable[str] | None
    exclude_tags: Iterable[str] | None
    phases: Iterable[Phase] | None
    run: str | UUID | RunInfo | Emitter | None
    max_depth: int | None


class Filter:
    """Include and exclude lists, the subtree of one run, and a greatest depth.

    Includes are OR-ed (any match keeps, none given keeps all); excludes are applied afterwards. For a custom
    event the type is the event's own name, as in LangChain, and so is the name; its tags are those of the run
    around it.

    Arguments:
        include_names, include_types, include_tags: keep runs that match any of these.
        exclude_names, exclude_types, exclude_tags: drop runs that match any of these.
        phases: only these phases (`start`, `stream`, `end`, `error`, `custom`).
        run: only this run and everything below it: its id, its `RunInfo`, or the run itself.
        max_depth: only runs with at most this many ancestors (0: roots only).

    Raises SubscriptionError if a list is a bare string, a keyword or phase is unknown, `run` is no run, or
    `max_depth` no whole number.
    """

    __slots__ = ("_depth", "_exclude", "_include", "_under", "phases")

    def __init__(self, **options: Unpack[FilterOptions]) -> None:
        _refuse_unknown(options)
        self._include = _Match(
            "include", options.get("include_names"), options.get("include_types"), options.get("include_tags")
        )
        self._exclude = _Match(
            "exclude", options.get("exclude_names"), options.get("exclude_types"), options.get("exclude_tags")
        )
        self._under = _root(options.get("run"))
        self._depth = options.get("max_depth")
        if self._depth is not None and not isinstance(self._depth, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise SubscriptionError(f"max_depth={self._depth!r}: give a whole number, 0 for roots only")
        phases = options.get("phases")
        self.phases: frozenset[Phase] = frozenset(PHASES if phases is None else _listed("phases", phases))
        if unknown := self.phases.difference(PHASES):
            raise SubscriptionError(
                f"phases={sorted(unknown)}: a run has only the phases {', '.join(PHASES)}"
            )

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        """Whether events of `phase` of `run` pass; `name` is the custom event's own, else None."""
        if phase not in self.phases or (isinstance(name, Internal) and not self._include.names(name)):
            return False
        if self._under is not None and not _is_under(run, self._under):
            return False
        if self._depth is not None and run.info.depth > self._depth:
            return False
        if self._include.given and not self._include(run, name):
            return False
        return not (self._exclude.given and self._exclude(run, name))


def _refuse_unknown(options: Mapping[str, object]) -> None:
    if unknown := options.keys() - FilterOptions.__annotations__.keys():
        raise SubscriptionError(
            f"unknown filter {', '.join(sorted(unknown))}: there are {', '.join(FilterOptions.__annotations__)}"
        )


class _Match:
    """Any of these names, types or tags."""

    __slots__ = ("_names", "_tags", "_types", "given")

    def __init__(
        self, side: str, names: Iterable[str] | None, types: Iterable[str] | None, tags: Iterable[str] | None
    ) -> None:
        self._names = _strings(f"{side}_names", names)
        self._types = _strings(f"{side}_types", types)
        self._tags = _strings(f"{side}_tags", tags)
        self.given = names is not None or types is not None or tags is not None

    def names(self, name: str) -> bool:
        """Whether it has this very name, or type."""
        return name in self._names or name in self._types

    def __call__(self, run: Emitter, name: str | None) -> bool:
        return bool(
            (self._types and (run.kind if name is None else name) in self._types)
            or (self._names and (run.info.name if name is None else name) in self._names)
            or (self._tags and not self._tags.isdisjoint(run.info.tags))
        )


def _strings(keyword: str, given: Iterable[str] | None) -> frozenset[str]:
    return frozenset() if given is None else frozenset(_listed(keyword, given))


def _listed(keyword: str, given: Iterable[T]) -> Iterable[T]:
    if isinstance(given, str):
        raise SubscriptionError(f"{keyword}={given!r}: give a list of strings, such as [{given!r}]")
    return given


def _root(given: object) -> str | Emitter | None:
    """What `run=` names: an id, or the run itself, which may not have one yet."""
    if isinstance(given, (str, UUID)):
        return str(given)
    if isinstance(given, RunInfo):
        return given.run_id
    if given is not None and not hasattr(type(given), "parent_run"):
        raise SubscriptionError(f"run={given!r}: give a run, its RunInfo, or its id")
    return cast("Emitter | None", given)


def _is_under(run: Emitter, root: str | Emitter) -> bool:
    if isinstance(root, str):
        return run.info.run_id == root or root in run.info.parent_ids
    above: Emitter | None = run
    while above is not None and above is not root:
        above = above.parent_run
    return above is root
