# SPDX-License-Identifier: Apache-2.0
"""A run for people: what was answered, how fast, and what crossed each hop."""

from levada.core.manifests import HopTraffic, Run, WeightTraffic
from levada.core.show_words import some

TABLE_ROWS = 8


def run_lines(manifest: Run) -> list[str]:
    """Return the summary of a run, one string a line."""
    drivers = ", ".join(f"{agent.host} (pid {agent.pid}: {', '.join(agent.drivers)})" for agent in manifest.agents)
    speed = f"  {manifest.images_per_s:.1f} images/s wall clock{_until(manifest)}, latency p50 {manifest.latency.p50_ms:.1f} ms, p99 {manifest.latency.p99_ms:.1f} ms"
    emulated = any("emulated" in agent.drivers for agent in manifest.agents)
    failures = [f"  image {f.image} failed at {f.place}: {f.reason}" for f in manifest.failures[:TABLE_ROWS]]
    more = len(manifest.failures) - len(failures)
    events = [f"  {event.at_ms:.0f} ms: {event.place}: {event.text}" for event in manifest.events[:TABLE_ROWS]]
    later = len(manifest.events) - len(events)
    return [
        f"run {manifest.name}: {manifest.answered} of {manifest.images} images answered, {len(manifest.failures)} failed",
        f"  compared with FINN's execution: {_against(manifest.mismatches, 'answers')}; {_against(manifest.stream_mismatches, 'cut streams')}{_correct(manifest)}",
        f"  agents: {drivers}",
        speed + (" (emulated: says nothing of a card's rate)" if emulated else ""),
        *_hops(manifest),
        *_weights(manifest),
        *failures,
        *([f"  … and {more} more"] if more else []),
        *events,
        *([f"  … and {some(later, 'event')} more"] if later else []),
    ]


def _until(run: Run) -> str:
    """Return a word on a rate that a run without failures would not have had."""
    return " over the answered ones of a run with failures" if run.failures else ""


def _hops(run: Run) -> list[str]:
    return [
        f"  hop {hop.stream}: card {hop.source_card} → card {hop.sink_card}, {_crossed(hop, run)}" for hop in run.hops
    ]


def _crossed(hop: HopTraffic, run: Run) -> str:
    if hop.frames is None or hop.packets is None:
        return "counts unknown (nobody told them)"
    planned = (hop.predicted_packets, hop.predicted_stream_bytes, hop.predicted_wire_bytes)
    verdict = _verdict((hop.packets, hop.stream_bytes, hop.wire_bytes) == planned)
    counts = f"{some(hop.frames, 'frame')}, {some(hop.packets, 'packet')}, {hop.stream_bytes} stream bytes, {hop.wire_bytes} wire bytes"
    return f"{counts}, {verdict}{_digest(hop, hop.frames < run.images)}"


def _weights(run: Run) -> list[str]:
    return [
        f"  weights of {weights.layer}: host of card {weights.card} → {weights.unit}, {_streamed(weights)}"
        for weights in run.weights
    ]


def _streamed(weights: WeightTraffic) -> str:
    if weights.inferences is None:
        return "bytes unknown (nobody told them)"
    times = some(weights.inferences, "inference")
    return f"{weights.bytes_read} bytes for {times}, {_verdict(weights.bytes_read == weights.predicted_bytes)}"


def _verdict(equal: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "as planned" if equal else "NOT as planned"


def _digest(hop: HopTraffic, incomplete: bool) -> str:  # noqa: FBT001 - asked once
    if hop.golden_sha256 is None:
        return ""
    if hop.sha256 is None or incomplete:
        return ", sha256 not compared (incomplete)" if hop.sha256 else ", sha256 unknown"
    return ", sha256 golden" if hop.sha256 == hop.golden_sha256 else ", sha256 NOT golden"


def _against(mismatches: int | None, what: str) -> str:
    return (
        f"{what} not compared (no golden ones for these images)"
        if mismatches is None
        else f"{mismatches} mismatches in {what}"
    )


def _correct(run: Run) -> str:
    return (
        ""
        if run.correct is None or not run.images
        else f"; {run.correct} of {run.images} right ({run.correct / run.images:.2%})"
    )
