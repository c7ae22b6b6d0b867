"""The version, where every room, the packaging and a run's record find it."""

VERSION = "0.1.0"
