"""Runs: the tree they form, their life, and what callers and user code may say about them."""

from eventflow.runs.config import (
    Callbacks,
    RunnableConfig,
    StepConfig,
    get_config_list,
    merge_callbacks,
    merge_configs,
)
from eventflow.runs.custom import adispatch_custom_event, dispatch_custom_event
from eventflow.runs.ensure import ensure_config, patch_config
from eventflow.runs.inherited import DEFAULT_RECURSION_LIMIT, DEFAULTS, Inherited
from eventflow.runs.node import Node, RunHandle, current, leave
from eventflow.runs.run import Run, Source, current_run
from eventflow.runs.scope import Scope
from eventflow.runs.threads import run_in_context

__all__ = (
    "DEFAULTS",
    "DEFAULT_RECURSION_LIMIT",
    "Callbacks",
    "Inherited",
    "Node",
    "Run",
    "RunHandle",
    "RunnableConfig",
    "Scope",
    "Source",
    "StepConfig",
    "adispatch_custom_event",
    "current",
    "current_run",
    "dispatch_custom_event",
    "ensure_config",
    "get_config_list",
    "leave",
    "merge_callbacks",
    "merge_configs",
    "patch_config",
    "run_in_context",
)
