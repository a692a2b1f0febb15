# SPDX-License-Identifier: Apache-2.0
"""What a pass may demand and promise, and what is said when it cannot keep it."""

import pytest

from levada.core.errors import GraphError, InternalFault, OptionError
from levada.core.progress import Progress


@pytest.fixture
def passes(finn):
    from levada.compile import passes

    return passes


@pytest.fixture
def model(passes, network):
    net = network()
    return passes.ModelWrapper(net.proto(net.scale("pixels"), (1, 2, 6, 6)))


def fail(_):
    msg = "thresholds are not monotonic"
    raise AssertionError(msg)


def test_a_pass_applies_its_steps_in_order(passes, model):
    seen = []
    steps = tuple(lambda model, at=at: seen.append(at) or model for at in "ab")
    passes.Pass(name="x", steps=steps, reason="r").apply(model)
    assert seen == ["a", "b"]


def test_what_a_pass_needs_must_come_from_an_earlier_one(passes):
    late = passes.Pass(name="late", steps=(), reason="r", requires=(passes.Property.INTEGER,))
    with pytest.raises(
        InternalFault, match="pass 'late' requires 'every tensor is integer', which no pass before it establishes"
    ):
        passes.check_order([late])


def test_a_pass_cannot_require_what_only_it_establishes(passes):
    both = (passes.Property.INTEGER,)
    with pytest.raises(InternalFault, match="which no pass before it establishes"):
        passes.check_order([passes.Pass(name="x", steps=(), reason="r", requires=both, establishes=both)])


def test_what_a_pass_establishes_is_checked_after_it(passes, model):
    liar = passes.Pass(name="liar", steps=(), reason="r", establishes=(passes.Property.INTEGER,))
    with pytest.raises(GraphError, match="its result is not an integer"):
        passes.run([liar], model, Progress(), "trying")


def test_whatever_finn_raises_becomes_one_clear_error(passes, model):
    broken = passes.Pass(name="broken", steps=(fail,), reason="because")
    with pytest.raises(
        GraphError, match=r"through pass 'broken' \(because\): AssertionError: thresholds are not monotonic"
    ):
        broken.apply(model)


def test_an_error_without_text_is_named_by_its_kind(passes, model):
    def fail_silently(_):
        raise KeyError

    with pytest.raises(GraphError, match=r"\(because\): KeyError$"):
        passes.Pass(name="broken", steps=(fail_silently,), reason="because").apply(model)


def test_levadas_own_errors_pass_as_they_are(passes, model):
    def refuse(_):
        msg = "mine"
        raise OptionError(msg)

    with pytest.raises(OptionError, match=r"^mine$"):
        passes.Pass(name="x", steps=(refuse,), reason="r").apply(model)


def test_a_stable_graph_is_passed_once_more_only(passes, model):
    seen = []
    passes.Pass(name="x", steps=(lambda model: seen.append(1) or model,), reason="r", until_stable=True).apply(
        passes.tidy(model)
    )
    assert len(seen) == 1


def test_a_graph_that_never_settles_is_refused(passes, model):
    def grow(model):
        last = model.graph.output[0].name
        model.graph.node.add(op_type="Relu", input=[last], output=[f"{last}_more"])
        model.graph.output[0].name = f"{last}_more"
        model.set_tensor_shape(f"{last}_more", [1, 2, 6, 6])
        return model

    with pytest.raises(GraphError, match="pass 'growing' still changes the graph after 13 rounds"):
        passes.Pass(name="growing", steps=(grow,), reason="r", until_stable=True).apply(model)


def test_tidying_names_nodes_and_tensors(passes, model):
    tidied = passes.tidy(model)
    assert [node.name for node in tidied.graph.node] == ["Mul_0"]
    assert tidied.graph.output[0].name == "global_out"


def test_a_pass_that_renames_nothing_leaves_the_networks_own_names(passes, model):
    kept = passes.Pass(name="x", steps=(), reason="r", renames=False).apply(model)
    assert [node.name for node in kept.graph.node] == ["node_mul_0"]


def test_steps_of_finn_are_made_anew_each_time_and_name_nodes(passes, model):
    made = []

    def counted():
        made.append(1)
        return passes.InferDataTypes()

    (step,) = passes.finn(counted)
    assert [node.name for node in step(step(model)).graph.node] == ["Mul_0"]
    assert len(made) == 2
