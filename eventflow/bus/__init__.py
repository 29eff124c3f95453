"""The bus: blinker signals at the door, ordered and isolated delivery behind it."""

from eventflow.bus.delivery import Delivery
from eventflow.bus.filters import Filter, FilterOptions
from eventflow.bus.hub import APPLICATION, Hub
from eventflow.bus.mailbox import DEFAULT_BUFFER, Mailbox, Policy
from eventflow.bus.receiver import Emitter, Gate, Gated, PlainReceiver, Receiver, Receivers, ScopedReceiver
from eventflow.bus.report import report_failure
from eventflow.bus.signals import RunSignal, signals
from eventflow.bus.subscription import (
    Listener,
    OnError,
    Statistics,
    Subscription,
    active_subscriptions,
    listen,
    subscribe,
)

__all__ = (
    "APPLICATION",
    "DEFAULT_BUFFER",
    "Delivery",
    "Emitter",
    "Filter",
    "FilterOptions",
    "Gate",
    "Gated",
    "Hub",
    "Listener",
    "Mailbox",
    "OnError",
    "PlainReceiver",
    "Policy",
    "Receiver",
    "Receivers",
    "RunSignal",
    "ScopedReceiver",
    "Statistics",
    "Subscription",
    "active_subscriptions",
    "listen",
    "report_failure",
    "signals",
    "subscribe",
)
