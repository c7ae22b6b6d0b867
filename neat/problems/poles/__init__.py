"""Pole balancing: one or two poles on a cart."""
