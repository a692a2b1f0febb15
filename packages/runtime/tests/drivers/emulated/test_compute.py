# SPDX-License-Identifier: Apache-2.0
"""One part at work: alignment by frame, batches, and what happens around lost frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_fakes import Clock

from levada.core.errors import DependencyError, GraphError
from levada.core.manifests import Part
from levada.runtime.drivers.emulated.compute import BATCH, Compute, Item, open_model, open_session


class Stream:
    def __init__(self, tensor):
        self.tensor = tensor


class Adder:
    """A session that adds its inputs, and remembers the size of every batch."""

    def __init__(self):
        self.batches = []

    def run(self, outputs, feeds):
        total = sum(feeds.values())
        self.batches.append(len(total))
        self.takes(len(total))
        return [total for _ in outputs]


class Dma:
    """Brings nothing, but as often as it is asked."""

    matrix = Stream("W")

    def read(self):
        return 0


STREAMS = {name: Stream(name.upper()) for name in ("a", "b", "out", "more")}


def compute(inputs=("a", "b"), outputs=("out",), frame_s=0.0, dmas=()):
    """Return a part that has computed its first frame, and knows that each takes ``frame_s``."""
    session, clock = Adder(), Clock()
    made = Compute(Part(segment=0, layers=(), inputs=inputs, outputs=outputs), STREAMS, session, dmas, clock)
    for name in inputs:
        put(made, name, -1)
    session.takes = lambda frames: setattr(clock, "now_s", clock.now_s + frames * frame_s)
    made.run()
    made.outbox.clear()
    session.batches.clear()
    made.session = session
    return made


def put(made, stream, *frames):
    for frame in frames:
        made.put(stream, Item(frame, np.array([frame])))


def came(made):
    return [(stream, item.frame, int(item.tensor[0])) for stream, item in made.outbox]


def test_a_frame_waits_for_all_its_inputs():
    made = compute()
    put(made, "a", 0)
    assert not made.run()
    put(made, "b", 0)
    assert made.run()
    assert came(made) == [("out", 0, 0)]


def test_frames_are_computed_together():
    made = compute()
    put(made, "a", 0, 1, 2)
    put(made, "b", 0, 1, 2)
    made.run()
    assert came(made) == [("out", 0, 0), ("out", 1, 2), ("out", 2, 4)]
    assert made.session.batches == [3]


def test_no_more_than_a_batch_at_once():
    made = compute(("a",))
    put(made, "a", *range(BATCH + 3))
    made.run()
    assert len(made.outbox) == BATCH
    assert made.waiting("a") == 3


@pytest.mark.parametrize(("frame_s", "expected"), [(0.01, 8), (0.1, 5), (0.3, 1), (4.0, 1)])
def test_a_batch_takes_about_half_a_second(frame_s, expected):
    made = compute(("a",), frame_s=frame_s)
    put(made, "a", *range(20))
    made.run()
    assert made.session.batches == [expected]


def test_weights_are_streamed_for_each_frame_anew():
    made = compute(("a",), dmas=[Dma()])
    put(made, "a", 0, 1, 2)
    while made.run():
        made.outbox.clear()
    assert made.session.batches == [1, 1, 1]


def test_nothing_is_computed_while_results_still_wait():
    made = compute(("a",))
    put(made, "a", 0)
    made.run()
    put(made, "a", 1)
    assert not made.run()
    made.outbox.clear()
    assert made.run()


def test_results_leave_frame_by_frame_so_that_no_output_runs_ahead():
    made = compute(("a",), ("out", "more"))
    put(made, "a", 0, 1)
    made.run()
    assert [(stream, frame) for stream, frame, _ in came(made)] == [("out", 0), ("more", 0), ("out", 1), ("more", 1)]


def test_a_frame_that_one_input_lost_is_dropped_from_the_other():
    made = compute()
    put(made, "a", 0, 1, 2)
    put(made, "b", 0, 2)
    made.run()
    made.outbox.clear()
    made.run()
    assert came(made) == [("out", 2, 4)]


def test_frames_of_different_images_are_never_joined():
    made = compute()
    put(made, "a", 1)
    put(made, "b", 0)
    assert not made.run()
    assert (made.waiting("a"), made.waiting("b")) == (1, 0)


def test_a_frame_that_is_missing_at_the_end_waits():
    made = compute()
    put(made, "a", 5)
    assert not made.run()
    assert made.in_flight == 1


@given(st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12)))
def test_exactly_the_frames_that_both_inputs_have_come_out_in_order(left, right):
    made = compute()
    put(made, "a", *sorted(left))
    put(made, "b", *sorted(right))
    frames = []
    while made.run():
        frames += [frame for _, frame, _ in came(made)]
        made.outbox.clear()
    assert frames == sorted(left & right)


def test_in_flight_counts_frames_not_tensors():
    made = compute(("a",), ("out", "more"))
    put(made, "a", 0, 1)
    assert made.in_flight == 2
    made.run()
    assert made.in_flight == 2


def test_inputs_are_known_by_name():
    assert compute().inputs == ("a", "b")


def test_a_file_that_is_no_model_is_named(tmp_path):
    pytest.importorskip("onnx")
    (tmp_path / "emulation_graph").write_bytes(b"\xff\xfe not a model")
    with pytest.raises(GraphError, match="emulation_graph is no ONNX model"):
        open_model(tmp_path / "emulation_graph")


def test_a_model_that_is_missing_is_named(tmp_path):
    pytest.importorskip("onnx")
    with pytest.raises(GraphError, match="cannot read the emulation graph emulation_graph"):
        open_model(tmp_path / "emulation_graph")


def test_without_onnx_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(DependencyError, match=r"pip install 'levada-runtime\[emulated\]'"):
        open_model(tmp_path / "emulation_graph")


def test_without_onnxruntime_the_extra_is_named(rig, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(DependencyError, match=r"pip install 'levada-runtime\[emulated\]'"):
        open_session(rig.model(), [], [])


def test_a_real_session_computes_a_part(rig, tmp_path):
    import onnx

    onnx.save(rig.model(), tmp_path / "emulation_graph")
    streams = {stream.name: stream for stream in rig.streams()}
    session = open_session(open_model(tmp_path / "emulation_graph"), [streams["A->B"]], [streams["B->C"]])
    tensors = rig.reference(rig.pictures(3))
    (result,) = session.run(["t"], {"s": tensors["A->B"].astype(np.uint8)})
    assert np.array_equal(result, tensors["B->C"])
