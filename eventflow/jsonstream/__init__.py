"""JSON that is still being written: a push parser, sans-IO."""

from eventflow.jsonstream.changes import Operation
from eventflow.jsonstream.stream import JsonStream, parse_partial
from eventflow.jsonstream.update import Update

__all__ = ("JsonStream", "Operation", "Update", "parse_partial")
