# SPDX-License-Identifier: Apache-2.0
"""The ``partition`` stage: Dataflow in, Plan out. Reads the user's words, plans, writes, and has the plan judged."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from levada.core.artefact import Artefact
from levada.core.cluster import Cluster
from levada.core.errors import InternalFault, OptionError
from levada.core.manifests import Basis, Dataflow, LayerAnchor, Plan, Verdict
from levada.core.plugins import Registry
from levada.core.resources import Fractions
from levada.core.stages import Flag, Options, Stage, Work
from levada.partition import wishes
from levada.partition.assembly import assemble
from levada.partition.judge import judge
from levada.partition.outlook import limited, outlook
from levada.partition.picture import draw, require_drawing
from levada.partition.planning import Planned, plan
from levada.partition.question import Question, Settings
from levada.partition.rules.case import Ground
from levada.partition.streaming import unknown_boards
from levada.partition.wires import crowded


class PartitionOptions(Options, frozen=True, kw_only=True):
    """The flags of ``levada partition``."""

    cluster: Annotated[str, Flag("the cluster: a preset's name or a TOML file", file=True)]
    cards: Annotated[str, Flag("how many cards: N, auto (the fewest that do), or all of the cluster's")] = wishes.ALL
    topology: Annotated[str, Flag("the way through the cards: loop, chain, or a registered one")] = "loop"
    weights: Annotated[
        str,
        Flag("where weights are kept: bram, uram, lutram, external, auto, or STORE,LAYER=STORE,… for single layers"),
    ] = wishes.AUTO
    fps: Annotated[float | None, Flag("images per second to reach with the least hardware")] = None
    folding: Annotated[
        str | None,
        Flag(
            "default, fastest, a published rule that the dataflow names (finn-examples), or a TOML file: layer → pe, simd, …",
            metavar="NAME|FILE",
            file=True,
        ),
    ] = None
    weight_stream_bits: Annotated[
        int | None,
        Flag(
            "widest weight word of a layer; RTL takes up to 16384 (more counts as that), unproven in Vivado beyond the default",
            metavar="BITS",
        ),
    ] = wishes.PROVEN_WEIGHT_BITS
    clock: Annotated[float, Flag("clock of the layers in MHz", metavar="MHZ")] = 200.0
    basis: Annotated[Basis, Flag("what a card's capacity is counted by")] = "finn"
    limit: Annotated[
        tuple[str, ...], Flag("most that may be used of a resource of a card, e.g. bram=0.8; none: unlimited")
    ] = ()
    slr_limit: Annotated[tuple[str, ...], Flag("the same for each SLR, e.g. bram=0.95")] = ()
    utilisation_step: Annotated[
        float, Flag("steps in which utilisation is minimised, e.g. 0.01 of a card; 0: exactly")
    ] = 0.0
    time_limit_s: Annotated[
        float,
        Flag(
            "seconds for each program that is solved for an objective (many in a joint choice), not for the whole command"
        ),
    ] = 60.0
    streams_per_cut: Annotated[
        int | None, Flag("most streams from the cards up to one to those behind it", metavar="N")
    ] = None
    anchor: Annotated[
        tuple[str, ...],
        Flag(
            "where a layer must lie, e.g. MVAU_3=2 or MVAU_3=2:1; cards count from 1, SLRs from 0",
            metavar="LAYER=CARD[:SLR]",
        ),
    ] = ()
    partitioner: Annotated[
        str, Flag("who solves it: ilp, ilp-alone (without the dynamic programme), or a registered one")
    ] = "ilp"
    solver: Annotated[Literal["cbc", "highs"], Flag("who solves programs: cbc, or highs (levada-partition[highs])")] = (
        "cbc"
    )
    picture: Annotated[
        bool, Flag("draw the floorplan into the plan's folder, as SVG and PNG (needs levada-partition[plot])")
    ] = False
    no_outlook: Annotated[
        bool, Flag("do not look at what one card more would buy, nor at copies of a shorter pipeline")
    ] = False


class Partition(Stage[PartitionOptions]):
    """Place a dataflow's layers on the SLRs of the cluster's cards."""

    name = "partition"
    reads = (Dataflow,)
    writes = Plan
    options = PartitionOptions
    tools = ("mip", "cbcbox")

    def run(self, inputs: tuple[Artefact[Any], ...], options: PartitionOptions, work: Work) -> Plan:
        """Return the plan; raise InfeasibleError with what would fit, InternalFault where the judge finds fault with it."""
        (artefact,) = inputs
        question = ask(artefact.manifest, options, work.registry)
        partitioner = work.registry.partitioner(options.partitioner)()
        numbers = wishes.cards(options.cards, len(question.cluster.cards))
        wishes.check_cards(question.settings.anchors, numbers)
        with work.progress.task("placing layers"):
            planned = plan(question, numbers, partitioner, work.progress.say)
        made = _with_outlook(msgspec.structs.replace(question, streamed=planned.streamed), planned, options, work)
        for note in (*_narrowed(options, question), *_notes(question, planned, made)):
            work.progress.say(f"note: {note}")
        demand(judge(made, artefact.manifest, ground_of(question)))
        work.carry(artefact)
        work.add("dataflow", artefact.manifest_path())
        if options.picture:
            _draw(made, work)
        return made


def _with_outlook(question: Question, planned: Planned, options: PartitionOptions, work: Work) -> Plan:
    """Return the plan with what limits it, and how it stands beside other numbers of cards unless that is not wanted."""
    made = assemble(question, planned)
    if options.no_outlook:
        return msgspec.structs.replace(made, outlook=limited(question, made))
    partitioner = work.registry.partitioner(options.partitioner)()
    with work.progress.task("looking at one card more, and at copies"):
        told = outlook(question, planned, made, partitioner)
    return msgspec.structs.replace(made, outlook=told)


def planned_as(options: PartitionOptions, dataflow: Dataflow, registry: Registry) -> Plan:
    """Return the judged plan on just as many cards as asked for. Raise InfeasibleError without trying what would help."""
    question = ask(dataflow, options, registry)
    (cards,) = wishes.cards(options.cards, len(question.cluster.cards))
    request = question.request(cards)
    placement = registry.partitioner(options.partitioner)().place(request)
    made = assemble(question, Planned(request=request, placement=placement))
    demand(judge(made, dataflow, ground_of(question)))
    return made


def ask(dataflow: Dataflow, options: PartitionOptions, registry: Registry) -> Question:
    """Return the question that the options ask of a dataflow."""
    _check(options)
    if options.picture:
        require_drawing()
    cluster = registry.cluster(options.cluster)
    boards = _boards(cluster, registry)
    names = tuple(layer.name for layer in dataflow.layers)
    weights = wishes.weights(options.weights, dataflow.layers)
    stores = {name: store() for name, store in registry.weight_stores().items()}
    wishes.check_stores(weights, stores)
    return Question(
        dataflow=dataflow,
        cluster=cluster,
        boards=boards,
        board=registry.board(dataflow.board),
        network=registry.network_model(cluster.network),
        topology=registry.topology(options.topology)(),
        stores=stores,
        weights=weights,
        folding=_folding(options, dataflow),
        settings=_settings(options, dataflow, wishes.anchors(options.anchor, names, boards)),
    )


def ground_of(question: Question) -> Ground:
    """Return what a plan that answers a question is judged on."""
    return Ground(
        cluster=question.cluster,
        boards=question.boards,
        board=question.board,
        network=question.network,
        topology=question.topology,
        stores=question.stores,
    )


def demand(verdict: Verdict) -> None:
    """Raise InternalFault where a rule does not hold: a plan that its judge refuses is never saved."""
    broken = [f"{check.rule}: {check.detail}" for check in verdict.checks if not check.passed]
    if broken:
        msg = f"{verdict.checker} refuses the plan ({'; '.join(broken)}); this is a fault of the partitioner, please report it"
        raise InternalFault(msg)


def _draw(plan: Plan, work: Work) -> None:
    files = {f"floorplan_{kind}": work.scratch / f"floorplan.{kind}" for kind in ("svg", "png")}
    draw(plan, *files.values())
    for name, file in files.items():
        work.add(name, file)
    work.progress.say(
        f"the floorplan is drawn in {' and '.join(f'{n}{f.suffix}' for n, f in files.items())} of the plan's folder"
    )


def _folding(options: PartitionOptions, dataflow: Dataflow) -> wishes.FoldingRule:
    return wishes.folding_rule(options.folding or ("fastest" if options.fps else "default"), dataflow.layers)


def _settings(options: PartitionOptions, dataflow: Dataflow, anchors: tuple[LayerAnchor, ...]) -> Settings:
    limits = wishes.limits(options.limit, "--limit", Fractions())
    slr_limits = wishes.limits(options.slr_limit, "--slr-limit", wishes.SLR_LIMITS)
    return Settings(
        clock_mhz=options.clock,
        basis=options.basis,
        limits=limits.fractions,
        slr_limits=slr_limits.fractions,
        may_be_unknown=limits.may_be_unknown,
        fps=options.fps,
        weight_stream_bits=wishes.weight_bits(options.weight_stream_bits, dataflow.layers),
        utilisation_step=options.utilisation_step,
        time_limit_s=options.time_limit_s,
        solver=options.solver,
        streams_per_cut=options.streams_per_cut,
        anchors=anchors,
    )


def _check(options: PartitionOptions) -> None:
    if options.fps is not None and options.folding is not None:
        msg = f"--fps {options.fps:g} and --folding {options.folding!r}: a rate chooses the foldings itself; give one of the two"
        raise OptionError(msg)
    for flag, value in (("--fps", options.fps), ("--clock", options.clock), ("--time-limit-s", options.time_limit_s)):
        if value is not None and not 0 < value < float("inf"):
            msg = f"{flag} {value:g}: expected a number above 0"
            raise OptionError(msg)
    if options.weight_stream_bits is not None and options.weight_stream_bits < 1:
        msg = f"--weight-stream-bits {options.weight_stream_bits}: expected a number of bits above 0"
        raise OptionError(msg)
    if options.streams_per_cut is not None and options.streams_per_cut < 1:
        msg = f"--streams-per-cut {options.streams_per_cut}: expected a number of streams above 0"
        raise OptionError(msg)
    if not 0 <= options.utilisation_step <= 1:
        msg = f"--utilisation-step {options.utilisation_step:g}: expected a fraction from 0 to 1"
        raise OptionError(msg)


def _boards(cluster: Cluster, registry: Registry) -> tuple[Any, ...]:
    return tuple(registry.board(card.board) for card in cluster.cards)


def _narrowed(options: PartitionOptions, question: Question) -> Iterator[str]:
    """Yield that wider weight words are asked for than there are."""
    asked, taken = options.weight_stream_bits, question.settings.weight_stream_bits
    if asked != taken:
        yield f"--weight-stream-bits {asked} counts as {taken}: no layer takes wider words"


def _notes(question: Question, planned: Planned, made: Plan) -> Iterator[str]:
    """Yield what a user should know of a plan beside what it says itself."""
    others = sorted({board.name for board in question.boards} - {question.board.name})
    if others:
        yield f"the costs are those of board {question.board.name!r}, for which the dataflow was compiled; the cluster has {', '.join(others)}"
    yield from planned.ruled_out
    if planned.why_streamed:
        yield planned.why_streamed
    for board in unknown_boards(planned.request, planned.placement.choices):
        yield f"nobody says what the memory of board {board!r} delivers; weights from outside are taken to come in time"
    for boundary in crowded(made, question.boards):
        yield boundary.text()
