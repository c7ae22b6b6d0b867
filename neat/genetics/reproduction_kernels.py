"""Kernels of selection: shares of the offspring, ranking within species, and the drawing of parents."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import kernel, part
from neat.core.random_kernels import below, stream, uniform

# Draw indices of a child. Numpy integers, so that numba compiles callees only once.
_FIRST, _UNMATED, _INTERSPECIES, _SPECIES, _SECOND, _FITTER, _MUTATED = np.arange(7)
_ROOT = np.int64(0)
_TIE = np.int64(0)  # the draw of a genome that decides between equal scores


@kernel
def mean_shares(values, species_index, share, sizes):
    """Write the mean of the values of each species, minus the lowest value if that is negative.

    Values are divided by the largest one, so that no sum overflows, and halved if even their range would. The number
    of members of each species is written to `sizes`.
    """
    lowest, highest = 0.0, -np.inf
    for genome in range(species_index.size):
        lowest = min(lowest, values[genome])
        highest = max(highest, values[genome])
    unit = 1.0 if highest - lowest < np.inf else 0.5
    lowest *= unit
    scale = unit * highest - lowest
    for species in range(share.size):
        share[species], sizes[species] = 0.0, 0
    for genome in range(species_index.size):
        value = unit * values[genome] - lowest
        share[species_index[genome]] += value / scale if scale > 0.0 else value
        sizes[species_index[genome]] += 1
    for species in range(share.size):
        share[species] /= max(sizes[species], 1)


@kernel
def floor_quotas(share, size, counts, remainder):
    """Write the whole part of each species' quota of `size`, and minus its fraction; return how many are missing.

    If all shares are zero, every species counts the same. A species with a negative share gets nothing.
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
def group_by_species(species_index, survival, start, survivors, order):
    """Write the genomes by species, where each species starts, and how many of it survive (at least one)."""
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
    for genome in range(species_index.size - 1, -1, -1):  # backwards, so that each end becomes a start
        start[species_index[genome]] -= 1
        order[start[species_index[genome]]] = genome


@part
def ranks_before(one, other, score, key, address):
    """Return whether a genome ranks before another: by score, then at random."""
    if score[one] != score[other]:
        return score[one] > score[other]
    draw, other_draw = stream(stream(address, key[one]), _TIE), stream(stream(address, key[other]), _TIE)
    return draw < other_draw if draw != other_draw else one < other


@part
def sift(order, end, node, size, score, key, address):
    """Move an entry of a heap down to its position; entry i of the heap is order[end - 1 - i]."""
    genome = order[end - 1 - node]
    while True:
        child = 2 * node + 1
        if child >= size:
            break
        if child + 1 < size and ranks_before(order[end - 2 - child], order[end - 1 - child], score, key, address):
            child += 1
        if not ranks_before(order[end - 1 - child], genome, score, key, address):
            break
        order[end - 1 - node] = order[end - 1 - child]
        node = child
    order[end - 1 - node] = genome


@kernel
def rank_best(begin, end, start, wanted, score, key, address, order):
    """Move the best `wanted[s]` genomes of species `begin` to `end` to the front, best first (a partial heapsort)."""
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
def place_offspring(
    counts, start, order, best, home, champion_size, next_key, key,
    first, second, new_key, elite, mutable, bred_for,
):  # fmt: skip
    """Write the elites, then the key and species of every child; return the number of elites.

    Elites are genome `best`, of species `home`, and the champions of species with more than `champion_size` members.
    """
    row = 0
    for species in range(counts.size):
        champion = best if species == home else order[start[species]]
        large = start[species + 1] - start[species] > champion_size
        if counts[species] > 0 and (large or champion == best):
            first[row], second[row], new_key[row], bred_for[row] = champion, -1, key[champion], species
            elite[row], mutable[row] = True, False
            row += 1
    elites = row
    passed = 0
    for species in range(counts.size):
        children = counts[species]
        if passed < elites and bred_for[passed] == species:
            children -= 1
            passed += 1
        for _ in range(children):
            new_key[row], bred_for[row], elite[row] = next_key + row - elites, species, False
            row += 1
    return elites


@kernel
def draw_parents(
    begin, end, elites, key, address, bred_for, order, start, survivors, breeding, score, connection_start,
    unmated, interspecies, mutate_mated, equal_smaller, first, second, mutable,
):  # fmt: skip
    """Draw the parents of children uniformly from the survivors of their species; their rows follow the elites.

    The survivors of species s are order[start[s]:][:survivors[s]]; `breeding` lists the species that have offspring.
    The fitter parent comes first; with `equal_smaller`, the smaller of two equally fit ones counts as the fitter.
    """
    for child in range(elites + begin, elites + end):
        draws = stream(address, key[child])
        home = bred_for[child]
        one = order[start[home] + below(draws, _FIRST, survivors[home])]
        other = -1
        mutable[child] = True
        if uniform(draws, _UNMATED) >= unmated:
            species = home
            if breeding.size > 1 and uniform(draws, _INTERSPECIES) < interspecies:
                nth = below(draws, _SPECIES, breeding.size - 1)
                species = breeding[nth]
                if species >= home:  # `breeding` is ascending: skip the child's own species
                    species = breeding[nth + 1]
            other = order[start[species] + below(draws, _SECOND, survivors[species])]
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
