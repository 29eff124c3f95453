"""`RunnableConfig`, what a caller may say about a run, and the rules by which several are merged."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, cast
from uuid import UUID

from eventflow.runs.inherited import DEFAULT_RECURSION_LIMIT
from eventflow.runs.node import RunHandle

__all__ = (
    "Callbacks",
    "RunnableConfig",
    "StepConfig",
    "get_config_list",
    "merge_callbacks",
    "merge_configs",
)

Callbacks: TypeAlias = Sequence[object] | RunHandle | None
"""Callback handlers, or the handle that a function finds in the config it is given."""


class RunnableConfig(TypedDict, total=False):
    """What may be said about a run; everything is optional, and keys not listed go to `configurable`.

    `tags` and `metadata` are handed down to all runs below, `run_name` and `run_id` (a UUID) are for the run
    itself, `callbacks` hear it and everything below, `max_concurrency` limits `batch` and parallel branches,
    `recursion_limit` (default 25) the depth of functions that return runnables, `configurable` holds values
    for `configurable_fields` and `configurable_alternatives`.
    """

    tags: list[str]
    metadata: dict[str, Any]
    callbacks: Callbacks
    run_name: str
    max_concurrency: int | None
    recursion_limit: int
    configurable: dict[str, Any]
    run_id: UUID | str | None


class StepConfig(dict[str, Any]):
    """The config that a composite gives a step: nothing but the step's place, made once and never changed.

    >>> StepConfig("seq:step:1").tag
    'seq:step:1'
    """

    __slots__ = ("tag",)

    def __init__(self, tag: str | None) -> None:
        super().__init__(callbacks=RunHandle(None, tag))
        self.tag = tag

    @property
    def config(self) -> RunnableConfig:
        """Itself, by the type that `invoke` takes."""
        return cast(RunnableConfig, self)


def merge_callbacks(first: Callbacks, second: Callbacks) -> Callbacks:
    """Both: a list after a list, and handlers beside the place that a handle stands for."""
    if not first or not second:
        return first or second
    if isinstance(first, RunHandle):
        more = second.handlers if isinstance(second, RunHandle) else tuple(second)
        place = second if isinstance(second, RunHandle) and second.node is not None else first
        return RunHandle(place.node, place.tag, (*first.handlers, *more))
    if isinstance(second, RunHandle):
        return RunHandle(second.node, second.tag, (*first, *second.handlers))
    return [*first, *second]


def merge_configs(*configs: Mapping[str, Any] | None) -> RunnableConfig:
    """Merge from left to right: tags are united and sorted, metadata and configurable merged, callbacks joined.

    Of other keys the last value that is not None wins; a `recursion_limit` of 25 says nothing.

    >>> merge_configs({"tags": ["b"], "metadata": {"x": 1}}, {"tags": ["a"], "metadata": {"x": 2}})
    {'tags': ['a', 'b'], 'metadata': {'x': 2}}
    """
    merged: dict[str, Any] = {}
    for config in configs:
        if not config:
            continue
        for key, value in config.items():
            if key == "tags":
                merged[key] = sorted({*merged.get(key, ()), *(value or ())})
            elif key in ("metadata", "configurable"):
                merged[key] = {**merged.get(key, {}), **(value or {})}
            elif key == "callbacks":
                merged[key] = merge_callbacks(merged.get(key), value)
            elif key == "recursion_limit":
                if value is not None and (value != DEFAULT_RECURSION_LIMIT or key not in merged):
                    merged[key] = value
            elif value is not None or key not in merged:
                merged[key] = value
    return cast(RunnableConfig, merged)


def get_config_list(
    config: RunnableConfig | Sequence[RunnableConfig] | None, length: int
) -> list[RunnableConfig]:
    """One config for each of `length` inputs.

    A single config is given to all, its `run_id` to the first only (with a RuntimeWarning, as in LangChain).

    Raises ValueError if `config` is a list of another length.
    """
    if isinstance(config, Sequence):
        if len(config) != length:
            raise ValueError(
                f"config has {len(config)} entries for {length} inputs: give one each, or one for all"
            )
        return list(config)
    one = config or {}
    if length > 1 and one.get("run_id") is not None:
        warnings.warn(
            "a run_id was given for several inputs; only the first run gets it", RuntimeWarning, stacklevel=3
        )
        others = cast(RunnableConfig, {k: v for k, v in one.items() if k != "run_id"})
        return [one, *([others] * (length - 1))]
    return [one] * length
