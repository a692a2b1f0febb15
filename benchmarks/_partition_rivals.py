# SPDX-License-Identifier: Apache-2.0
"""The two models in the installed finn-plus that Levada is compared with, driven as they are.

Both get the same instance as Levada, a :class:`~levada.partition.problem.Problem` with one variant for each layer. Heavy imports are
made where they are used: each planner runs in a process of its own, and imports are not timed.
"""

from tempfile import gettempdir
from typing import Any

from _partition_answers import Answer, Spot, Watch

from levada.core.resources import NAMES
from levada.partition.problem import Problem

PLENTY = 10**9
"""Of a resource that is not limited."""
BLOCKED_BPS = 10**12
"""For a stream that may not be cut: more than a link carries, which is how Elastic-DF's own ``linear_cuts`` rules one out."""
FINN_NAMES = {"lut": "LUT", "ff": "FF", "bram18": "BRAM_18K", "uram": "URAM", "dsp": "DSP"}
DOMAIN = "finn.custom_op.fpgadataflow.rtl"
CLOCK_HZ = 200_000_000


def elastic_df(problem: Problem, seconds: float) -> Answer:
    """Answer with Elastic-DF's model: its objective, its U280 with SLRs and links, and the instance's limits for each SLR.

    What it cannot be told: limits for a card as a whole, an order of cards or SLRs, bytes as an objective.
    """
    import numpy as np
    from finn.analysis.fpgadataflow.partitioning import ILP_partitioner
    from finn.util.platforms import platforms

    watch = Watch()
    platform = platforms["U280"](len(problem.cards))
    free = [[_free(room, problem, name) for name in NAMES] for card in problem.cards for room in card.slrs]
    model = ILP_partitioner()
    model.create_model(
        [[tuple(_count(task.variants[0].counts, problem, name) for name in NAMES)] for task in problem.tasks],
        [(edge.source, edge.sink) for edge in problem.edges],
        [(8, _bps(problem, number)) for number in range(len(problem.edges))],
        np.array(free),
        platform.compute_connection_cost,
        platform.compute_connection_resource,
        np.ones(len(NAMES)),
        abs_anchors=_anchors(problem, platform.nslr),
    )
    build_s = watch.cpu_s
    status, objective, found = model.solve_model(max_seconds=max(1.0, seconds - build_s))
    if not found:
        return watch.answer(_word(status), build_s=build_s)
    slots = [
        next(slot for slot, tasks in enumerate(model.get_optimal_placement()) if tasks[number][0].x > 0.5)
        for number in range(len(problem.tasks))
    ]
    spots = tuple(Spot(card=slot // platform.nslr + 1, slr=slot % platform.nslr) for slot in slots)
    note = f"its objective {objective:g}, bound {model.model.objective_bound:g}"
    return watch.answer(_word(status), build_s=build_s, spots=spots, note=note)


def finn_plus(problem: Problem, seconds: float) -> Answer:
    """Answer with FINN+'s partitioner as it comes: its U280, 80 % at most and 70 % ideally, one stream between cards."""
    return _aurora(problem, seconds, board="U280")


def finn_plus_balanced(problem: Problem, seconds: float) -> Answer:
    """Answer with FINN+'s partitioner set to Levada's first objective and limit, both for block RAM alone.

    With an ideal of 0 the distance from the ideal is the utilisation. Network, shell and DMAs are taken from its board's block RAM.
    """
    free = [_free(card.whole, problem, "bram18") for card in problem.cards]
    board = _board(max(free))
    return _aurora(
        problem,
        seconds,
        board=board,
        considered_resources=["BRAM_18K"],
        ideal_utilization=0.0,
        max_utilization=1.0,
        single_stream_network=False,
        custom_partitioning_constraints={problem.tasks[t].name: len(problem.cards) - 1 for t in _external(problem)},
    )


def _word(status: Any) -> str:
    words = {"OPTIMAL": "optimal", "FEASIBLE": "feasible", "INFEASIBLE": "infeasible", "INT_INFEASIBLE": "infeasible"}
    return words.get(status.name, "undecided")


def _count(counts: tuple[int, ...], problem: Problem, name: Any) -> int:
    return counts[problem.names.index(name)] if name in problem.names else 0


def _free(room: Any, problem: Problem, name: Any) -> int:
    return PLENTY if name not in problem.names else int(min(PLENTY, room.free(problem.names.index(name))))


def _bps(problem: Problem, number: int) -> int:
    edge = problem.edges[number]
    size = problem.tasks[edge.source].variants[0].wire_bytes[edge.port]
    return max(1, 8 * size * CLOCK_HZ // max(1, problem.slowest)) if edge.cuttable else BLOCKED_BPS


def _anchors(problem: Problem, slrs: int) -> list[tuple[int, list[int]]]:
    last = (len(problem.cards) - 1) * slrs
    heads = [(task, list(range(slrs))) for task in problem.inputs]
    return [*heads, *((task, list(range(last, last + slrs))) for task in (*problem.outputs, *_external(problem)))]


def _external(problem: Problem) -> list[int]:
    """Return the layers whose weights the last host streams."""
    return [number for number, task in enumerate(problem.tasks) if task.external]


def _board(free_bram18: int) -> str:
    """Add a board to FINN's table of platforms: one region with so much block RAM, and plenty of all else."""
    from finn.util.platforms import Platform, platforms

    class Room(Platform):
        """What a card leaves for layers."""

        compute_resources = [[PLENTY, PLENTY, free_bram18, PLENTY, PLENTY]]

    platforms["levada-room"] = Room
    return "levada-room"


def _aurora(problem: Problem, seconds: float, board: str, **settings: Any) -> Answer:
    from finn.builder.build_dataflow_config import DataflowBuildConfig, PartitioningConfiguration
    from finn.transformation.fpgadataflow.multifpga.aurora.partitioner import AuroraPartitioner
    from finn.util.exception import FINNError

    wanted = PartitioningConfiguration(num_fpgas=len(problem.cards), **settings)
    part = {"fpga_part": "xcu280-fsvh2892-2L-e", "board": board}
    config = DataflowBuildConfig(
        output_dir=gettempdir(), synth_clk_period_ns=5.0, generate_outputs=[], partitioning_configuration=wanted, **part
    )
    graph = _graph(problem, charge_ends=bool(settings))  # here, because it imports the most
    watch = Watch()
    try:
        model = AuroraPartitioner(config, graph)
    except FINNError as error:
        return watch.answer("refused", note=" ".join(str(error).split()))
    build_s = watch.cpu_s
    mapping = model.solve(max(1, round(seconds - build_s)))
    verdict = _word(model.status)
    if mapping is None:
        return watch.answer(verdict, build_s=build_s)
    spots = tuple(Spot(card=mapping[task.name] + 1) for task in problem.tasks)
    note = f"its objective {model.objective_value:.4f}, bound {model.model.objective_bound:.4f}"
    return watch.answer(verdict, build_s=build_s, spots=spots, note=note)


def _graph(problem: Problem, *, charge_ends: bool) -> Any:
    """Return the instance as FINN reads networks: a node for each layer, of an operator whose estimate is what it was given.

    The operator is added through qonnx's own registry. ``charge_ends``: DMAs are charged to the layers at the ends.
    """
    from onnx import TensorProto, helper
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.util.basic import qonnx_make_model

    _register()
    extra = _ends(problem) if charge_ends else {}
    into: dict[int, list[str]] = {number: [] for number in range(len(problem.tasks))}
    out: dict[int, list[str]] = {number: [] for number in range(len(problem.tasks))}
    for number, edge in enumerate(problem.edges):
        into[edge.sink].append(f"e{number}")
        out[edge.source].append(f"e{number}")
    for task in problem.inputs:
        into[task].append(f"input{task}")
    for task in problem.outputs:
        out[task].append(f"output{task}")
    nodes = []
    for number, task in enumerate(problem.tasks):
        counts = [_count(task.variants[0].counts, problem, name) for name in NAMES]
        counts[NAMES.index("bram18")] += extra.get(number, 0)
        node = helper.make_node("CostedLayer", into[number], out[number], task.name, domain=DOMAIN)
        node.attribute.extend(
            [helper.make_attribute("backend", "fpgadataflow"), helper.make_attribute("counts", counts)]
        )
        nodes.append(node)
    ends = [
        [helper.make_tensor_value_info(f"{way}{task}", TensorProto.FLOAT, [1]) for task in getattr(problem, way + "s")]
        for way in ("input", "output")
    ]
    return ModelWrapper(qonnx_make_model(helper.make_graph(nodes, "instance", *ends)))


def _ends(problem: Problem) -> dict[int, int]:
    """Return by how much less block RAM the first and the last card have than the roomiest, for the layers that lie there."""
    free = [_free(card.whole, problem, "bram18") for card in problem.cards]
    found = dict.fromkeys(problem.inputs, max(free) - free[0])
    for task in problem.outputs:
        found[task] = found.get(task, 0) + (max(free) - free[-1] if len(free) > 1 else 0)
    return found


def _register() -> None:
    from finn.custom_op.fpgadataflow.rtl.fmpadding_rtl import FMPadding_rtl
    from onnx.helper import get_node_attr_value
    from qonnx.custom_op.registry import add_op_to_domain

    class CostedLayer(FMPadding_rtl):
        """A layer whose estimate stands in its node."""

        def node_res_estimation(self, fpgapart: str) -> dict[str, int | float]:  # noqa: ARG002
            """Return the counts that the node was given."""
            counts = get_node_attr_value(self.onnx_node, "counts")
            return {FINN_NAMES[name]: count for name, count in zip(NAMES, counts, strict=True)}

    add_op_to_domain(DOMAIN, CostedLayer)
