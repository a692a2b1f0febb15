# SPDX-License-Identifier: Apache-2.0
"""A mixed integer linear program as plain values: variables with bounds, rows with bounds. Solved by :mod:`levada.partition.cbc`."""

from collections.abc import Iterable, Sequence

from levada.core.manifests import Record

INFINITY = float("inf")
ROUNDED = 1e-5
"""By how much a solver may miss each variable of a row, ten times what solvers do."""


class Linear:
    """A linear expression: variable number → coefficient, and a constant. Immutable."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[int, float] | None = None, constant: float = 0) -> None:
        """Hold the terms; zero coefficients are left out."""
        self.terms = {number: factor for number, factor in (terms or {}).items() if factor}
        self.constant = constant

    def __add__(self, other: "Linear | float") -> "Linear":
        """Return the sum."""
        return combine(((1, self), (1, _linear(other))))

    def __sub__(self, other: "Linear | float") -> "Linear":
        """Return the difference."""
        return combine(((1, self), (-1, _linear(other))))

    def value(self, values: "tuple[float, ...]") -> float:
        """Return what the expression is worth at these values of the variables."""
        return self.constant + sum(factor * values[number] for number, factor in self.terms.items())


def combine(parts: "Iterable[tuple[float, Linear]]") -> Linear:
    """Return the weighted sum of expressions."""
    terms: dict[int, float] = {}
    constant = 0.0
    for weight, part in parts:
        constant += weight * part.constant
        for number, factor in part.terms.items():
            terms[number] = terms.get(number, 0) + weight * factor
    return Linear(terms, constant)


def _linear(value: "Linear | float") -> Linear:
    return value if isinstance(value, Linear) else Linear(constant=value)


class Variable(Record, frozen=True):
    """A variable's bounds, and whether it is integer."""

    lower: float
    upper: float
    integer: bool


class Row(Record, frozen=True):
    """A constraint: ``lower`` ≤ the terms ≤ ``upper``."""

    terms: dict[int, float]
    lower: float
    upper: float


def _kept(row: Row, values: Sequence[float]) -> bool:
    taken = sum(factor * values[number] for number, factor in row.terms.items())
    room = ROUNDED * max(1.0, sum(map(abs, row.terms.values())))
    return row.lower - room <= taken <= row.upper + room


class Program:
    """Grows by variables and rows. ``impossible`` once a row without variables does not hold."""

    def __init__(self) -> None:
        """Start empty."""
        self.variables: list[Variable] = []
        self.rows: list[Row] = []
        self.impossible = False

    def variable(self, lower: float = 0, upper: float = 1, *, integer: bool = False) -> Linear:
        """Add a variable and return it as an expression."""
        self.variables.append(Variable(lower, upper, integer))
        return Linear({len(self.variables) - 1: 1})

    def at_most(self, left: Linear, right: Linear | float) -> None:
        """Require ``left`` ≤ ``right``."""
        self._require(left - right, -INFINITY, 0)

    def at_least(self, left: Linear, right: Linear | float) -> None:
        """Require ``left`` ≥ ``right``."""
        self._require(left - right, 0, INFINITY)

    def equal(self, left: Linear, right: Linear | float) -> None:
        """Require ``left`` = ``right``."""
        self._require(left - right, 0, 0)

    def floor(self, objective: Linear) -> float:
        """Return what an objective is worth at least by the variables' bounds alone."""
        ends = ((factor, self.variables[number]) for number, factor in objective.terms.items())
        return objective.constant + sum(min(factor * each.lower, factor * each.upper) for factor, each in ends)

    def holds(self, values: Sequence[float]) -> bool:
        """Say whether values keep to every row, but for what solvers round."""
        return not self.impossible and all(_kept(row, values) for row in self.rows)

    def _require(self, left: Linear, lower: float, upper: float) -> None:
        if left.terms:
            self.rows.append(Row(left.terms, lower - left.constant, upper - left.constant))
        elif not lower <= left.constant <= upper:
            self.impossible = True
