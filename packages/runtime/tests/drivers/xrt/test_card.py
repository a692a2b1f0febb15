# SPDX-License-Identifier: Apache-2.0
"""The driver of real cards, on a stand-in for XRT."""

import numpy as np
import pytest
from msgspec.structs import replace
from toy_xrt import FakeCoreLibrary, FakePyxrt

from levada.core.errors import DependencyError, HostError, InternalFault, NetworkError, RunFault
from levada.core.interfaces import Phase
from levada.core.manifests import ComputeUnit, LinkSpec, RegisterWindow, WeightFeed
from levada.runtime.drivers.xrt import library
from levada.runtime.drivers.xrt.card import XrtCard
from levada.runtime.packing import Layout, pack, unpack

PCIE = "0000:3b:00.1"
WINDOW = RegisterWindow(kernel="networklayer", unit="networklayer_0", offset=0, size_bytes=0x2000)


@pytest.fixture
def pyxrt(monkeypatch):
    fake = FakePyxrt(("0000:17:00.1", PCIE))
    monkeypatch.setattr(library, "pyxrt", lambda: fake)
    return fake


@pytest.fixture
def core(monkeypatch):
    fake = FakeCoreLibrary()
    monkeypatch.setattr(library, "core_library", lambda: fake)
    return fake


def units(*names):
    return LinkSpec(units=tuple(ComputeUnit(name=n, kernel=n.rpartition("_")[0], slr=0) for n in names), streams=())


def feed(unit, card=1, readings=1):
    """Return the eight bytes that a DMA streams."""
    return WeightFeed(
        layer=f"D{unit}", unit=unit, tensor="D_weights", payload=f"weights_{card}_{unit}",
        payload_bytes=8, readings=readings, pe=2, simd=2,
    )  # fmt: skip


def card(rig, tmp_path, *names, ports=False, pcie=PCIE):
    """Return a driver of card 1 with these DMAs, and its payloads on disk."""
    manifest = rig.deployment(2, "chain") if ports else rig.deployment(1, "loop")
    deployed = replace(manifest.cards[0], pcie=pcie, link=units(*names), weights=(feed("wdma_0"),))
    if ports:
        deployed = replace(deployed, ports=tuple(replace(port, windows=(WINDOW,)) for port in deployed.ports))
    (tmp_path / "bitstream_1").write_bytes(b"xclbin")
    (tmp_path / "weights_1_wdma_0").write_bytes(b"weights!")
    return XrtCard(deployed, manifest, tmp_path, None)


def turned_round(rig):
    """Return what the card computes in these tests: the first answer layout's worth of the input's bytes."""
    streams = {stream.name: stream for stream in rig.streams()}
    into, out = Layout.of(streams["input->A"]), Layout.of(streams["D->output"])

    def compute(content):
        picture = unpack(content, into)[0]
        return pack(picture.reshape(-1)[:2] % 16, out)

    return compute


@pytest.fixture
def running(rig, tmp_path, pyxrt):
    made = card(rig, tmp_path, "idma_0", "odma_0")
    pyxrt.card.transform = turned_round(rig)
    made.program()
    for phase in Phase:
        made.start(phase)
    return made


def test_the_bitstream_of_this_card_is_loaded(running, pyxrt, tmp_path):
    assert pyxrt.loaded == [str(tmp_path / "bitstream_1")]


def test_images_come_back_as_answers_in_order(rig, running):
    images = rig.pictures(3)
    for frame, image in enumerate(images):
        running.submit(frame, image.tobytes())
    answers = list(running.answers(1.0))
    assert [answer.frame for answer in answers] == [0, 1, 2]
    assert [answer.payload for answer in answers] == [
        (image.reshape(-1)[:2] % 16).astype(np.uint8).tobytes() for image in images
    ]


def test_more_images_than_slots_go_through(rig, running):
    came = []
    for frame, image in enumerate(rig.pictures(20)):
        running.submit(frame, image.tobytes())
        came += [answer.frame for answer in running.answers(1.0)]
    assert came == list(range(20))


def test_outputs_are_started_before_any_input(rig, running, pyxrt):
    running.submit(0, rig.pictures(1).tobytes())
    kinds = [name for _, name in pyxrt.card.diary]
    assert kinds.index("odma_0") < kinds.index("idma_0")


def test_weights_are_started_after_outputs_and_again_for_every_inference(rig, tmp_path, pyxrt):
    made = card(rig, tmp_path, "wdma_0", "odma_0")
    made.program()
    made.start(Phase.OUTPUTS)
    made.start(Phase.WEIGHTS)
    before = pyxrt.card.diary.count(("start", "wdma_0"))
    list(made.answers(0.01))
    assert [name for _, name in pyxrt.card.diary][:4] == ["odma_0"] * 4
    assert pyxrt.card.diary.count(("start", "wdma_0")) > before


def test_a_weight_dma_that_the_deployment_does_not_know_is_named(rig, tmp_path, pyxrt):
    made = card(rig, tmp_path, "wdma_7")
    with pytest.raises(NetworkError, match=r"has a DMA 'wdma_7', but the deployment names no weights for it"):
        made.program()


def test_a_card_in_the_middle_has_neither_images_nor_answers(rig, tmp_path, pyxrt, core):
    made = card(rig, tmp_path, "segment0_slr0", ports=True)
    made.program()
    for phase in Phase:
        made.start(phase)
    assert list(made.answers(0.01)) == []
    assert made.report().in_flight == 0


def test_in_flight_counts_images_that_the_input_dma_holds(rig, running, pyxrt):
    pyxrt.card.stuck = True
    running.submit(0, rig.pictures(1).tobytes())
    assert running.report().in_flight == 1


def test_a_card_that_takes_no_image_is_named_with_the_frame(rig, running, pyxrt, monkeypatch):
    from levada.runtime.drivers.xrt import card as module

    monkeypatch.setattr(module, "SUBMIT_S", 0.05)
    pyxrt.card.stuck = True
    image = rig.pictures(1).tobytes()
    for frame in range(4):
        running.submit(frame, image)
    with pytest.raises(RunFault, match=r"card 'u280-1': the input DMA took no image for 0 s at frame 4"):
        running.submit(4, image)


def test_registers_go_through_the_core_library_of_the_right_card(rig, tmp_path, pyxrt, core):
    made = card(rig, tmp_path, "idma_0", ports=True)
    made.program()
    made.registers("port1").write32(0x18, 0xC0A80005)
    assert core.words == {(0, 0x18): 0xC0A80005}
    assert ("open", 1) in core.diary


def test_a_port_that_the_card_has_not_is_named(rig, tmp_path, pyxrt, core):
    made = card(rig, tmp_path, "idma_0", ports=True)
    made.program()
    with pytest.raises(NetworkError, match=r"card 'u280-1' has no port 'port9'"):
        made.registers("port9")


def test_a_card_at_no_such_address_is_named_by_xrt(rig, tmp_path, pyxrt):
    with pytest.raises(HostError, match=r"XRT cannot program card 'u280-1' at 0000:ff:00\.1: no such device"):
        card(rig, tmp_path, "idma_0", pcie="0000:ff:00.1").program()


def test_release_gives_everything_back(rig, tmp_path, pyxrt, core):
    made = card(rig, tmp_path, "idma_0", ports=True)
    made.program()
    made.release()
    made.release()
    assert core.diary.count(("close",)) == 1


def test_an_image_at_a_card_without_input_is_a_bug_with_a_name(rig, tmp_path, pyxrt):
    made = card(rig, tmp_path, "odma_0")
    made.program()
    with pytest.raises(
        InternalFault, match=r"card 'u280-1' got an image, but has no DMA 'idma'; the input enters on card 1"
    ):
        made.submit(0, b"")


def test_it_needs_its_bitstream_and_the_weights_it_streams(rig, tmp_path):
    deployed = replace(rig.deployment().cards[1], weights=(feed("wdma_0", 2), feed("wdma_1", 2)))
    assert XrtCard.needs(deployed) == ("bitstream_2", "weights_2_wdma_0", "weights_2_wdma_1")


def test_without_pyxrt_one_error_says_where_it_comes_from(rig, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyxrt", None)
    with pytest.raises(
        DependencyError, match=r"driver 'xrt' needs pyxrt .*comes with XRT.*source /opt/xilinx/xrt/setup\.sh"
    ):
        card(rig, tmp_path, "idma_0").program()


def test_without_the_core_library_one_error_says_where_it_comes_from():
    with pytest.raises(DependencyError, match=r"driver 'xrt' needs libxrt_core\.so .*on no package index"):
        library.core_library()
