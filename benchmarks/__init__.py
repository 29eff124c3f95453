"""Benchmarks: eventflow beside langchain-core, in one process. Run `python -m benchmarks`."""
