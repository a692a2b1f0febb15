# SPDX-License-Identifier: Apache-2.0
"""The same optimum by three ways: the dynamic programme, and the program alone with either solver."""

import msgspec
import pytest
from partition_toys import general, request_for, series_parallel, toy

from levada.core.errors import InfeasibleError
from levada.partition.ilp import Ilp, IlpAlone

SEEDS = range(6)


def optima(request, partitioner, solver):
    """Return what each objective came to, and how it was found."""
    try:
        proof = partitioner().place(msgspec.structs.replace(request, solver=solver)).proof
    except InfeasibleError as error:
        return str(error), "none"
    assert proof.status == "optimal"
    return [each.value for each in proof.objectives], proof.method


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("topology", ["chain", "loop"])
@pytest.mark.parametrize("solver", ["cbc", "highs"])
def test_the_program_alone_finds_what_the_dynamic_programme_finds(seed, topology, solver):
    draw = general if seed % 2 and topology == "chain" else series_parallel
    request = request_for(draw(seed), [toy(lut=5000, bram18=500)] * 2, topology)
    assert optima(request, IlpAlone, solver)[0] == optima(request, Ilp, "cbc")[0]


def test_the_proof_names_the_solver_and_says_whether_the_dynamic_programme_answered():
    request = request_for(series_parallel(0), [toy(lut=5000, bram18=500)] * 2)
    assert optima(request, IlpAlone, "highs")[1] == "order ILP with capacity windows, HiGHS"
    assert optima(request, Ilp, "cbc")[1].startswith("dynamic programme over order ideals")
