"""Plots of a run."""

from neat.report.ancestry import plot_ancestry
from neat.report.plots import PANELS, picture_of, plot_fitness, plot_run, plot_sizes, plot_species

__all__ = ["PANELS", "picture_of", "plot_ancestry", "plot_fitness", "plot_run", "plot_sizes", "plot_species"]
