"""Kernels of reproduction: shares of offspring, ranking within species, and the drawing of parents."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import kernel, part
from neat.core.random_kernels import below, stream, uniform

# Draws of a child; numpy integers, so that callees are compiled once.
_FIRST, _UNMATED, _ABROAD, _SPECIES, _SECOND, _FITTER, _MUTATED = np.arange(7)
_ROOT = np.int64(0)
_TIE = np.int64(0)  # the draw of a genome that decides equal scores


@kernel
def share_out(brought, species_index, share, sizes):
    """Write what each species deserves: the mean of what its members bring, less the lowest if that is negative.

    The largest counts as 1, so that no sum overflows; halves are taken where even the range would. `sizes` gets
    the number of members of each species.
    """
    lowest, highest = 0.0, -np.inf
    for genome in range(species_index.size):
        lowest = min(lowest, brought[genome])
        highest = max(highest, brought[genome])
    unit = 1.0 if highest - lowest < np.inf else 0.5
    lowest *= unit
    scale = unit * highest - lowest
    for species in range(share.size):
        share[species], sizes[species] = 0.0, 0
    for genome in range(species_index.size):
        value = unit * brought[genome] - lowest
        share[species_index[genome]] += value / scale if scale > 0.0 else value
        sizes[species_index[genome]] += 1
    for species in range(share.size):
        share[species] /= max(sizes[species], 1)


@kernel
def floor_quotas(share, size, counts, remainder):
    """Write the whole part of each species' quota of `size`, and minus the rest; return how many are missing.

    Where all shares are zero every species counts the same; a negative share gets nothing.
    """
    allowed, total = 0, 0.0
    for species in range(share.size):
        if share[species] >= 0.0:
            allowed += 1
            total += share[species]
    even = not total > 0.0
    missing = size
    for species in range(share.size):
        counts[species], remainder[species] = 0, np.inf
        if share[species] >= 0.0:
            quota = (1.0 / allowed if even else share[species] / total) * size
            counts[species] = np.int64(np.floor(quota))
            remainder[species] = counts[species] - quota
            missing -= counts[species]
    return missing


@kernel
def list_members(species_index, survival, start, survivors, order):
    """Write all genomes by species, where each species starts, and how many of it survive: at least one."""
    for species in range(start.size):
        start[species] = 0
    for genome in range(species_index.size):
        start[species_index[genome]] += 1
    end = 0
    for species in range(survivors.size):
        survivors[species] = max(np.int64(np.ceil(survival * start[species])), 1)
        end += start[species]
        start[species] = end
    start[survivors.size] = end
    for genome in range(species_index.size - 1, -1, -1):  # from the back, so that ends become beginnings
        start[species_index[genome]] -= 1
        order[start[species_index[genome]]] = genome


@part
def goes_before(one, other, score, key, address):
    """Say whether a genome ranks before another: by score, then by chance."""
    if score[one] != score[other]:
        return score[one] > score[other]
    mine, theirs = stream(stream(address, key[one]), _TIE), stream(stream(address, key[other]), _TIE)
    return mine < theirs if mine != theirs else one < other


@part
def sift(order, end, node, size, score, key, address):
    """Let an entry of a heap sink to its place; entry i of the heap is order[end - 1 - i]."""
    genome = order[end - 1 - node]
    while True:
        child = 2 * node + 1
        if child >= size:
            break
        if child + 1 < size and goes_before(order[end - 2 - child], order[end - 1 - child], score, key, address):
            child += 1
        if not goes_before(order[end - 1 - child], genome, score, key, address):
            break
        order[end - 1 - node] = order[end - 1 - child]
        node = child
    order[end - 1 - node] = genome


@kernel
def rank_best(begin, end, start, wanted, score, key, address, order):
    """Put the best `wanted[s]` genomes of species `begin` to `end` in front, best first (a heapsort cut short)."""
    for species in range(begin, end):
        first, last = start[species], start[species + 1]
        size = last - first
        for node in range(size // 2 - 1, -1, -1):
            sift(order, last, node, size, score, key, address)
        for place in range(first, first + min(wanted[species], size)):
            order[place], order[last - 1] = order[last - 1], order[place]
            size -= 1
            sift(order, last, _ROOT, size, score, key, address)


@kernel
def line_up(
    counts, start, order, best, home, champion_size, next_key, key,
    first, second, new_key, elite, mutable, breeds,
):  # fmt: skip
    """Write the elites, then the species of every child; return how many elites there are.

    Elites are genome `best`, of species `home`, and the champions of species with more than `champion_size` members.
    """
    row = 0
    for species in range(counts.size):
        champion = best if species == home else order[start[species]]
        large = start[species + 1] - start[species] > champion_size
        if counts[species] > 0 and (large or champion == best):
            first[row], second[row], new_key[row], breeds[row] = champion, -1, key[champion], species
            elite[row], mutable[row] = True, False
            row += 1
    elites = row
    passed = 0
    for species in range(counts.size):
        children = counts[species]
        if passed < elites and breeds[passed] == species:
            children -= 1
            passed += 1
        for _ in range(children):
            new_key[row], breeds[row], elite[row] = next_key + row - elites, species, False
            row += 1
    return elites


@kernel
def draw_parents(
    begin, end, elites, key, address, breeds, order, start, survivors, breeding, score, connection_start,
    unmated, abroad, mutate_mated, equal_smaller, first, second, mutable,
):  # fmt: skip
    """Draw the parents of children, both uniform among the survivors of their species; rows begin after the elites.

    Survivors of species s are order[start[s]:][:survivors[s]]; `breeding` lists the species that have offspring; the
    number of genes decides equal scores where `equal_smaller`. The fitter parent is the first.
    """
    for child in range(elites + begin, elites + end):
        draws = stream(address, key[child])
        home = breeds[child]
        one = order[start[home] + below(draws, _FIRST, survivors[home])]
        other = -1
        mutable[child] = True
        if uniform(draws, _UNMATED) >= unmated:
            away = home
            if breeding.size > 1 and uniform(draws, _ABROAD) < abroad:
                nth = below(draws, _SPECIES, breeding.size - 1)
                away = breeding[nth]
                if away >= home:  # `breeding` ascends: skip the home species
                    away = breeding[nth + 1]
            other = order[start[away] + below(draws, _SECOND, survivors[away])]
            swap = score[other] > score[one]
            if score[other] == score[one]:
                swap = uniform(draws, _FITTER) < 0.5
                size = connection_start[one + 1] - connection_start[one]
                other_size = connection_start[other + 1] - connection_start[other]
                if equal_smaller and size != other_size:
                    swap = other_size < size
            if swap:
                one, other = other, one
            mutable[child] = uniform(draws, _MUTATED) < mutate_mated
        first[child] = one
        second[child] = other
