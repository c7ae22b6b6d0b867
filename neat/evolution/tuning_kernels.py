"""Kernels of the tuning of weights: sampling, and the adaptation of the distribution."""

from __future__ import annotations

import numpy as np

from neat.core.arithmetic_kernels import exp, log
from neat.core.kernels import kernel
from neat.core.random_kernels import normal_of, stream, uniform
from neat.genetics.mutation_kernels import limited

_LARGEST_CHANGE = 1.0  # of the logarithm of sigma in one generation
_SMALLEST_STEP, LARGEST_STEP = 1e-12, 1e12  # of sigma, so that nothing overflows where fitness is flat
_SMALLEST_VARIANCE = 1e-12  # times sigma^2: where all chosen samples lie at a limit, the variance would become 0


@kernel
def draw(address, key, mean, deviation, limit, made):
    """Write a sample for every key: normal numbers around the mean, clipped to +-limit. Number i is draw i."""
    for sample in range(key.size):
        draws = stream(address, key[sample])
        for i in range(mean.size):
            moved = mean[i] + deviation[i] * normal_of(uniform(draws, np.int64(i)))
            made[sample, i] = limited(moved, limit[i])


@kernel
def adapt(samples, order, age, diagonal, sigma, mean, variance, path, step_path):
    """Adapt the distribution to its samples, of which `order` names the best first; return the new sigma.

    Without `diagonal`, the variances stay. `age` is the number of adaptations before.
    """
    n, count = mean.size, order.size
    chosen = count // 2
    total = squares = 0.0
    for rank in range(chosen):
        weight = log(chosen + 1.0) - log(rank + 1.0)
        total += weight
        squares += weight * weight
    mass = total * total / squares  # mu_eff
    step_rate = (mass + 2.0) / (n + mass + 3.0)
    excess = np.sqrt((mass - 1.0) / (n + 1.0)) - 1.0
    damping = 1.0 + 2.0 * max(0.0, excess) + step_rate
    path_rate = 4.0 / (n + 4.0)
    root = n + np.sqrt(2.0)
    rank_one = 2.0 / (root * root)
    rank_mu = min(1.0, (2.0 * mass - 1.0) / ((n + 2.0) * (n + 2.0) + mass))
    rate = min(1.0, (rank_one / mass + (1.0 - 1.0 / mass) * rank_mu) * (n + 2.0) / 3.0)
    expected = np.sqrt(np.float64(n)) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n))

    step_scale = np.sqrt(step_rate * (2.0 - step_rate) * mass)
    length = 0.0
    for i in range(n):
        shift = 0.0
        for rank in range(chosen):
            shift += (log(chosen + 1.0) - log(rank + 1.0)) / total * (samples[order[rank], i] - mean[i])
        made = shift / sigma
        step_path[i] = (1.0 - step_rate) * step_path[i] + step_scale * made / np.sqrt(variance[i])
        length += step_path[i] * step_path[i]
    length = np.sqrt(length)
    left = 1.0
    for _ in range(2 * (age + 1)):
        left *= 1.0 - step_rate
    moving = length / np.sqrt(1.0 - left) < (1.4 + 2.0 / (n + 1.0)) * expected

    path_scale = np.sqrt(path_rate * (2.0 - path_rate) * mass)
    for i in range(n):
        shift = spread = 0.0
        for rank in range(chosen):
            weight = (log(chosen + 1.0) - log(rank + 1.0)) / total
            step = samples[order[rank], i] - mean[i]
            shift += weight * step
            spread += weight * (step / sigma) * (step / sigma)
        path[i] = (1.0 - path_rate) * path[i] + (path_scale * (shift / sigma) if moving else 0.0)
        mean[i] += shift
        if diagonal:
            one = path[i] * path[i] + (0.0 if moving else path_rate * (2.0 - path_rate) * variance[i])
            variance[i] = (1.0 - rate) * variance[i] + rate * (one / mass + (1.0 - 1.0 / mass) * spread)
            variance[i] = max(variance[i], _SMALLEST_VARIANCE)
    sigma *= exp(min(_LARGEST_CHANGE, step_rate / damping * (length / expected - 1.0)))
    return min(max(sigma, _SMALLEST_STEP), LARGEST_STEP)
