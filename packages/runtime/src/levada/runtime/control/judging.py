# SPDX-License-Identifier: Apache-2.0
"""From what a run did to what it says: the Run manifest, beside the plan's predictions and the golden record."""

from collections.abc import Iterable, Mapping, Sequence

from levada.core.errors import RunFault
from levada.core.interfaces import Seen
from levada.core.manifests import AgentUse, Deployment, Event, Failure, Hop, HopTraffic, Run, WeightTraffic
from levada.runtime.control.campaign import Outcome
from levada.runtime.control.goldens import Goldens
from levada.runtime.control.pictures import Pictures
from levada.runtime.packing import Tensor

UNPROVEN = (
    "packets bear no frame numbers, and some images have no golden answer: after a loss, answers may belong to later "
    "images than they stand beside until the run stalls; use framed flow, or golden images, to be sure"
)


def judge(
    deployment: Deployment, outcome: Outcome, goldens: Goldens, pictures: Pictures, agents: Sequence[AgentUse]
) -> Run:
    """Return the Run manifest: nothing is left out, whether it went well or not."""
    answers = outcome.answers(deployment)
    streams = list(_wrong_streams(deployment, outcome, goldens))
    wrong = list(_wrong_answers(deployment, outcome, goldens, answers))
    ledger = outcome.ledger
    return Run(
        name=deployment.name,
        images=ledger.count,
        answered=len(ledger.answers),
        failures=_first_each(ledger.failures, streams, wrong),
        images_per_s=round(len(ledger.answers) / outcome.seconds, 3) if outcome.seconds else 0.0,
        latency=ledger.latency,
        hops=tuple(_traffic(hop, outcome.traffic, goldens, ledger.count) for hop in deployment.hops),
        agents=tuple(agents),
        events=(*_notices(deployment, goldens), *outcome.events),
        mismatches=len(wrong) if goldens.any else None,
        stream_mismatches=len(streams) if goldens.any else None,
        correct=_correct(answers, pictures),
        weights=tuple(_weights(deployment, outcome)),
    )


def verify(run: Run) -> None:
    """Raise RunFault, naming the first place, where an image was lost or wrong, or a hop carried other than predicted."""
    if run.failures:
        first = min(run.failures, key=lambda failure: failure.image)
        msg = f"{len(run.failures)} of {run.images} images failed; the first is image {first.image} at {first.place}: {first.reason}"
        raise RunFault(msg)
    for hop in run.hops:
        if hop.sha256 is not None:  # else the receiving card cannot see into its streams
            _verify_hop(hop, run.images)
    for weights in run.weights:
        if weights.bytes_read is not None and weights.bytes_read != weights.predicted_bytes:
            msg = (
                f"weights of {weights.layer} on card {weights.card}: expected {weights.predicted_bytes} bytes through "
                f"{weights.unit}, {weights.bytes_read} came"
            )
            raise RunFault(msg)


def _verify_hop(hop: HopTraffic, images: int) -> None:
    where = f"stream {hop.stream} from card {hop.source_card} to card {hop.sink_card}"
    pairs = (
        ("frames", hop.frames, images),
        ("packets", hop.packets, hop.predicted_packets),
        ("stream bytes", hop.stream_bytes, hop.predicted_stream_bytes),
        ("wire bytes", hop.wire_bytes, hop.predicted_wire_bytes),
        ("sha256", hop.sha256, hop.golden_sha256 or hop.sha256),
    )
    for what, came, expected in pairs:
        if came != expected:
            msg = f"{where}: expected {expected} {what}, {came} came"
            raise RunFault(msg)


def _wrong_streams(deployment: Deployment, outcome: Outcome, goldens: Goldens) -> Iterable[Failure]:
    """Return every stream tensor that differs from the golden one, the streams in the order of the way."""
    for hop in deployment.hops:
        for image in range(outcome.ledger.count):
            came, golden = outcome.digests.get((hop.stream, image)), goldens.digest(hop.stream, image)
            if came is not None and golden is not None and came != golden:
                place = f"card {hop.sink_card}, stream {hop.stream} frame {image} (from card {hop.source_card})"
                yield Failure(image=image, place=place, reason=_digests_differ(came, golden))


def _digests_differ(came: bytes, golden: bytes) -> str:
    return f"its tensor is not the golden one (sha256 {came.hex()[:12]}…, expected {golden.hex()[:12]}…)"


def _wrong_answers(deployment: Deployment, outcome: Outcome, goldens: Goldens, answers: Tensor) -> Iterable[Failure]:
    for image in sorted(outcome.ledger.answers):
        golden, came = goldens.answer(image), tuple(int(label) for label in answers[image])
        if golden is not None and came != tuple(golden):
            reason = f"answered {came!r}, the golden answer is {tuple(golden)!r}"
            yield Failure(image=image, place=f"card {deployment.egress_card}", reason=reason)


def _notices(deployment: Deployment, goldens: Goldens) -> Iterable[Event]:
    """Return what a reader of the answers must know beforehand."""
    if deployment.hops and deployment.flow.mode == "plain" and not goldens.every:
        yield Event(at_ms=0.0, place="plain flow", text=UNPROVEN)


def _first_each(*failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return one failure per image, in order: that of the first group that names it, and in a group the first."""
    chosen: dict[int, Failure] = {}
    for group in failures:
        for failure in group:
            chosen.setdefault(failure.image, failure)
    return tuple(chosen[image] for image in sorted(chosen))


def _traffic(hop: Hop, traffic: Mapping[str, Seen], goldens: Goldens, images: int) -> HopTraffic:
    seen = traffic.get(hop.stream)
    counters = seen.counters if seen else None
    return HopTraffic(
        stream=hop.stream,
        source_card=hop.source_card,
        sink_card=hop.sink_card,
        frames=counters.frames if counters else None,
        packets=counters.packets if counters else None,
        stream_bytes=counters.stream_bytes if counters else None,
        wire_bytes=counters.wire_bytes if counters else None,
        predicted_packets=hop.packetisation.packets * images,
        predicted_stream_bytes=hop.packetisation.stream_bytes * images,
        predicted_wire_bytes=hop.wire_bytes * images,
        sha256=seen.sha256 if seen else None,
        golden_sha256=goldens.whole(hop.stream),
    )


def _weights(deployment: Deployment, outcome: Outcome) -> Iterable[WeightTraffic]:
    for card in deployment.cards:
        for feed in card.weights:
            read = outcome.weights.get(feed.layer)
            yield WeightTraffic(
                layer=feed.layer,
                card=card.index,
                unit=feed.unit,
                inferences=read.inferences if read else None,
                bytes_read=read.bytes_read if read else None,
                predicted_bytes=feed.inference_bytes * outcome.ledger.count,
            )


def _correct(answers: Tensor, pictures: Pictures) -> int | None:
    if pictures.labels is None:
        return None
    return int((answers[:, 0] == pictures.labels).sum())
