"""Kernels of tables: run networks on all rows and measure their outputs."""

from __future__ import annotations

import numpy as np

from neat.core.arithmetic_kernels import exp, log
from neat.core.kernels import kernel, part
from neat.network.block_kernels import run_rows, workspace

# Codes of the measures.
MSE, ACCURACY, CROSS_ENTROPY, PAPER = 0, 1, 2, 3
_MIN_PROBABILITY = 1e-7  # probabilities are clipped this far from 0 and 1


@part
def largest_index(values, row):
    """Return the index of the largest value in column `row`, the first of equal ones."""
    best = 0
    for index in range(1, values.shape[0]):
        if values[index, row] > values[best, row]:
            best = index
    return best


@part
def cross_entropy(outputs, targets, row):
    """Return the cross entropy of one row: of a probability if there is one target, else of a softmax."""
    if targets.shape[0] == 1:
        probability = min(max(outputs[0, row], _MIN_PROBABILITY), 1.0 - _MIN_PROBABILITY)
        return -targets[0, row] * log(probability) - (1.0 - targets[0, row]) * log(1.0 - probability)
    top = outputs[largest_index(outputs, row), row]
    total = 0.0
    for index in range(outputs.shape[0]):
        total += exp(outputs[index, row] - top)
    result = 0.0
    for index in range(outputs.shape[0]):
        result += targets[index, row] * (top + log(total) - outputs[index, row])
    return result


@part
def fitness_of_outputs(measure, outputs, targets, side):
    """Return the fitness of outputs (O, R) for targets (O, R); sums run over rows, and in each over outputs."""
    rows, values = targets.shape[1], targets.shape[1] * targets.shape[0]
    total = 0.0
    for row in range(rows):
        if measure == ACCURACY:
            if targets.shape[0] == 1:
                total += (outputs[0, row] > side) == (targets[0, row] > side)
            else:
                total += largest_index(outputs, row) == largest_index(targets, row)
        elif measure == CROSS_ENTROPY:
            total += cross_entropy(outputs, targets, row)
        else:
            for index in range(targets.shape[0]):
                error = outputs[index, row] - targets[index, row]
                total += error * error if measure == MSE else abs(error)
    if measure == PAPER:
        return (values - total) * abs(values - total)  # negative if errors exceed the number of values
    if measure == ACCURACY:
        return total / rows
    return -total / (values if measure == MSE else rows)


@part
def all_on_target_side(outputs, targets, side):
    """Return whether every output lies on the same side of `side` as its target, and none is equal to it."""
    for index in range(targets.shape[0]):
        for row in range(targets.shape[1]):
            if outputs[index, row] == side or (outputs[index, row] > side) != (targets[index, row] > side):
                return False
    return True


@kernel
def evaluate_rows(begin, end, nets, inputs, targets, measure, side, fitness, on_side):
    """Write the fitness of networks `begin` to `end`, and whether all their outputs lie on the side of the target."""
    work = workspace(nets, begin, end, inputs.shape[1])
    outputs = np.empty(targets.shape)
    for g in range(begin, end):
        run_rows(nets, g, inputs, outputs, work)
        fitness[g] = fitness_of_outputs(measure, outputs, targets, side)
        on_side[g] = all_on_target_side(outputs, targets, side)
