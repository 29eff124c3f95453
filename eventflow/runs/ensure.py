"""A config with everything in it, for code that reads or changes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from eventflow.runs.config import Callbacks, RunnableConfig
from eventflow.runs.inherited import DEFAULTS, KNOWN_KEYS
from eventflow.runs.run import current_run

__all__ = ("ensure_config", "patch_config")


def ensure_config(config: Mapping[str, Any] | None = None) -> RunnableConfig:
    """`config` completed: what the current run hands down, then the defaults.

    Values that are None say nothing; keys that a config does not have go to `configurable`, as in LangChain.
    Lists and dictionaries are copies.

    >>> ensure_config({"tags": ["a"], "user": "u1"})["configurable"]
    {'user': 'u1'}
    """
    run = current_run()
    inherited = DEFAULTS if run is None else run.inherited
    made: dict[str, Any] = {
        "tags": [*inherited.tags],
        "metadata": {**inherited.metadata},
        "callbacks": None if run is None else run.handle(),
        "recursion_limit": inherited.recursion_limit,
        "configurable": {**inherited.configurable},
    }
    for key, value in (config or {}).items():
        if value is not None and key in KNOWN_KEYS:
            made[key] = value.copy() if isinstance(value, (dict, list)) else value
    others = {k: v for k, v in (config or {}).items() if v is not None and k not in KNOWN_KEYS}
    made["configurable"] = {**made["configurable"], **others}
    return cast(RunnableConfig, made)


def patch_config(
    config: Mapping[str, Any] | None,
    *,
    callbacks: Callbacks = None,
    recursion_limit: int | None = None,
    max_concurrency: int | None = None,
    run_name: str | None = None,
    configurable: Mapping[str, Any] | None = None,
) -> RunnableConfig:
    """`config` completed and changed; with other callbacks it is another run's, without the name and id.

    >>> patch_config({"run_name": "mine"}, callbacks=[]).get("run_name")
    >>> patch_config(None, recursion_limit=3)["recursion_limit"]
    3
    """
    made = cast("dict[str, Any]", ensure_config(config))
    if callbacks is not None:
        made["callbacks"] = callbacks
        made.pop("run_name", None)
        made.pop("run_id", None)
    given = {"recursion_limit": recursion_limit, "max_concurrency": max_concurrency, "run_name": run_name}
    made |= {key: value for key, value in given.items() if value is not None}
    if configurable is not None:
        made["configurable"] = {**made["configurable"], **configurable}
    return cast(RunnableConfig, made)
