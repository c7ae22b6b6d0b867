"""The command line: the only room that prints. Commands import what they need when they are called."""

from neat.cli.app import main

__all__ = ["main"]
