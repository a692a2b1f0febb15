# SPDX-License-Identifier: Apache-2.0
"""Streams a run's images through a fleet that is ready, until each is answered or its loss is named."""

import time
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from levada.core.datatypes import DataType, datatype
from levada.core.errors import LevadaError
from levada.core.interfaces import Answered, Seen, WeightsRead
from levada.core.manifests import Deployment, Event
from levada.core.progress import Progress
from levada.runtime.control.fleet import Fleet, PlaceFault, host_fault
from levada.runtime.control.ledger import Ledger, Loss
from levada.runtime.control.pictures import Pictures
from levada.runtime.packing import Layout, Tensor, from_canonical
from levada.runtime.protocol.messages import CardFault, Failed, Level, Picture, Submit

SUBMIT_BYTES = 4 << 20
TURN_S = 0.05
DRAIN_S, DRAIN_FAILED_S = 30.0, 2.0


class Pace(Struct, frozen=True, kw_only=True):
    """How many images may be in flight, and after how many seconds without any movement a run counts as stalled."""

    window: int
    stall_s: float


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a run: its account, seconds from first image to last answer, what crossed the hops, and events.

    ``traffic`` goes by stream, ``weights`` by layer; what no agent told is not in them.
    """

    ledger: Ledger
    seconds: float
    traffic: dict[str, Seen]
    digests: dict[tuple[str, int], bytes]
    events: tuple[Event, ...]
    weights: dict[str, WeightsRead] = {}

    def answers(self, deployment: Deployment) -> Tensor:
        """Return images × k labels, best first; -1 for every image without an answer."""
        layout = output_layout(deployment)
        rows = np.full((self.ledger.count, layout.elements), -1, dtype=np.int64)
        for frame, payload in self.ledger.answers.items():
            rows[frame] = from_canonical(payload, layout).reshape(-1)
        return rows


def output_layout(deployment: Deployment) -> Layout:
    """Return the layout of one answer."""
    return Layout(deployment.output.shape, datatype(deployment.output.datatype), 1)


class Campaign:
    """One streaming of images. ``observe`` hears every event as it happens."""

    def __init__(self, fleet: Fleet, deployment: Deployment, pace: Pace, observe: Callable[[Event], None]) -> None:
        """Get ready."""
        self._fleet, self._deployment, self._pace, self._observe = fleet, deployment, pace, observe
        self._ranks = {hop.stream: rank for rank, hop in enumerate(deployment.hops)}
        self._ingress = next(card.host for card in deployment.cards if card.index == deployment.ingress_card)
        self._digests: dict[tuple[str, int], bytes] = {}
        self._events: list[Event] = []
        self._started_s = self._moved_s = time.monotonic()
        self._mark: tuple[int, ...] = ()

    def run(self, pictures: Pictures, progress: Progress) -> Outcome:
        """Stream all images, then drain; a fault ends the streaming and is told in the outcome, not raised."""
        ledger = Ledger(len(pictures.images), self._pace.window, self._deployment.flow.ingress_images_per_s)
        element = datatype(self._deployment.input.datatype)
        self._started_s = self._moved_s = time.monotonic()
        try:
            with progress.task("images", total=ledger.count) as task:
                while not ledger.done:
                    before = len(ledger.answers)
                    self._submit(ledger, pictures, element)
                    self._turn(ledger)
                    self._check_stall(ledger)
                    task.advance(len(ledger.answers) - before)
            seconds = time.monotonic() - self._started_s
            self._drain(ledger)
        except LevadaError as fault:
            seconds = time.monotonic() - self._started_s
            self._give_up(ledger, fault)
        reports = self._fleet.reports
        return Outcome(
            ledger=ledger,
            seconds=seconds,
            traffic={seen.counters.stream: seen for report in reports for seen in report.traffic},
            digests=self._digests,
            events=tuple(self._events),
            weights={read.layer: read for report in reports for read in report.weights},
        )

    def _submit(self, ledger: Ledger, pictures: Pictures, element: DataType) -> None:
        now_s = time.monotonic()
        batch: list[Picture] = []
        size = 0
        for frame in ledger.due(now_s):
            image = pictures.content(frame, element)
            if batch and size + len(image) > SUBMIT_BYTES:
                break
            batch.append(Picture(frame, image))
            size += len(image)
        if batch:
            ledger.submit([picture.frame for picture in batch], now_s)
            self._fleet.post(self._ingress, Submit(id="", pictures=tuple(batch)))

    def _turn(self, ledger: Ledger) -> None:
        for answer in self._fleet.turn(TURN_S):
            if isinstance(answer.reply, Failed):
                raise host_fault(answer.host, answer.reply.reason)
        for news in self._fleet.news():
            self._digests |= {(digest.stream, digest.frame): digest.sha256 for digest in news.digests}
            for answered in news.answers:
                self._note_answer(ledger, answered)
            for fault in news.faults:
                self._note_fault(ledger, fault)

    def _note_answer(self, ledger: Ledger, answered: Answered) -> None:
        expected = output_layout(self._deployment).canonical_bytes
        if len(answered.payload) != expected:
            reason = f"the answer has {len(answered.payload)} bytes, expected {expected}"
            ledger.lose(answered.frame, Loss(place=f"card {self._deployment.egress_card}", reason=reason))
        elif not ledger.answer(answered.frame, answered.payload, time.monotonic()):
            self._tell(f"card {self._deployment.egress_card}", f"answer {answered.frame} was not expected any more")

    def _note_fault(self, ledger: Ledger, told: CardFault) -> None:
        fault = told.fault
        place = f"card {told.card}"
        if fault.stream is not None:
            place += f", stream {fault.stream}" + (f" frame {fault.frame}" if fault.frame is not None else "")
        self._tell(place, fault.reason)
        if fault.lost and fault.frame is not None:
            rank = self._ranks.get(fault.stream or "", len(self._ranks))
            ledger.lose(fault.frame, Loss(place=place, reason=fault.reason, rank=rank))

    def _check_stall(self, ledger: Ledger) -> None:
        """Lose everything in flight once nothing has moved for too long."""
        packets = sum(seen.counters.packets for report in self._fleet.reports for seen in report.traffic)
        mark = (packets, len(ledger.answers), len(ledger.failures), ledger.submitted)
        now_s = time.monotonic()
        if mark != self._mark:
            self._mark, self._moved_s = mark, now_s
        elif now_s - self._moved_s > self._pace.stall_s and not ledger.done:
            raise PlaceFault(self._stalled_at(ledger), f"nothing moved for {self._pace.stall_s:g} s")

    def _stalled_at(self, ledger: Ledger) -> str:
        """Return the first place on the way that is behind: the hop whose receiver misses a frame, or the egress card."""
        frames = {
            seen.counters.stream: seen.counters.frames for report in self._fleet.reports for seen in report.traffic
        }
        for hop in self._deployment.hops:
            if frames.get(hop.stream, 0) < ledger.submitted:
                way = f"from card {hop.source_card} to card {hop.sink_card}"
                return f"stream {hop.stream} frame {frames.get(hop.stream, 0)} ({way})"
        first = ledger.in_flight[0] if ledger.in_flight else ledger.submitted
        return f"card {self._deployment.egress_card}, frame {first}"

    def _drain(self, ledger: Ledger) -> None:
        """Wait until the cards are empty, so that the last counts are in; after losses they may never be."""
        lossy = bool(ledger.failures)
        try:
            self._fleet.reach(Level.DRAINED, DRAIN_FAILED_S if lossy else DRAIN_S)
        except PlaceFault as fault:
            if not lossy:
                raise
            self._tell(fault.place, f"not drained: {fault.reason}")
        self._turn(ledger)

    def _give_up(self, ledger: Ledger, fault: LevadaError) -> None:
        place = fault.place if isinstance(fault, PlaceFault) else "the cluster"
        reason = fault.reason if isinstance(fault, PlaceFault) else str(fault)
        self._tell(place, reason)
        ledger.lose_all(Loss(place=place, reason=reason, rank=len(self._ranks)))

    def _tell(self, place: str, text: str) -> None:
        event = Event(at_ms=round((time.monotonic() - self._started_s) * 1000, 1), place=place, text=text)
        self._events.append(event)
        self._observe(event)
