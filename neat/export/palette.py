"""Colours of genomes, the same in every picture."""

# Distinguishable for colour-blind readers: M. Okabe, K. Ito, Color Universal Design (2008).
POSITIVE, NEGATIVE, DISABLED = "#0072b2", "#d55e00", "#999999"
FILLS = {"input": "#e8f1fa", "bias": "#eeeeee", "output": "#fdebd8", "hidden": "#ffffff"}
INK, QUIET, PAPER = "#333333", "#6b6b6b", "#ffffff"
