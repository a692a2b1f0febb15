# SPDX-License-Identifier: Apache-2.0
"""The driver ``xrt``: a real card. Start order: output DMAs, then those of external weights, the input last."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from levada.core.datatypes import datatype
from levada.core.errors import HostError, InternalFault, NetworkError, RunFault
from levada.core.interfaces import Answered, CardReport, Driver, Network, Phase, Registers
from levada.core.manifests import CardDeployment, ComputeUnit, Deployment, PlannedStream
from levada.runtime.drivers.xrt import library
from levada.runtime.drivers.xrt.dma import Dma
from levada.runtime.drivers.xrt.registers import PortRegisters, Shim
from levada.runtime.packing import Layout, canonical, from_canonical, pack, unpack

INPUT_DMA, OUTPUT_DMA, WEIGHT_DMA = "idma", "odma", "wdma"
SUBMIT_S = 10.0
POLL_S = 0.001


def bitstream_payload(card: CardDeployment) -> str:
    """Return the name of the payload that holds a card's bitstream."""
    return f"bitstream_{card.index}"


class XrtCard(Driver):
    """One real card. A DMA that hangs cannot be aborted through pyxrt: the agent's process has to end, or the card be reset."""

    name = "xrt"

    @classmethod
    def needs(cls, card: CardDeployment) -> tuple[str, ...]:
        """Return the card's bitstream and the weights that its DMAs stream."""
        return (bitstream_payload(card), *(feed.payload for feed in card.weights))

    def __init__(self, card: CardDeployment, deployment: Deployment, payloads: Path, network: Network | None) -> None:
        """Take hold of nothing yet."""
        self._card, self._deployment, self._payloads, self._network = card, deployment, payloads, network
        self._pyxrt: Any = None
        self._device: Any = None
        self._shim: Shim | None = None
        self._dmas: dict[str, Dma] = {}
        self._layouts: dict[str, Layout] = {}
        self._answered = 0

    def program(self) -> None:
        """Load the bitstream and allocate the DMAs' buffers. Raise DependencyError without XRT, HostError where it refuses."""
        self._pyxrt = library.pyxrt()
        try:
            self._device = self._pyxrt.device(self._card.pcie)
            xclbin = self._pyxrt.xclbin(str(self._payloads / bitstream_payload(self._card)))
            uuid = self._device.load_xclbin(xclbin)
            for unit in self._card.link.units:
                self._open(unit, uuid)
        except RuntimeError as error:  # what pyxrt makes of every C++ exception
            msg = f"XRT cannot program card {self._card.name!r} at {self._card.pcie}: {error}; look at `xbutil examine`"
            raise HostError(msg) from None
        if self._card.ports:
            self._shim = Shim(library.core_library(), self._index(), bytes.fromhex(uuid.to_string().replace("-", "")))

    def _open(self, unit: ComputeUnit, uuid: Any) -> None:
        """Open a DMA; other kernels are free-running and need no host."""
        if unit.kernel not in (INPUT_DMA, OUTPUT_DMA, WEIGHT_DMA):
            return
        kernel = self._pyxrt.kernel(self._device, uuid, f"{unit.kernel}:{{{unit.name}}}")
        if unit.kernel == WEIGHT_DMA:
            self._dmas[unit.name] = self._weights(unit.name, kernel)
            return
        layout = self._layout(unit.kernel)
        self._layouts[unit.name] = layout
        self._dmas[unit.name] = Dma(self._pyxrt, self._device, kernel, layout.stream_bytes)

    def _weights(self, unit: str, kernel: Any) -> Dma:
        """Return a DMA whose buffer holds the layer's weights, and whose run is one inference's readings."""
        feed = next((feed for feed in self._card.weights if feed.unit == unit), None)
        if feed is None:
            msg = f"card {self._card.name!r} has a DMA {unit!r}, but the deployment names no weights for it; make it again"
            raise NetworkError(msg)
        content = (self._payloads / feed.payload).read_bytes()
        dma = Dma(self._pyxrt, self._device, kernel, len(content), shared=True, repeats=feed.readings)
        dma.fill(content)
        return dma

    def _layout(self, kernel: str) -> Layout:
        """Return the layout of the network's input or output: beats of the layer at its one end."""
        stream = self._outer_stream(kernel)
        lanes = stream.sink_lanes if kernel == INPUT_DMA else stream.source_lanes
        return Layout(stream.shape, datatype(stream.datatype), lanes)

    def _outer_stream(self, kernel: str) -> PlannedStream:
        for stream in self._deployment.streams:
            if (stream.source if kernel == INPUT_DMA else stream.sink) is None:
                return stream
        msg = f"card {self._card.name!r} has a DMA {kernel!r}, but no stream of the deployment needs one"
        raise InternalFault(msg)

    def _index(self) -> int:
        """Return XRT's index of the card at our PCIe address. Raise HostError where there is none."""
        known = []
        for index in range(self._pyxrt.enumerate_devices()):
            known.append(self._pyxrt.device(index).get_info(self._pyxrt.xrt_info_device.bdf))
            if known[-1] == self._card.pcie:
                return index
        msg = f"no card at PCIe address {self._card.pcie}; this host has {', '.join(known) or 'none'}"
        raise HostError(msg)

    def registers(self, port: str) -> Registers:
        """Return a port's register window. Raise NetworkError for a port that this card has not."""
        for known in self._card.ports:
            if known.name == port and self._shim is not None:
                return PortRegisters(self._shim, known.windows)
        msg = f"card {self._card.name!r} has no port {port!r}, or is not programmed"
        raise NetworkError(msg)

    def start(self, phase: Phase) -> None:
        """Start the DMAs of a phase: outputs and weights run ahead, the input starts with each image."""
        kernel = {Phase.OUTPUTS: OUTPUT_DMA, Phase.WEIGHTS: WEIGHT_DMA, Phase.INPUT: None}[phase]
        for dma in self._of(kernel) if kernel else ():
            dma.start_all()

    def submit(self, frame: int, image: bytes) -> None:
        """Start the input DMA on an image. Raise RunFault where no buffer comes free in time: nothing leaves the card."""
        unit = self._unit(INPUT_DMA)
        layout, dma = self._layouts[unit], self._dmas[unit]
        if not dma.room(SUBMIT_S):
            msg = f"card {self._card.name!r}: the input DMA took no image for {SUBMIT_S:.0f} s at frame {frame}"
            raise RunFault(msg)
        dma.start(pack(from_canonical(image, layout)[0], layout))

    def answers(self, timeout_s: float) -> Iterable[Answered]:
        """Return the answers that the output DMA has, waiting at most ``timeout_s`` for the first; frames come in order."""
        self._tend_weights()
        answers: list[Answered] = []
        for unit in [unit.name for unit in self._card.link.units if unit.kernel == OUTPUT_DMA]:
            dma, layout = self._dmas[unit], self._layouts[unit]
            while (slot := dma.finish(POLL_S if answers else timeout_s)) is not None:
                tensor = unpack(dma.read(slot), layout)[0]
                answers.append(Answered(frame=self._answered, payload=canonical(tensor, layout.element)))
                self._answered += 1
                dma.start()
        return answers

    def _tend_weights(self) -> None:
        """Start weight DMAs again whose runs have ended: one run is one inference's reading."""
        for dma in self._of(WEIGHT_DMA):
            for _ in range(dma.busy):
                if dma.finish(0.0) is None:
                    break
                dma.start()

    def report(self) -> CardReport:
        """Say how many images the input DMA holds; a card cannot see into its own streams."""
        return CardReport(traffic=(), digests=(), faults=(), in_flight=sum(dma.busy for dma in self._of(INPUT_DMA)))

    def release(self) -> None:
        """Give up buffers, compute units and the card."""
        shim, self._shim = self._shim, None
        if shim is not None:
            shim.close()
        self._dmas, self._layouts, self._device = {}, {}, None

    def _of(self, kernel: str) -> list[Dma]:
        return [
            self._dmas[unit.name] for unit in self._card.link.units if unit.kernel == kernel and unit.name in self._dmas
        ]

    def _unit(self, kernel: str) -> str:
        for unit in self._card.link.units:
            if unit.kernel == kernel:
                return unit.name
        msg = f"card {self._card.name!r} got an image, but has no DMA {kernel!r}; the input enters on card {self._deployment.ingress_card}"
        raise InternalFault(msg)
