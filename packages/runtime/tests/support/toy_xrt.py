# SPDX-License-Identifier: Apache-2.0
"""A stand-in for XRT as its releases 2.15 and 2.16 behave: pyxrt's classes, and the core library's register functions.

The card it plays turns each image round: whatever an input DMA reads is handed to the output DMAs that wait, in order. Scalars
are 32 bits, signed; ``wait`` takes milliseconds and returns a state; a hung run stays hung.
"""

import ctypes
from collections import deque


class State:
    ERT_CMD_STATE_COMPLETED = "completed"
    ERT_CMD_STATE_TIMEOUT = "timeout"
    ERT_CMD_STATE_ERROR = "error"
    ERT_CMD_STATE_ABORT = "abort"


class Direction:
    XCL_BO_SYNC_BO_TO_DEVICE = "to"
    XCL_BO_SYNC_BO_FROM_DEVICE = "from"


class Card:
    """What happens inside: completed runs, images on their way, and a diary."""

    def __init__(self):
        self.diary, self.images, self.waiting = [], deque(), deque()
        self.transform = lambda content: content
        self.stuck, self.broken = False, False

    def start(self, run):
        self.diary.append(("start", run.kernel.name))
        if run.kernel.name.startswith("idma"):
            self.images.append((run, bytes(run.arguments[0].device)))
        elif run.kernel.name.startswith("odma"):
            self.waiting.append(run)
        else:
            run.state = State.ERT_CMD_STATE_COMPLETED
        self.flow()

    def flow(self):
        while self.images and self.waiting and not self.stuck:
            (source, content), sink = self.images.popleft(), self.waiting.popleft()
            answer = self.transform(content)
            sink.arguments[0].device[: len(answer)] = answer
            source.state = sink.state = State.ERT_CMD_STATE_ERROR if self.broken else State.ERT_CMD_STATE_COMPLETED


class Uuid:
    def to_string(self):
        return "00112233-4455-6677-8899-aabbccddeeff"


class FakePyxrt:
    """The module ``pyxrt``, as far as the driver may use it."""

    ert_cmd_state = State
    xclBOSyncDirection = Direction

    class xrt_info_device:
        bdf = "bdf"

    def __init__(self, bdfs=("0000:3b:00.1",)):  # noqa: C901 - a module's classes, all in one place
        self.card, self.bdfs, self.loaded = Card(), bdfs, []
        fake = self

        class device:
            def __init__(self, which):
                self.bdf = fake.bdfs[which] if isinstance(which, int) else which
                if self.bdf not in fake.bdfs:
                    raise RuntimeError("no such device")

            def load_xclbin(self, xclbin):
                fake.loaded.append(xclbin.path)
                return Uuid()

            def get_info(self, what):
                return self.bdf

        class xclbin:
            def __init__(self, path):
                self.path = path

        class kernel:
            def __init__(self, device, uuid, name):
                self.name = name.partition("{")[2].rstrip("}")

            def group_id(self, index):
                return index + 7

            def __call__(self, *arguments):
                raise AssertionError("kernel(...) swallows bad arguments: set them one by one")

        class bo:
            normal = "normal"

            def __init__(self, device, size, flags, group):
                assert group == 7, "the buffer must lie in the bank of argument 0"
                self.host, self.device = bytearray(size), bytearray(size)

            def write(self, content, seek):
                self.host[seek : seek + len(content)] = content

            def read(self, size, skip):
                return bytes(self.host[skip : skip + size])

            def sync(self, direction, size, offset):
                if direction == Direction.XCL_BO_SYNC_BO_TO_DEVICE:
                    self.device[:] = self.host
                else:
                    self.host[:] = self.device

        class run:
            def __init__(self, kernel):
                self.kernel, self.arguments, self.state = kernel, {}, None

            def set_arg(self, index, value):
                if isinstance(value, int):
                    assert -(1 << 31) <= value < 1 << 31, "scalars are 32 bits, signed"
                self.arguments[index] = value

            def start(self):
                assert set(self.arguments) == {0, 1}, "an argument that is not set keeps garbage"
                self.state = None
                fake.card.start(self)

            def wait(self, milliseconds):
                assert 0 < milliseconds <= 100, "wait keeps Python's lock: short slices only (0 is for ever)"
                fake.card.flow()
                return self.state or State.ERT_CMD_STATE_TIMEOUT

        self.device, self.xclbin, self.kernel, self.bo, self.run = device, xclbin, kernel, bo, run

    def enumerate_devices(self):
        return len(self.bdfs)


class Symbol:
    """A C function: callable, and it takes the declarations that ctypes needs."""

    def __init__(self, function):
        self.function, self.restype, self.argtypes = function, None, None

    def __call__(self, *arguments):
        assert self.argtypes is not None, "the argument types were not declared"
        assert len(arguments) == len(self.argtypes)
        return self.function(*arguments)


class FakeCoreLibrary:
    """``libxrt_core.so``: registers of two compute units."""

    def __init__(self, units=("networklayer:networklayer_0", "cmac_0:cmac_0")):
        self.units, self.words, self.diary, self.held = units, {}, [], set()
        for name in dir(self):
            if name.startswith("_xcl"):
                setattr(self, name[1:], Symbol(getattr(self, name)))

    def _xclOpen(self, index, log, level):
        self.diary.append(("open", index))
        return 0xCAFE if index >= 0 else None

    def _xclClose(self, handle):
        self.diary.append(("close",))

    def _xclIPName2Index(self, handle, name):
        return self.units.index(name.decode()) if name.decode() in self.units else -2

    def _xclOpenContext(self, handle, uuid, index, shared):
        assert len(uuid) == 16
        assert shared is False
        self.diary.append(("context", index))
        return -16 if index in self.held else 0

    def _xclCloseContext(self, handle, uuid, index):
        self.diary.append(("end context", index))
        return 0

    def _xclRegRead(self, handle, index, offset, pointer):
        if offset >= 0x2000:
            return -22
        ctypes.cast(pointer, ctypes.POINTER(ctypes.c_uint32))[0] = self.words.get((index, offset), 0)
        return 0

    def _xclRegWrite(self, handle, index, offset, value):
        if offset >= 0x2000:
            return -22
        self.words[index, offset] = value
        return 0
