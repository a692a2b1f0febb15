# SPDX-License-Identifier: Apache-2.0
"""FINN's DMAs on Alveo: kernels called with a buffer and a batch size, several runs queued ahead so that none waits.

``kernel(...)`` of pyxrt swallows arguments that it cannot convert, and its integers are 32 bits, signed: arguments are set one by
one, and checked here. ``wait`` keeps Python's lock, so it is called in short slices.
"""

import time
from collections import deque
from typing import Any

from msgspec import Struct

from levada.core.errors import RunFault

SLICE_MS = 20
DEPTH = 4
INT32_MAX = (1 << 31) - 1
BUFFER_ARGUMENT, BATCH_ARGUMENT = 0, 1


class Slot(Struct, frozen=True):
    """A buffer on the card and the run that uses it."""

    buffer: Any
    run: Any


class Dma:
    """A DMA's compute unit with ``DEPTH`` slots, used in turn; one run moves one inference, the buffer ``repeats`` times over."""

    def __init__(
        self, pyxrt: Any, device: Any, kernel: Any, size_bytes: int, *, shared: bool = False, repeats: int = 1
    ) -> None:
        """Allocate buffers of ``size_bytes``, one for all slots where ``shared``. Raise RunFault for one XRT cannot count."""
        if not 0 < size_bytes <= INT32_MAX:
            msg = f"a DMA buffer must have 1 to {INT32_MAX} bytes, got {size_bytes}"
            raise RunFault(msg)
        self._pyxrt, self._size_bytes, self._repeats = pyxrt, size_bytes, repeats
        first = self._allocate(device, kernel)
        buffers = [first] + [first if shared else self._allocate(device, kernel) for _ in range(DEPTH - 1)]
        self._idle = deque(self._slot(kernel, buffer) for buffer in buffers)
        self._busy: deque[Slot] = deque()

    def _allocate(self, device: Any, kernel: Any) -> Any:
        flags, bank = self._pyxrt.bo.normal, kernel.group_id(BUFFER_ARGUMENT)
        return self._pyxrt.bo(device, self._size_bytes, flags, bank)

    def _slot(self, kernel: Any, buffer: Any) -> Slot:
        run = self._pyxrt.run(kernel)
        run.set_arg(BUFFER_ARGUMENT, buffer)
        run.set_arg(BATCH_ARGUMENT, self._repeats)
        return Slot(buffer, run)

    @property
    def busy(self) -> int:
        """Return how many runs are queued or running."""
        return len(self._busy)

    def start(self, content: bytes | None = None) -> None:
        """Start the next idle slot, after writing ``content`` (if any) to its buffer."""
        slot = self._idle.popleft()
        if content is not None:
            self._write(slot.buffer, content)
        slot.run.start()
        self._busy.append(slot)

    def start_all(self) -> None:
        """Start every idle slot."""
        while self._idle:
            self.start()

    def fill(self, content: bytes) -> None:
        """Write ``content`` to the buffers of all idle slots."""
        for slot in self._idle:
            self._write(slot.buffer, content)

    def room(self, timeout_s: float) -> bool:
        """Say whether a slot is idle, waiting at most ``timeout_s`` for one."""
        return bool(self._idle) or self.finish(timeout_s) is not None

    def finish(self, timeout_s: float) -> Slot | None:
        """Return the oldest run's slot, idle now, once it has ended; None where it has not within ``timeout_s``."""
        if not self._busy:
            return None
        until_s = time.monotonic() + timeout_s
        while not self._ended(self._busy[0], until_s):
            if time.monotonic() >= until_s:
                return None
        slot = self._busy.popleft()
        self._idle.append(slot)
        return slot

    def _ended(self, slot: Slot, until_s: float) -> bool:
        """Wait one slice for a run. Raise RunFault where it ended badly."""
        states = self._pyxrt.ert_cmd_state
        left_ms = int((until_s - time.monotonic()) * 1000)
        state = slot.run.wait(max(1, min(SLICE_MS, left_ms)))
        if state == states.ERT_CMD_STATE_COMPLETED:
            return True
        if state in (states.ERT_CMD_STATE_ERROR, states.ERT_CMD_STATE_ABORT):
            msg = f"a DMA run ended in state {state}; reset the card (xbutil reset) and look at dmesg"
            raise RunFault(msg)
        return False

    def read(self, slot: Slot) -> bytes:
        """Return what the card wrote to a slot's buffer."""
        direction = self._pyxrt.xclBOSyncDirection.XCL_BO_SYNC_BO_FROM_DEVICE
        slot.buffer.sync(direction, self._size_bytes, 0)
        return bytes(memoryview(slot.buffer.read(self._size_bytes, 0)).cast("B"))

    def _write(self, buffer: Any, content: bytes) -> None:
        if len(content) != self._size_bytes:
            msg = f"a DMA buffer of {self._size_bytes} bytes was to hold {len(content)}"
            raise RunFault(msg)
        buffer.write(content, 0)
        buffer.sync(self._pyxrt.xclBOSyncDirection.XCL_BO_SYNC_BO_TO_DEVICE, self._size_bytes, 0)
