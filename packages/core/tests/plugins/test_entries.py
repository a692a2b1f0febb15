# SPDX-License-Identifier: Apache-2.0
"""What plug-ins return is checked, and every mistake names the plug-in that made it."""

import pytest

from levada.core import interfaces, presets, testing
from levada.core.errors import PluginError
from levada.core.networks import VNX
from levada.core.plugins import BOARD, CLUSTER, KINDS, LAYER, NETWORK, STAGE, TOPOLOGY
from levada.core.stages import Options, Stage


class Ring(interfaces.Topology):
    """A good topology."""

    name = "ring"

    def route(self, boards):
        return testing.route(len(boards), "ring")


class Unfinished(interfaces.Topology):
    """A topology without its method."""

    name = "unfinished"


class Nameless(interfaces.Topology):
    """A topology without a name."""

    def route(self, boards):
        return testing.route(len(boards))


@pytest.fixture
def entries(empty, stranger):
    """Return what is registered after plug-in ``kiln`` returned a value from a kind's hook."""

    def register(kind, value):
        empty.add(stranger(**{kind.hook: value}), "kiln")
        return empty.entries(kind)

    return register


@pytest.fixture
def refusal(entries):
    """Return the text of the error for what plug-in ``kiln`` returned."""

    def raised(kind, value):
        with pytest.raises(PluginError) as caught:
            entries(kind, value)
        return str(caught.value)

    return raised


def test_a_class_is_registered_by_its_name(entries):
    entry = entries(TOPOLOGY, [Ring])["ring"]
    assert (entry.name, entry.plugin, entry.value) == ("ring", "kiln", Ring)


def test_a_value_is_registered_by_its_name(entries):
    assert entries(BOARD, [testing.board("a"), testing.board("b")])["b"].value == testing.board("b")


def test_a_layer_is_registered_by_its_op(entries):
    methods = dict.fromkeys(interfaces.HardwareLayer.__abstractmethods__, lambda self: None)
    layer = type("Layer", (interfaces.HardwareLayer,), {"op": "MVAU", **methods})
    assert list(entries(LAYER, [layer])) == ["MVAU"]


def test_nothing_may_be_registered(entries):
    assert entries(BOARD, []) == {}


def test_a_hook_is_asked_once(empty, stranger):
    asked = []
    empty.add(stranger(levada_register_board=lambda: asked.append(1) or [testing.board()]), "kiln")
    empty.entries(BOARD)
    empty.entries(BOARD)
    assert asked == [1]


@pytest.mark.parametrize("value", [None, (), {}, "boards", 3])
def test_a_hook_must_return_a_list(refusal, value):
    assert refusal(BOARD, lambda: value) == (
        f"plug-in 'kiln': levada_register_board must return a list, it returned {type(value).__name__}"
    )


def test_a_hook_that_raises_is_named_with_its_plugin(refusal):
    def broken():
        msg = "out of clay"
        raise ValueError(msg)

    assert refusal(BOARD, broken) == "plug-in 'kiln' failed in levada_register_board (ValueError: out of clay)"


def test_a_value_of_the_wrong_type_is_shown(refusal):
    assert refusal(BOARD, ["u280"]) == ("plug-in 'kiln': levada_register_board must return a Board, it returned 'u280'")


def test_a_class_of_the_wrong_type_is_shown(refusal):
    text = refusal(TOPOLOGY, [dict])
    assert text.startswith("plug-in 'kiln': levada_register_topology must return a subclass of Topology, it returned")


def test_a_class_where_a_value_is_meant_is_shown(refusal):
    assert "must return a Board, it returned <class" in refusal(BOARD, [type(testing.board())])


def test_an_instance_where_a_class_is_meant_says_what_to_leave_out(refusal):
    assert refusal(TOPOLOGY, [Ring()]).endswith("(an instance: leave out the parentheses of Ring())")


def test_a_class_without_its_methods_names_them(refusal):
    assert refusal(TOPOLOGY, [Unfinished]) == "plug-in 'kiln': topology 'unfinished' lacks route"


def test_a_class_without_its_name_is_refused(refusal):
    assert refusal(TOPOLOGY, [Nameless]).endswith("needs a 'name', a string, to be chosen by")


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_name_is_a_text(refusal, name):
    assert "needs a 'name', a string" in refusal(TOPOLOGY, [type("Odd", (Ring,), {"name": name})])


def network(**named):
    methods = dict.fromkeys(interfaces.Network.__abstractmethods__, lambda self: None)
    return type("Some", (interfaces.Network,), {"name": "some", **methods, **named})


def test_a_class_without_a_class_variable_names_it(refusal):
    assert refusal(NETWORK, [network()]) == "plug-in 'kiln': network 'some' lacks model"


def test_a_class_with_its_class_variables_is_fine(entries):
    assert list(entries(NETWORK, [network(model=VNX)])) == ["some"]


def test_a_stage_that_does_not_say_what_it_writes_is_refused(refusal):
    class Idle(Stage[Options]):
        name = "idle"

        def run(self, inputs, options, work):
            return None

    assert refusal(STAGE, [Idle]) == "plug-in 'kiln': stage 'idle' lacks writes"


def test_all_that_is_missing_is_named_at_once(refusal):
    class Nothing(interfaces.Architecture):
        name = "nothing"

    from levada.core.plugins import MODEL

    assert refusal(MODEL, [Nothing]).endswith("model 'nothing' lacks build, dataset, image_shape")


# -------------------------------------------------------------------------------------------- a name twice


def test_a_name_that_two_plugins_register_names_both(empty, stranger):
    empty.add(stranger(levada_register_board=[testing.board()]), "first")
    empty.add(stranger(levada_register_board=[testing.board(slr_count=3)]), "second")
    with pytest.raises(PluginError) as caught:
        empty.entries(BOARD)
    assert str(caught.value) == (
        "board 'toy' is registered twice, by plug-in 'first' and by plug-in 'second'; "
        "rename one, or leave one plug-in out with LEVADA_WITHOUT"
    )


def test_a_name_that_one_plugin_registers_twice_is_refused_too(refusal):
    text = refusal(BOARD, [testing.board(), testing.board()])
    assert "registered twice, by plug-in 'kiln' and by plug-in 'kiln'" in text


def test_one_name_may_be_a_board_and_a_cluster(empty, stranger):
    cluster = testing.cluster(1, name="toy")
    empty.add(stranger(levada_register_board=[testing.board()], levada_register_cluster=[cluster]), "kiln")
    assert (list(empty.entries(BOARD)), list(empty.entries(CLUSTER))) == (["toy"], ["toy"])


def test_a_built_in_name_is_taken():
    registry = testing.registry(testing.board("u280"))
    with pytest.raises(PluginError, match="board 'u280' is registered twice, by plug-in 'core' and by plug-in 'test'"):
        registry.board("u280")


# -------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
def test_every_kind_has_a_register_hook(kind):
    from levada.core import hookspecs

    assert hasattr(hookspecs, kind.hook)


def test_every_register_hook_but_that_of_commands_is_of_a_kind():
    from levada.core import hookspecs

    hooks = {name for name in vars(hookspecs) if name.startswith("levada_register_")}
    assert hooks - {kind.hook for kind in KINDS} == {"levada_register_command"}


def test_values_are_boards_and_clusters_and_all_else_are_classes():
    assert [kind.word for kind in KINDS if not kind.is_class] == ["board", "cluster"]


def test_presets_are_registered_as_strangers_would():
    assert [entry.value for entry in testing.registry().entries(CLUSTER).values()] == list(presets.ALL)
