"""Schemas."""


class Schemas: ...
