"""Counting the cells of combinations of columns, against pandas' groupby on random rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from smo_reports.stats.cuboids import MOST_ROWS, Cells, Observations, count, cuboids

SIZES = (4, 3, 6, 2)
MEASURED = ("n_before", "right_before", "expected_before", "n_after", "right_after", "expected_after", "weight_after")


def drawn(seed: int, n: int = 3000, weighted: bool = False) -> tuple[Observations, np.ndarray]:
    """Random rows; the last codes of two columns are there in one period only."""
    rng = np.random.default_rng(seed)
    after = rng.random(n) < 0.45
    codes = [rng.choice(size, n, p=rng.dirichlet(np.ones(size))) for size in SIZES]
    codes[0][~after & (codes[0] == 3)] = 0
    codes[2][after & (codes[2] == 5)] = 1
    right = (rng.random(n) < 0.85).astype(float)
    weight = rng.uniform(0.5, 9.0, n) if weighted else None
    data = Observations(right, after, tuple(codes), SIZES, rng.integers(0, 25, n), weight)
    return data, rng.uniform(0.5, 0.99, n)


def by_groupby(data: Observations, expected: np.ndarray, least: float) -> dict[object, tuple[float, ...]]:
    """Each large cell's figures, by its segment: Kish's number of even rows where rows are weighted."""
    table = pd.DataFrame(dict(enumerate(data.codes)))
    table = table.assign(right=data.right, after=data.after, w=data.weights, e=expected)
    found = {}
    for order in range(4):
        for names in combinations(range(len(SIZES)), order):
            groups = table.groupby(list(names)) if names else [((), table)]
            for key, own in groups:
                figures: list[float] = []
                for period in (False, True):
                    rows = own[own["after"] == period]
                    whole = rows["w"].sum()
                    each = whole / (rows["w"] ** 2).sum() if len(rows) else 0.0
                    figures += [each * whole, each * (rows["w"] * rows["right"]).sum(), each * (rows["w"] @ rows["e"])]
                    weight = whole
                if figures[3] >= least:
                    found[tuple(zip(names, key, strict=True))] = (*figures, weight)
    return found


def by_segment(cells: Cells) -> dict[object, tuple[float, ...]]:
    measured = np.column_stack([getattr(cells, name) for name in MEASURED])
    return {cells.segment(cell): tuple(measured[cell]) for cell in range(len(cells.code))}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("seed", "least"), [(1, 1.0), (2, 30.0), (3, 150.0)])
def test_cells_are_those_of_groupby(seed: int, least: float, weighted: bool) -> None:
    data, expected = drawn(seed, weighted=weighted)
    # Unweighted expectations are counted to 1/4096: given such ones, the sums are exact.
    expected = np.rint(expected * 4096) / 4096
    cells, theirs = count(data, expected, least), by_groupby(data, expected, least)
    ours = by_segment(cells)
    assert len(ours) == len(cells.code)
    assert set(ours) == set(theirs)
    for segment, figures in theirs.items():
        assert ours[segment] == pytest.approx(figures, rel=1e-12, abs=1e-9), segment
    assert all(cells.order[cell] == len(cells.segment(cell)) for cell in range(len(cells.code)))


def test_a_value_that_came_has_no_rows_before_and_one_that_left_has_no_cell() -> None:
    data, expected = drawn(4)
    cells = by_segment(count(data, expected, 1.0))
    assert cells[((0, 3),)][:3] == (0.0, 0.0, 0.0)
    assert not [segment for segment in cells if (2, 5) in segment]


def test_unweighted_expectations_are_counted_to_their_steps() -> None:
    data, expected = drawn(5)
    everywhere = by_segment(count(data, expected, 1.0))[()]
    assert everywhere[5] == pytest.approx(expected[data.after].sum(), abs=data.after.sum() / 8192)


def test_sums_are_exact_up_to_the_most_rows() -> None:
    n = MOST_ROWS
    after = np.ones(n, bool)
    zeros = np.zeros(n, np.intp)
    data = Observations(np.ones(n), after, (zeros,), (1,), zeros)
    cells = count(data, np.full(n, 4095 / 4096), 1.0)
    assert cells.n_after.tolist() == cells.right_after.tolist() == [n, n]
    assert cells.expected_after.tolist() == [n * 4095 / 4096] * 2


@pytest.mark.parametrize("each", [1.0, 7.5])
def test_weights_that_are_all_alike_say_what_no_weights_say(each: float) -> None:
    data, expected = drawn(6)
    expected = np.rint(expected * 4096) / 4096
    even = Observations(data.right, data.after, data.codes, SIZES, data.labeler, np.full(len(data), each))
    plain, weighted = count(data, expected, 40.0), count(even, expected, 40.0)
    for name in MEASURED[:-1]:
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name), rel=1e-12)
    assert weighted.weight_after == pytest.approx(each * plain.weight_after)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_combinations_have_no_more_columns_than_asked_for(most: int) -> None:
    data, expected = drawn(7)
    everything, fewer = by_segment(count(data, expected, 20.0)), by_segment(count(data, expected, 20.0, most))
    assert fewer == {segment: figures for segment, figures in everything.items() if len(segment) <= most}
    assert max(map(len, fewer)) == most


def test_each_row_stands_in_its_cell_by_period_and_outcome() -> None:
    data, _ = drawn(8, 500)
    for columns, crossed, size in cuboids(data, 1.0):
        cell = np.zeros(len(data), int)
        for column in columns:
            cell = cell * SIZES[column] + data.codes[column]
        assert crossed.tolist() == (cell * 4 + 2 * data.after + (data.right == 1)).tolist(), columns
        assert size == int(np.prod([SIZES[column] for column in columns]))


def test_rows_of_a_segment_and_a_choice_of_rows() -> None:
    data, _ = drawn(9, 400, weighted=True)
    covered = data.covered(((0, 1), (3, 0)))
    assert covered.tolist() == ((data.codes[0] == 1) & (data.codes[3] == 0)).tolist()
    assert data.covered(()).all()
    own = data.taken(np.flatnonzero(covered))
    assert own.weights.tolist() == data.weights[covered].tolist()
    assert own.covered(((0, 1), (3, 0))).all()
    assert (len(own), own.sizes) == (int(covered.sum()), SIZES)
    assert data.people == data.labeler.max() + 1
