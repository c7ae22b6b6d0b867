"""Runs: evolution with a record of it on disk, and how a run is found again."""
