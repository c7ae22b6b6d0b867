"""Re-testing the best genomes of a noisy problem: which of them, how often, and when one becomes the champion.

After every generation, its most promising genomes become candidates and race against the leader. All are evaluated
again on the same episodes, the better ones more often. A candidate drops out as soon as its results are clearly below
those of the leader in the same re-tests. It leads when it has as many re-tests as the leader and a higher lower bound,
or before if it is clearly better. A new leader becomes the champion after further re-tests, which measure its fitness
and never decide who leads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config import RunKeys
from neat.core.arrays import freeze
from neat.core.averages import row_means
from neat.core.errors import ProblemError
from neat.core.randomness import FIRST_CONFIRMATION, FIRST_RETEST, Purpose, Randomness
from neat.evolution.assessment import species_scores
from neat.evolution.failures import valid_genomes
from neat.evolution.learned import with_learned
from neat.evolution.race import (
    LEAST_RETESTS,
    NO_GENOME,
    Race,
    difference,
    leader_of,
    lower_bound,
    mean_of,
    smoothed,
)
from neat.evolution.state import Assessment, State
from neat.execution.executor import Executor, Request, evaluate_each
from neat.genetics.population import Population
from neat.problems.evaluation import Arrays, Evaluation
from neat.problems.protocol import Context, Problem

MOST_CANDIDATES = 15  # besides the leader
MOST_RETESTS = 50  # of a candidate in the race
MOST_CONFIRMATIONS = 40  # re-tests that measure a champion's fitness

_RESERVED = 1 / 3  # share of the re-tests that measure the champion
_FIRST_CONFIRMATIONS = 5  # re-tests that measure a new champion; their number is doubled as long as it leads
_PER_ENTRANT = 4  # re-tests of the budget for each new candidate
_FIRST_RETESTS = 2  # of every new candidate, before any is preferred
_MARGIN = 2.0  # standard errors by which a candidate that drops out is worse than the leader in the same re-tests
_FOR_FINALISTS = 1 / 3  # share of the budget for a leader with fewer re-tests than it should have, and its rivals
_PREFERRED = 4  # one in so many of the candidates behind the leader is re-tested more often: the best ones
_PER_STEP = 60  # re-tests of the run after which a leader should have one more
_RIVALS = 2  # candidates that may have as many re-tests as the leader
_PRIOR = 2.0  # evaluations that the mean of the population counts as, in the estimate of a genome's fitness
_SAVED = 3.0  # generations for which an unused budget is kept
_LEAST_SAVED = 12.0  # re-tests of an unused budget that are kept in any case


def uses_retests(problem: Problem, settings: RunKeys) -> bool:
    """Return whether the best genomes are re-tested: if fitness is noisy, and genomes do not meet each other."""
    return settings.retest > 0.0 and not problem.deterministic and problem.independent


def with_averages(evaluation: Evaluation, race: Race | None) -> Evaluation:
    """Return the evaluation with the mean of all evaluations as the fitness of genomes that were evaluated before."""
    if race is None or not race.evaluations.any():
        return evaluation
    return replace(evaluation, fitness=_averages(race, evaluation.fitness))


def with_estimates(assessment: Assessment, race: Race, key: NDArray[np.int64]) -> Evaluation:
    """Return the evaluation with estimates of the fitness as scores, which decide selection, unless it has scores.

    Genomes that proved to be good are thus preferred to those that were lucky once. `key` (P,) holds all keys.
    """
    evaluation, counts, means = assessment.evaluation, race.evaluations, race.means
    if evaluation.score is not None:
        return evaluation
    if (valid := valid_genomes(assessment, key)) is not None:  # the others have the lowest fitness
        counts, means = np.where(valid, counts, 1), np.where(valid, means, evaluation.fitness)
    return replace(evaluation, score=_estimates(counts, means))


def raced(problem: Problem, state: State, assessment: Assessment, executor: Executor, settings: RunKeys) -> Race:
    """Return the race after the candidates of a generation have been re-tested.

    Args:
        problem: the problem, which `uses_retests`.
        state: the state that was evaluated.
        assessment: its assessment, with a finite fitness for every genome.
        executor: computes the re-tests.
        settings: the seed, the share of re-tests, and what happens if a re-test fails. With `on_error = worst` it gets
            the lowest fitness of the generation.

    Raises:
        ProblemError: a re-test failed; the message names the genome.
    """
    before = state.race if state.race is not None else Race.start(len(state.population), len(state.species))
    evaluation, allowance = assessment.evaluation, settings.retest * assessment.evaluated
    reserve = before.reserve + allowance * _RESERVED
    surplus = max(0.0, reserve - MOST_CONFIRMATIONS)
    budget = before.budget + allowance * (1.0 - _RESERVED) + surplus
    tester = _Tester(problem, executor, settings, state.generation, float(evaluation.fitness.min()))
    counts = _counts(before, assessment, state)
    entrants = _entrants(before, evaluation, assessment, state, int(budget / _PER_ENTRANT))
    field = _Field.of(before, state, evaluation, entrants)
    first = [list(results) for results in field.results]
    budget -= _run(field, tester, budget, before.retests)
    confirmation = _confirmed(before, field, tester, reserve - surplus)
    tried = before.tried.copy()
    tried[[row for row, results in zip(entrants, field.results[len(before) :], strict=True) if results]] = True
    evaluations, means = _with_retests(counts, field, first, state.population.key)
    kept = field.kept()
    return replace(
        field.race_of(kept),
        champion=confirmation.champion,
        confirmed=confirmation.results,
        budget=min(budget, max(_SAVED * allowance, _LEAST_SAVED)),
        reserve=confirmation.reserve,
        retests=before.retests + tester.cost,
        evaluations=evaluations,
        means=means,
        tried=freeze(tried, np.bool_),
        level=freeze(smoothed(before.level, species_scores(state, assessment)), np.float64),
        preprocessing=confirmation.preprocessing,
    )


class _Tester:
    """Evaluates candidates again, and counts what that costs; `lowest` is the fitness of those that fail."""

    def __init__(self, problem: Problem, executor: Executor, settings: RunKeys, generation: int, lowest: float) -> None:
        self._problem, self._executor, self._settings = problem, executor, settings
        self._generation, self._lowest = generation, lowest
        self.cost = 0

    def test(self, population: Population, tests: Sequence[_Test]) -> list[Evaluation]:
        """Return the evaluations of the genomes of each test."""
        settings = self._settings
        tolerant = settings.on_error == "worst"
        requests = [Request(np.array(test.rows, np.int64), self._context(test)) for test in tests]
        found = evaluate_each(self._executor, self._problem, population, requests, tolerant=tolerant)
        return [
            self._counted(evaluation, population, request, tolerant=tolerant)
            for request, (evaluation, _) in zip(requests, found, strict=True)
        ]

    def _context(self, test: _Test) -> Context:
        rng = Randomness(self._settings.seed, self._generation, Purpose.RETEST, test.number)
        # Candidates of different generations have no species in common.
        return Context(rng, test.state, np.arange(len(test.rows)), self._settings.threads)

    def _counted(
        self, evaluation: Evaluation, population: Population, request: Request, *, tolerant: bool
    ) -> Evaluation:
        """Return an evaluation after counting its cost; genomes that failed get the lowest fitness.

        Raises:
            ProblemError: a fitness is not finite, and failures are not tolerated.
        """
        indices, context = request
        self.cost += len(indices) + evaluation.learning_evaluations
        finite = np.isfinite(evaluation.fitness)
        if finite.all():
            return evaluation
        if not tolerant:
            place = int(np.argmin(finite))
            key = int(population.key[indices[place]])
            value = evaluation.fitness[place]
            raise ProblemError(f"the fitness of genome {key} {context.moment} is {value}; it must be finite", key)
        return replace(evaluation, fitness=np.where(finite, evaluation.fitness, self._lowest))


class _Test(NamedTuple):
    """One more evaluation of the genomes in `rows`, ascending, with the random numbers of `number`."""

    rows: Sequence[int]
    number: int
    state: Arrays


@dataclass
class _Field:
    """The candidates of one generation while they race; `running` are the indices of those that did not drop out."""

    population: Population | None
    entered: NDArray[np.int64]
    solved: NDArray[np.bool_]
    results: list[list[float]]
    states: dict[int, Arrays]
    running: list[int]
    leader: int | None

    @classmethod
    def of(cls, race: Race, state: State, evaluation: Evaluation, entrants: NDArray[np.int64]) -> _Field:
        """Return the candidates of a race, followed by new ones of this generation."""
        population, new = race.population, len(entrants)
        states = dict(race.states)
        if new:
            learned = with_learned(state.population, evaluation).take(entrants)
            population = learned if population is None else population.joined(learned)
            if state.problem_state:
                states[state.generation] = state.problem_state
        solved = np.zeros(new, np.bool_) if evaluation.solved is None else evaluation.solved[entrants]
        results = race.each() + [[] for _ in range(new)]
        return cls(
            population=population,
            entered=np.concatenate([race.entered, np.full(new, state.generation)]),
            solved=np.concatenate([race.solved, solved]),
            results=results,
            states=states,
            running=list(range(len(results))),
            leader=race.leader,
        )

    @property
    def leader_key(self) -> int:
        leader = self.leader
        return NO_GENOME if leader is None or self.population is None else int(self.population.key[leader])

    def retest(self, chosen: Sequence[int], tester: _Tester) -> None:
        """Re-test candidates once more, each on the episodes of its next re-test."""
        assert self.population is not None, "there are candidates"
        groups: dict[tuple[int, int], list[int]] = {}
        for place in sorted(chosen):
            entered = int(self.entered[place])
            group = (len(self.results[place]), entered if entered in self.states else 0)
            groups.setdefault(group, []).append(place)
        tests = [
            _Test(places, FIRST_RETEST + number, self.states.get(entered, {}))
            for (number, entered), places in sorted(groups.items())
        ]
        for test, found in zip(tests, tester.test(self.population, tests), strict=True):
            for place, fitness in zip(test.rows, found.fitness.tolist(), strict=True):
                self.results[place].append(fitness + 0.0)  # no -0.0

    def challengers(self, leader: int) -> list[int]:
        """Return the candidates that have fewer re-tests than the leader, the most promising first."""
        most, against = len(self.results[leader]), self.results[leader]
        behind = [place for place in self.running if 0 < len(self.results[place]) < most]
        return sorted(behind, key=lambda place: -difference(self.results[place], against)[0])

    def rivals(self, leader: int) -> list[int]:
        """Return the candidates that have as many re-tests as the leader, by their lower bounds in these."""
        count = len(self.results[leader])
        level = [place for place in self.running if place != leader and len(self.results[place]) >= count]
        return sorted(level, key=lambda place: -lower_bound(self.results[place][:count]))

    def decide(self) -> None:
        """Determine the leader; candidates that are probably worse drop out, and all but the best of its rivals."""
        leader = self.leader = leader_of(self.results, self.running, self.leader)
        if leader is None:
            return
        lost = set(self.rivals(leader)[_RIVALS:])
        for place in self.running:
            if place != leader and self.results[place]:
                gap, error = difference(self.results[place], self.results[leader])
                if gap + _MARGIN * error < 0.0:
                    lost.add(place)
        self.running = [place for place in self.running if place not in lost]

    def kept(self) -> list[int]:
        """Return the candidates that stay until the next generation, in the order in which they entered."""
        leader = self.leader
        if leader is None:
            tested = sorted(self.running, key=lambda place: -len(self.results[place]))
            return sorted([place for place in tested if self.results[place]][: MOST_CANDIDATES + 1])
        others = [*self.rivals(leader), *self.challengers(leader)]
        return sorted([leader, *others[:MOST_CANDIDATES]])

    def race_of(self, kept: Sequence[int]) -> Race:
        """Return a race with the candidates in `kept`; its other values are those of the start."""
        rows = np.array(kept, np.int64)
        results = [self.results[place] for place in kept]
        entered = freeze(self.entered[rows], np.int64)
        return replace(
            Race.start(0, 0),
            leader_key=self.leader_key,
            population=self.population.take(rows) if self.population is not None and kept else None,
            entered=entered,
            solved=freeze(self.solved[rows], np.bool_),
            counts=freeze([len(values) for values in results], np.int64),
            results=freeze(np.array([value for values in results for value in values], np.float64), np.float64),
            states={number: self.states[number] for number in sorted(self.states) if number in entered},
        )


def _run(field: _Field, tester: _Tester, budget: float, retests: int) -> int:
    """Re-test candidates until the budget or the challengers end; return what that cost.

    `retests` is the number of re-tests that the run has made: the more, the more of them a leader should have.
    """
    wanted = min(MOST_RETESTS, LEAST_RETESTS + retests // _PER_STEP)
    while (leader := field.leader) is not None and (count := len(field.results[leader])) < wanted:
        finalists = [leader, *(place for place in field.rivals(leader) if len(field.results[place]) == count)]
        if tester.cost + len(finalists) > budget * _FOR_FINALISTS:
            break
        field.retest(finalists, tester)
        field.decide()
    while budget - tester.cost >= 1.0 and (chosen := _next(field)):
        field.retest(chosen[: int(budget - tester.cost)], tester)
        field.decide()
    return tester.cost


def _next(field: _Field) -> list[int]:
    """Return the candidates to re-test next, the most important first."""
    untested = [place for place in field.running if len(field.results[place]) < _FIRST_RETESTS]
    leader = field.leader
    if leader is None:
        waiting = [place for place in field.running if _FIRST_RETESTS <= len(field.results[place]) < LEAST_RETESTS]
        return sorted(waiting, key=lambda place: -mean_of(field.results[place])) + untested
    if untested:
        return untested
    challengers = field.challengers(leader)
    return challengers[: -(-len(challengers) // _PREFERRED)]


@dataclass(frozen=True)
class _Confirmation:
    """The champion, its fitness in its own re-tests, what is left for more of them, and what its network needs."""

    champion: int
    results: NDArray[np.float64]
    reserve: float
    preprocessing: Arrays


def _confirmed(before: Race, field: _Field, tester: _Tester, reserve: float) -> _Confirmation:
    """Measure the fitness of the leader as the champion, as far as the reserve allows."""
    leader, known = field.leader, before.confirmed
    unchanged = _Confirmation(before.champion, known, reserve, {})
    if leader is None or field.population is None:
        return unchanged
    key, more = int(field.population.key[leader]), _FIRST_CONFIRMATIONS
    if key == before.champion:
        more = min(len(known), MOST_CONFIRMATIONS - len(known))
        if more == 0 or reserve < more:
            return unchanged
    elif reserve < 0.0:
        return unchanged
    else:
        known = known[:0]
    cost, state = tester.cost, field.states.get(int(field.entered[leader]), {})
    fitness, preprocessing = known.tolist(), {}
    numbers = range(FIRST_CONFIRMATION + len(known), FIRST_CONFIRMATION + len(known) + more)
    for found in tester.test(field.population, [_Test([leader], number, state) for number in numbers]):
        fitness.append(float(found.fitness[0]) + 0.0)  # no -0.0
        preprocessing = dict(found.preprocessing)
    results = freeze(np.array(fitness), np.float64)
    return _Confirmation(key, results, reserve - (tester.cost - cost), preprocessing)


def _entrants(race: Race, evaluation: Evaluation, assessment: Assessment, state: State, most: int) -> NDArray[np.int64]:
    """Return the most promising genomes of a generation that were never candidates, at most `most`, best first.

    Genomes that were evaluated more often are more promising, since luck explains less of a high mean.
    """
    estimate = _estimates(race.evaluations + 1, evaluation.fitness)
    eligible = ~race.tried
    if (valid := valid_genomes(assessment, state.population.key)) is not None:
        eligible &= valid
    order = np.argsort(-estimate, kind="stable")
    chosen: NDArray[np.int64] = order[eligible[order]][:most]
    return chosen


def _estimates(evaluations: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an estimate of the fitness of each genome: between its mean and that of the population.

    The more evaluations, the closer it is to the genome's own mean.
    """
    weight = evaluations / (evaluations + _PRIOR)
    estimates: NDArray[np.float64] = means * weight + row_means(means[None])[0] * (1.0 - weight)
    return estimates


def _averages(race: Race, fitness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of all evaluations of each genome, with the new ones in `fitness`."""
    share = 1.0 / (race.evaluations + 1.0)
    return np.where(race.evaluations > 0, _between(race.means, fitness, share), fitness)


def _between(one: ArrayLike, other: ArrayLike, share: ArrayLike) -> NDArray[np.float64]:
    """Return the mean of two numbers, of which `other` has a share; never beyond them, so exact if they are equal."""
    mean = np.multiply(one, np.subtract(1.0, share)) + np.multiply(other, share)
    return np.asarray(np.clip(mean, np.minimum(one, other), np.maximum(one, other)), np.float64)


def _counts(race: Race, assessment: Assessment, state: State) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how often each genome has been evaluated, with this generation, and its mean; failures do not count."""
    evaluations, means = race.evaluations + 1, assessment.evaluation.fitness
    if (valid := valid_genomes(assessment, state.population.key)) is not None:
        evaluations, means = np.where(valid, evaluations, race.evaluations), np.where(valid, means, race.means)
    return evaluations, means


def _with_retests(
    counts: tuple[NDArray[np.int64], NDArray[np.float64]],
    field: _Field,
    before: Sequence[Sequence[float]],
    key: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the numbers of evaluations and the means of all genomes, with the re-tests since `before`."""
    evaluations, means = (values.copy() for values in counts)
    rows: Mapping[int, int] = {int(number): row for row, number in enumerate(key.tolist())}
    for place, results in enumerate(field.results):
        new = results[len(before[place]) :]
        row = rows.get(int(field.population.key[place])) if field.population is not None and new else None
        if row is not None:
            total = int(evaluations[row]) + len(new)
            share = len(new) / total
            means[row] = _between(means[row], mean_of(new), share)
            evaluations[row] = total
    return freeze(evaluations, np.int64), freeze(means, np.float64)
