"""Kernels of the dataset problem: run a network on all rows, measure, forget its outputs."""

from __future__ import annotations

import numpy as np

from neat.core.arithmetic_kernels import exp, log
from neat.core.kernels import kernel, part
from neat.network.block_kernels import run_rows, workspace

# Codes of the measures.
MSE, ACCURACY, CROSS_ENTROPY, PAPER = 0, 1, 2, 3
_SMALLEST = 1e-7  # a probability below this counts as this in a logarithm


@part
def largest(values, row):
    """Return the place of the largest value in column `row`, ties to the first."""
    best = 0
    for place in range(1, values.shape[0]):
        if values[place, row] > values[best, row]:
            best = place
    return best


@part
def entropy(outputs, targets, row):
    """Return the cross entropy of one row: of a probability (one target), or of a softmax (several)."""
    if targets.shape[0] == 1:
        chance = min(max(outputs[0, row], _SMALLEST), 1.0 - _SMALLEST)
        return -targets[0, row] * log(chance) - (1.0 - targets[0, row]) * log(1.0 - chance)
    top = outputs[largest(outputs, row), row]
    total = 0.0
    for place in range(outputs.shape[0]):
        total += exp(outputs[place, row] - top)
    result = 0.0
    for place in range(outputs.shape[0]):
        result += targets[place, row] * (top + log(total) - outputs[place, row])
    return result


@part
def measured(measure, outputs, targets, side):
    """Return the fitness of outputs (O, R) against targets (O, R); summed row by row, then output by output."""
    rows, values = targets.shape[1], targets.shape[1] * targets.shape[0]
    total = 0.0
    for row in range(rows):
        if measure == ACCURACY:
            if targets.shape[0] == 1:
                total += (outputs[0, row] > side) == (targets[0, row] > side)
            else:
                total += largest(outputs, row) == largest(targets, row)
        elif measure == CROSS_ENTROPY:
            total += entropy(outputs, targets, row)
        else:
            for place in range(targets.shape[0]):
                error = outputs[place, row] - targets[place, row]
                total += error * error if measure == MSE else abs(error)
    if measure == PAPER:
        return (values - total) * abs(values - total)  # larger errors must not be worth more again
    if measure == ACCURACY:
        return total / rows
    return -total / (values if measure == MSE else rows)


@part
def on_right_sides(outputs, targets, side):
    """Say whether every output lies on the same side of `side` as its target; on it is wrong."""
    for place in range(targets.shape[0]):
        for row in range(targets.shape[1]):
            if outputs[place, row] == side or (outputs[place, row] > side) != (targets[place, row] > side):
                return False
    return True


@kernel
def judge_rows(begin, end, nets, inputs, targets, measure, side, fitness, sides):
    """Write the fitness of networks `begin` to `end`, and whether all their outputs lie on the right side."""
    work = workspace(nets, begin, end, inputs.shape[1])
    outputs = np.empty(targets.shape)
    for g in range(begin, end):
        run_rows(nets, g, inputs, outputs, work)
        fitness[g] = measured(measure, outputs, targets, side)
        sides[g] = on_right_sides(outputs, targets, side)
