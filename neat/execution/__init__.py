"""Execution: where fitness is computed."""
