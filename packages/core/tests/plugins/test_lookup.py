# SPDX-License-Identifier: Apache-2.0
"""Asking the registry by name."""

import pytest

from levada.core import interfaces, testing
from levada.core.errors import ClusterError, DependencyError, NotRegisteredError
from levada.core.networks import VNX
from levada.core.stages import Stage


def concrete(interface, **named):
    """Return a class of an interface whose methods do nothing."""
    methods = dict.fromkeys(interface.__abstractmethods__, lambda self, *arguments: None)
    return type(f"Some{interface.__name__}", (interface,), methods | named)


STORE = concrete(interfaces.WeightStore, name="tape")
TOPOLOGY = concrete(interfaces.Topology, name="star")
PARTITIONER = concrete(interfaces.Partitioner, name="dice")
NETWORK = concrete(interfaces.Network, name="pigeons", model=VNX)
DRIVER = concrete(interfaces.Driver, name="abacus")
LAYER = concrete(interfaces.HardwareLayer, op="Fold")
ARCHITECTURE = concrete(interfaces.Architecture, name="net", image_shape=(1, 1, 1), dataset="clouds")
DATASET = concrete(interfaces.Dataset, name="clouds")


@pytest.fixture
def registry(first):
    return testing.registry(first, STORE, TOPOLOGY, PARTITIONER, NETWORK, DRIVER, LAYER, ARCHITECTURE, DATASET)


def refusal(error, question, *arguments):
    """Return the text of the error that a question raises."""
    with pytest.raises(error) as caught:
        question(*arguments)
    return str(caught.value)


def test_a_weight_store_is_its_class(registry):
    assert registry.weight_store("tape") is STORE


def test_weight_stores_are_listed_by_name(registry):
    assert registry.weight_stores() == {"tape": STORE}


def test_a_topology_is_its_class(registry):
    assert registry.topology("star") is TOPOLOGY


def test_a_partitioner_is_its_class(registry):
    assert registry.partitioner("dice") is PARTITIONER


def test_a_network_is_its_class(registry):
    assert registry.network("pigeons") is NETWORK


def test_a_driver_is_its_class(registry):
    assert registry.driver("abacus") is DRIVER


def test_layers_are_listed_by_op(registry):
    assert registry.layers() == {"Fold": LAYER}


def test_an_architecture_is_its_class(registry):
    assert registry.architecture("net") is ARCHITECTURE


def test_a_data_set_is_its_class(registry):
    assert registry.dataset("clouds") is DATASET


def test_stages_are_listed_by_name(registry, first):
    assert registry.stages() == {"first": first}
    assert issubclass(registry.stages()["first"], Stage)


def test_a_board_is_its_value(registry):
    assert registry.board("u280") == testing.u280()


# --------------------------------------------------------------------------------------------- what is not


def test_an_unknown_name_lists_the_known_ones(registry):
    assert refusal(NotRegisteredError, registry.board, "u999") == (
        "no board 'u999' is registered (registered: u250, u280, u50, u55c); check the name, or install the plug-in that "
        "brings it (levada-core brings the built-in ones)"
    )


QUESTIONS = {
    "weight_store": ("weight store", "levada-partition"),
    "topology": ("topology", "levada-partition"),
    "partitioner": ("partitioner", "levada-partition"),
    "network": ("network", "levada-netstack"),
    "driver": ("driver", "levada-runtime"),
    "architecture": ("model", "levada-qat"),
    "dataset": ("data set", "levada-qat"),
    "board": ("board", "levada-core"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_where_nothing_is_registered_the_package_to_install_is_named(empty, question):
    word, package = QUESTIONS[question]
    error = DependencyError if question == "network" else NotRegisteredError
    assert refusal(error, getattr(empty, question), "some") == (
        f"no {word} 'some' is registered (registered: none); install {package}"
    )


def test_a_network_that_is_missing_is_a_missing_dependency(registry):
    assert "no network 'vnx' is registered (registered: pigeons)" in refusal(DependencyError, registry.network, "vnx")


def test_the_model_of_a_network_comes_from_its_class(registry):
    assert registry.network_model("pigeons") is VNX


def test_the_model_of_vnx_is_there_without_its_package(empty):
    assert empty.network_model("vnx") is VNX


def test_the_model_of_another_network_is_not_there_without_its_package(empty):
    assert "install levada-netstack" in refusal(DependencyError, empty.network_model, "pigeons")


# ------------------------------------------------------------------------------------------------ clusters


def test_a_cluster_is_a_preset_by_name(registry):
    assert registry.cluster("u280x2") == testing.cluster(2)


def test_a_cluster_is_a_file_by_path(registry, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\n[[hosts]]\nname = "h"\naddress = "tcp://127.0.0.1:7000"\n'
        '[[cards]]\nname = "c"\nhost = "h"\nboard = "u280"\ndriver = "emulated"\n'
    )
    assert registry.cluster(str(file)).name == "mine"


def test_a_cluster_that_is_neither_lists_the_presets(registry):
    text = refusal(ClusterError, registry.cluster, "u280x9")
    assert text == "no cluster 'u280x9': it is no file, and the presets are oct-u280-3, u280x1, u280x2, u280x3"


def test_a_cluster_of_an_unknown_board_is_refused(empty, stranger):
    empty.add(stranger(levada_register_cluster=[testing.cluster(1)]), "kiln")
    assert "is a board 'u280', which nobody registered" in refusal(ClusterError, empty.cluster, "u280x1")
