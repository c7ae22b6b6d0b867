"""Plots of a run, of a table of many runs, and of a training."""

from neat.report.ancestry import plot_ancestry
from neat.report.plots import PANELS, picture_of, plot_fitness, plot_run, plot_sizes, plot_species
from neat.report.table_plots import (
    TABLE_PANELS,
    picture_of_table,
    plot_batch,
    plot_table,
    plot_table_sizes,
    plot_table_solved,
    plot_table_species,
)
from neat.report.training_plot import picture_of_training, plot_training

__all__ = [
    "PANELS",
    "TABLE_PANELS",
    "picture_of",
    "picture_of_table",
    "picture_of_training",
    "plot_ancestry",
    "plot_batch",
    "plot_fitness",
    "plot_run",
    "plot_sizes",
    "plot_species",
    "plot_table",
    "plot_table_sizes",
    "plot_table_solved",
    "plot_table_species",
    "plot_training",
]
