# SPDX-License-Identifier: Apache-2.0
"""The judge: says of a finished plan whether it obeys every rule, from the plan, its dataflow, and what the ground is like.

It shares no code with what made the plan but core's figures of a stream's converter and FIFO, and what plug-ins say of their own: the
cost of a weight store, the route of a topology. Every count is done again, in the plainest way: packets one by one, utilisation from the
placed layers, positions along the route greedily.
"""

from collections.abc import Callable, Iterator

from levada.core.manifests import Check, Dataflow, Plan, Verdict
from levada.partition.rules import cards, figures, layers, memories, outlook, places, streams
from levada.partition.rules.case import Case, Ground

CHECKER = "levada.partition.judge"

RULES: dict[str, Callable[[Case], Iterator[str]]] = {
    "the network is the dataflow's": layers.network,
    "every layer is placed once": layers.layers,
    "foldings and stores are the layers' own": layers.foldings,
    "weight streams and unknown costs are as asked": layers.demands,
    "the route is the topology's": places.route,
    "places lie on the route": places.places,
    "streams run forward": places.forward,
    "layers follow their segment's SLRs": places.along_slrs,
    "parts are joined by streams that can be cut": places.parts,
    "input, output and external weights lie where the route says": places.anchors,
    "anchored layers lie where asked": places.asked_for,
    "cuts have no more streams than asked": places.per_cut,
    "every card is the cluster's and holds a layer": cards.cards,
    "the cluster is the plan's": cards.cluster,
    "capacity and overhead are the boards'": cards.boards,
    "every limit is kept": cards.utilisation,
    "streams and beats are the dataflow's": streams.streams,
    "cuts are complete and their bytes right": streams.cuts,
    "the network carries them": streams.carried,
    "external weights come as fast as the memory delivers": memories.delivered,
    "rate and bottleneck are right": figures.rate,
    "latency is right": figures.latency,
    "the proof speaks of this plan": figures.proof,
    "SLR crossings are as many as the proof says": figures.crossings,
    "the outlook does not contradict the plan": outlook.outlook,
}


def judge(plan: Plan, dataflow: Dataflow, ground: Ground) -> Verdict:
    """Return the verdict on ``plan``, one check for each rule."""
    case = Case(plan=plan, dataflow=dataflow, ground=ground)
    checks = []
    for rule, find in RULES.items():
        faults = list(find(case))
        checks.append(Check(rule=rule, passed=not faults, detail="; ".join(faults[:3]) or "holds"))
    return Verdict(checker=CHECKER, checks=tuple(checks))
