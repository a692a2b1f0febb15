# SPDX-License-Identifier: Apache-2.0
"""DMAs: buffers in turn, arguments one by one, waits in slices."""

import pytest
from toy_xrt import FakePyxrt

from levada.core.errors import RunFault
from levada.runtime.drivers.xrt.dma import DEPTH, Dma


@pytest.fixture
def pyxrt():
    return FakePyxrt()


def dma(pyxrt, name, size=4, **options):
    device = pyxrt.device(0)
    kernel = pyxrt.kernel(device, None, f"x:{{{name}}}")
    return Dma(pyxrt, device, kernel, size, **options)


def test_all_output_runs_are_queued_ahead(pyxrt):
    out = dma(pyxrt, "odma_0")
    out.start_all()
    assert out.busy == DEPTH
    assert pyxrt.card.diary == [("start", "odma_0")] * DEPTH


def test_an_image_goes_through(pyxrt):
    into, out = dma(pyxrt, "idma_0"), dma(pyxrt, "odma_0")
    out.start_all()
    into.start(b"abcd")
    assert out.read(out.finish(1.0)) == b"abcd"


def test_images_keep_their_order(pyxrt):
    into, out = dma(pyxrt, "idma_0"), dma(pyxrt, "odma_0")
    out.start_all()
    came = []
    for number in range(10):
        assert into.room(1.0)
        into.start(bytes([number]) * 4)
        came.append(out.read(out.finish(1.0))[0])
        out.start()
    assert came == list(range(10))


def test_a_run_that_has_not_ended_is_not_waited_for_without_end(pyxrt):
    out = dma(pyxrt, "odma_0")
    out.start_all()
    assert out.finish(0.05) is None


def test_without_a_busy_run_there_is_nothing_to_finish(pyxrt):
    assert dma(pyxrt, "odma_0").finish(1.0) is None


def test_there_is_room_until_every_slot_is_busy(pyxrt):
    into = dma(pyxrt, "idma_0")
    for _ in range(DEPTH):
        assert into.room(0.0)
        into.start(b"abcd")
    assert not into.room(0.01)


def test_a_run_that_ended_badly_says_what_to_do(pyxrt):
    into, out = dma(pyxrt, "idma_0"), dma(pyxrt, "odma_0")
    pyxrt.card.broken = True
    out.start_all()
    into.start(b"abcd")
    with pytest.raises(RunFault, match=r"a DMA run ended in state error; reset the card \(xbutil reset\)"):
        out.finish(1.0)


@pytest.mark.parametrize("size", [0, 1 << 31])
def test_a_buffer_that_xrt_cannot_count_is_refused(pyxrt, size):
    with pytest.raises(RunFault, match=rf"must have 1 to 2147483647 bytes, got {size}"):
        dma(pyxrt, "idma_0", size)


def test_an_image_of_another_size_is_refused(pyxrt):
    with pytest.raises(RunFault, match="a DMA buffer of 4 bytes was to hold 3"):
        dma(pyxrt, "idma_0").start(b"abc")


def test_a_run_reads_the_buffer_as_often_as_an_inference_needs_it(pyxrt):
    weights = dma(pyxrt, "wdma_0", shared=True, repeats=49)
    assert {slot.run.arguments[1] for slot in weights._idle} == {49}


def test_weights_share_one_buffer(pyxrt):
    weights = dma(pyxrt, "wdma_0", shared=True)
    weights.fill(b"wxyz")
    assert len({id(slot.buffer) for slot in weights._idle}) == 1
    assert bytes(weights._idle[0].buffer.device) == b"wxyz"
