# SPDX-License-Identifier: Apache-2.0
"""Questions about small networks on toy boards."""

import msgspec
from partition_toys import FREE_NETWORK, WHOLE, toy

from levada.core import testing
from levada.core.resources import Resources
from levada.partition.question import Question, Settings
from levada.partition.stores import Bram, External, Lutram, Uram
from levada.partition.topologies import Chain
from levada.partition.wishes import Weights, default_folding

STORES = {store.name: store() for store in (Bram, Uram, Lutram)}


class Thrifty(External):
    """Weights from outside, by a DMA that a small board can hold."""

    name = "external"

    def cost(self, memory, layer, board):
        """Return a small cost, where it is known at all."""
        found = super().cost(memory, layer, board)
        return found if found.resources.unknown() else msgspec.structs.replace(found, resources=Resources(lut=9))


ALL_STORES = {**STORES, "external": Thrifty()}


def small_cluster(cards):
    """Return a cluster of emulated cards whose board is the toy."""
    cluster = testing.cluster(cards)
    return msgspec.structs.replace(cluster, cards=tuple(msgspec.structs.replace(c, board="toy") for c in cluster.cards))


def settings(**overrides):
    """Return settings at 100 MHz without limits below capacity."""
    plain = Settings(clock_mhz=100.0, basis="finn", limits=WHOLE, slr_limits=WHOLE, may_be_unknown=("ff",))
    return msgspec.structs.replace(plain, **overrides)


def question(dataflow, cards=1, board=None, network_lut=0, **overrides):
    """Return a question about ``dataflow`` in its default foldings on a chain of toy boards."""
    kind = board or toy()
    plain = Question(
        dataflow=dataflow,
        cluster=small_cluster(cards),
        boards=(kind,) * cards,
        board=kind,
        network=msgspec.structs.replace(FREE_NETWORK, overhead=Resources(lut=network_lut)),
        topology=Chain(),
        stores=STORES,
        weights=Weights(store="bram"),
        folding=default_folding,
        settings=settings(),
    )
    return msgspec.structs.replace(plain, **overrides)
