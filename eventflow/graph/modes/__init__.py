"""The stream modes: each a small class that says which events it wants and what it makes of one."""

from eventflow.graph.modes.choose import StreamModeName, chosen_modes, in_order
from eventflow.graph.modes.mode import Mode, Part, View

__all__ = ("Mode", "Part", "StreamModeName", "View", "chosen_modes", "in_order")
