# SPDX-License-Identifier: Apache-2.0
"""The stage ``netstack``: a Plan and a cluster in, a checked Deployment out."""

from typing import Annotated, Any, Literal

import msgspec

from levada.core.artefact import Artefact
from levada.core.cluster import Cluster
from levada.core.clusters import digest_of
from levada.core.errors import NetworkError
from levada.core.interfaces import Network, NetworkPlan
from levada.core.manifests import Deployment, Manifest, Plan, Verdict
from levada.core.stages import Flag, Options, Stage, Work
from levada.netstack.weights import packed


class NetstackOptions(Options, frozen=True, kw_only=True):
    """Which cluster, and how senders are held back."""

    cluster: Annotated[str, Flag("cluster preset or file, the one that was planned for", metavar="C", file=True)]
    flow: Annotated[
        Literal["framed", "plain"],
        Flag("framed: numbered packets with CRC and credits; plain: the bare stream, without guarantee"),
    ] = "framed"


class Netstack(Stage[NetstackOptions]):
    """Give every card its addresses, sockets, packets and link, and prove that they work together."""

    name = "netstack"
    reads = (Plan,)
    writes = Deployment
    options = NetstackOptions

    def run(self, inputs: tuple[Artefact[Any], ...], options: NetstackOptions, work: Work) -> Manifest:
        """Return the deployment. Raise NetworkError for another cluster than the plan's, or where the checker objects."""
        (artefact,) = inputs
        plan: Plan = artefact.manifest
        cluster = work.registry.cluster(options.cluster)
        _refuse_other_cluster(plan, cluster)
        network: Network = work.registry.network(plan.network)()
        boards = [work.registry.board(card.board) for card in plan.cards]
        unchecked = deployment(plan, cluster, network, network.plan(plan, cluster, boards, options.flow))
        verdict = network.check(unchecked)
        _refuse_failing(verdict)
        feeds = [feed for card in unchecked.cards for feed in card.weights]
        for name, content in packed(artefact.payload("emulation_graph"), feeds).items():
            work.add_bytes(name, f"{name}.bin", content)
        work.carry(artefact)
        work.add_bytes("plan", "plan.json", artefact.manifest_path().read_bytes())
        return msgspec.structs.replace(unchecked, verdict=verdict)


def deployment(plan: Plan, cluster: Cluster, network: Network, planned: NetworkPlan) -> Deployment:
    """Return what plan and network plan say together, with an empty verdict."""
    segments = plan.route.segments
    return Deployment(
        name=plan.name,
        cluster=cluster.name,
        cluster_digest=plan.cluster_digest,
        network=network.name,
        clock_mhz=plan.clock_mhz,
        cards=planned.cards,
        hops=planned.hops,
        streams=plan.streams,
        flow=planned.flow,
        ingress_card=segments[plan.route.ingress].card,
        egress_card=segments[plan.route.egress].card,
        weight_cards=tuple(card.index for card in planned.cards if card.weights),
        performance=plan.performance,
        verdict=Verdict(checker=network.name, checks=()),
        input=plan.input,
        output=plan.output,
        labels=plan.labels,
        golden_count=plan.golden_count,
        extensions=plan.extensions,
    )


def _refuse_other_cluster(plan: Plan, cluster: Cluster) -> None:
    found = digest_of(cluster, len(plan.cards))
    if found != plan.cluster_digest:
        msg = (
            f"the plan was made for cluster {plan.cluster!r} (digest {plan.cluster_digest[:12]}…), this is {cluster.name!r} "
            f"(digest {found[:12]}…): its network, subnet or first {len(plan.cards)} cards differ; "
            f"name the same cluster, or partition again for this one"
        )
        raise NetworkError(msg)


def _refuse_failing(verdict: Verdict) -> None:
    failed = [check for check in verdict.checks if not check.passed]
    if failed:
        rules = "\n".join(f"  {check.rule}: {check.detail}" for check in failed)
        msg = f"the checker of network {verdict.checker!r} found {len(failed)} rules broken:\n{rules}"
        raise NetworkError(msg)
