"""Genetics: genomes, populations, and the operators that change them."""
