"""Genetics: what genomes are and the laws by which they change."""
