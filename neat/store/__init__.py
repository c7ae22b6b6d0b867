"""The run file: an SQLite database that records a run, and everything that reads and writes it."""
