"""Values as bytes, which are data and never code: what is kept of a program so that another can go on from it."""

from eventflow.codec import builtin as builtin
from eventflow.codec import messages as messages
from eventflow.codec.annotated import register_annotated
from eventflow.codec.form import dumps, loads
from eventflow.codec.registry import register_type

__all__ = ("dumps", "loads", "register_annotated", "register_type")
