"""Subscribers that are ready to use: a live tree for the console, lines of JSON, and a recorder."""

from eventflow.subscribers.console import ConsoleTree
from eventflow.subscribers.jsonlines import JsonLines
from eventflow.subscribers.recorder import Recorder

__all__ = ("ConsoleTree", "JsonLines", "Recorder")
