"""What a run passes on to the runs below it: tags, metadata, configurable values and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

__all__ = ("DEFAULTS", "DEFAULT_RECURSION_LIMIT", "KNOWN_KEYS", "Inherited")

DEFAULT_RECURSION_LIMIT: Final = 25

KNOWN_KEYS: Final = frozenset(
    {
        "callbacks",
        "configurable",
        "max_concurrency",
        "metadata",
        "recursion_limit",
        "run_id",
        "run_name",
        "tags",
    }
)
_SHOWN: Final = ("model", "checkpoint_ns")
"""Configurable values that LangChain shows in the metadata of events when they are text."""


@final
class Inherited:
    """One level of what is handed down; shared by all runs below that add nothing. Never changed in place.

    Tags are those of the levels above in order, each once; of equal metadata and configurable keys the
    lowest level wins.
    """

    __slots__ = ("configurable", "limited", "max_concurrency", "metadata", "recursion_limit", "tags")

    def __init__(
        self,
        tags: tuple[str, ...] = (),
        metadata: Mapping[str, Any] | None = None,
        configurable: Mapping[str, Any] | None = None,
        max_concurrency: int | None = None,
        recursion_limit: int = DEFAULT_RECURSION_LIMIT,
        limited: bool = False,
    ) -> None:
        self.tags = tags
        self.metadata: Mapping[str, Any] = {} if metadata is None else metadata
        self.configurable: Mapping[str, Any] = {} if configurable is None else configurable
        self.max_concurrency = max_concurrency
        self.recursion_limit = recursion_limit
        self.limited = limited
        """Whether somebody has said so: a graph has another default than functions that return runnables."""

    def extend(self, config: Mapping[str, Any]) -> Inherited:
        """What is handed down below a run that was called with `config`; self if that says nothing new.

        Keys that a config does not have are taken as configurable values, as in LangChain.
        """
        given = config.get
        tags, metadata, configurable = given("tags"), given("metadata"), given("configurable")
        concurrency, limit = given("max_concurrency"), given("recursion_limit")
        others = {k: v for k, v in config.items() if k not in KNOWN_KEYS}
        if not (tags or metadata or configurable or others) and concurrency is None and limit is None:
            return self
        passed_on = limit == DEFAULT_RECURSION_LIMIT and getattr(given("callbacks"), "node", None) is not None
        values: dict[str, Any] = {**self.configurable, **others, **(configurable or {})}
        shown = {k: values[k] for k in _SHOWN if isinstance(values.get(k), str)}
        return Inherited(
            self.tags if not tags else (*self.tags, *(t for t in dict.fromkeys(tags) if t not in self.tags)),
            {**shown, **self.metadata, **(metadata or {})},
            values,
            self.max_concurrency if concurrency is None else concurrency,
            self.recursion_limit if limit is None else limit,
            self.limited or not (limit is None or passed_on),
        )


DEFAULTS: Final = Inherited()
