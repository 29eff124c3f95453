"""What of a graph's own types can be kept in checkpoints."""

from __future__ import annotations

from eventflow.codec import register_type
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.types import Command, Overwrite, Send

__all__ = ()

register_type(Command, tag="Command")
register_type(Interrupt, tag="Interrupt")
register_type(Overwrite, tag="Overwrite")
register_type(Send, tag="Send", encode=lambda send: [send.node, send.arg], decode=lambda kept: Send(*kept))
