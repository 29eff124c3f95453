"""Subscribers that are ready to use: a live tree for the console, lines of JSON, a recorder, and partial JSON."""

from eventflow.subscribers.console import ConsoleTree
from eventflow.subscribers.jsonlines import JsonLines
from eventflow.subscribers.model_json import JsonStatus, PartialJsonData, ToolCallPlace
from eventflow.subscribers.partial_json import attach_partial_json
from eventflow.subscribers.recorder import Recorder

__all__ = (
    "ConsoleTree",
    "JsonLines",
    "JsonStatus",
    "PartialJsonData",
    "Recorder",
    "ToolCallPlace",
    "attach_partial_json",
)
