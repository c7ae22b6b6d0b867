"""The command line: the only package that prints."""

from neat.cli.app import main

__all__ = ["main"]
