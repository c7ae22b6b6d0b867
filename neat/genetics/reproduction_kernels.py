"""Kernels of reproduction: ranking within species, and the drawing of parents."""

from __future__ import annotations

import numpy as np

from neat.ground.compiled import kernel
from neat.ground.random_kernels import below, stream, uniform

# Draws of a child; numpy integers, so that callees are compiled once.
_FIRST, _UNMATED, _ABROAD, _SPECIES, _SECOND, _FITTER, _MUTATED = np.arange(7)


@kernel
def draw_parents(
    begin, end, key, address, breeds, order, species_start, survivors, breeding, score, size,
    unmated, abroad, mutate_mated, equal_smaller, first, second, mutable,
):  # fmt: skip
    """Draw the parents of children, both uniform among the survivors of species breeds[child].

    Survivors of species s are order[species_start[s]:][:survivors[s]]; `breeding` lists the species that
    have children; `size` (genes) decides equal scores where `equal_smaller`. The fitter parent is the first.
    """
    for child in range(begin, end):
        draws = stream(address, key[child])
        home = breeds[child]
        one = order[species_start[home] + below(draws, _FIRST, survivors[home])]
        other = -1
        mutable[child] = True
        if uniform(draws, _UNMATED) >= unmated:
            away = home
            if breeding.size > 1 and uniform(draws, _ABROAD) < abroad:
                nth = below(draws, _SPECIES, breeding.size - 1)
                away = breeding[nth]
                if away >= home:  # `breeding` ascends: skip the home species
                    away = breeding[nth + 1]
            other = order[species_start[away] + below(draws, _SECOND, survivors[away])]
            swap = score[other] > score[one]
            if score[other] == score[one]:
                swap = uniform(draws, _FITTER) < 0.5
                if equal_smaller and size[one] != size[other]:
                    swap = size[other] < size[one]
            if swap:
                one, other = other, one
            mutable[child] = uniform(draws, _MUTATED) < mutate_mated
        first[child] = one
        second[child] = other
