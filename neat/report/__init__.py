"""Plots of a run, and of a training."""

from neat.report.ancestry import plot_ancestry
from neat.report.plots import PANELS, picture_of, plot_fitness, plot_run, plot_sizes, plot_species
from neat.report.training_plot import picture_of_training, plot_training

__all__ = [
    "PANELS",
    "picture_of",
    "picture_of_training",
    "plot_ancestry",
    "plot_fitness",
    "plot_run",
    "plot_sizes",
    "plot_species",
    "plot_training",
]
