# SPDX-License-Identifier: Apache-2.0
"""Whole plans of small networks."""

import msgspec
from partition_questions import question, settings
from partition_toys import TOPOLOGIES, fold, line

from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.planning import plan


def planned(cards=1, topology="chain", unknown=None):
    """Return the plan of four layers in a row on toy boards; ``unknown``: what the first layer takes instead."""
    foldings = [fold(lut=100 * number, bram18=number) for number in range(1, 5)]
    if unknown is not None:
        foldings[0] = msgspec.structs.replace(foldings[0], resources=unknown)
    asked = question(line(*foldings), cards=cards, topology=TOPOLOGIES[topology](), settings=settings())
    return assemble(asked, plan(asked, (cards,), Ilp()))
