# SPDX-License-Identifier: Apache-2.0
"""Cluster files that make no sense, and designs that do not fit: one message each."""

import pytest

HOST = '[[hosts]]\nname = "{0}"\naddress = "tcp://127.0.0.1:{1}"\n'
CARD = '[[cards]]\nname = "{0}"\nhost = "{1}"\nboard = "{2}"\nports = ["{3}"]\n{4}\n'
DRIVER = 'driver = "emulated"'


def cluster_of(*entries, network="vnx"):
    return f'name = "mine"\nnetwork = "{network}"\n' + "".join(entries)


GOOD = (
    HOST.format("a", 7501),
    HOST.format("b", 7502),
    CARD.format("one", "a", "u280", "192.168.40.10", DRIVER),
    CARD.format("two", "b", "u280", "192.168.40.11", DRIVER),
)


@pytest.fixture
def partition(refused, demo, tmp_path):
    """Return a function that partitions the demo's dataflow onto a cluster file and returns the refusal."""

    def run(text, *more):
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return refused("partition", demo / "dataflow", "--cluster", file, "--out", tmp_path / "out", *more)

    return run


def test_a_good_cluster_file_is_taken(levada, demo, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(cluster_of(*GOOD))
    levada.good("partition", demo / "dataflow", "--cluster", file, "--out", tmp_path / "out")


def test_a_duplicate_host_is_named(partition):
    said = partition(cluster_of(*GOOD, HOST.format("a", 7503)))
    assert "'a'" in said
    assert "twice" in said


def test_an_unknown_board_is_named_with_the_known_ones(partition):
    said = partition(cluster_of(*GOOD, CARD.format("three", "a", "u281", "192.168.40.12", DRIVER)))
    assert "u281" in said
    assert "u280" in said


def test_two_cards_on_one_network_address_are_named(partition):
    said = partition(cluster_of(*GOOD, CARD.format("three", "a", "u280", "192.168.40.10", DRIVER)))
    assert "192.168.40.10" in said


def test_two_cards_on_one_pcie_address_are_named(partition):
    pcie = f'{DRIVER}\npcie = "0000:3b:00.1"'
    cards = [CARD.format(name, "a", "u280", f"192.168.40.{n}", pcie) for n, name in enumerate(("three", "four"), 12)]
    assert "0000:3b:00.1" in partition(cluster_of(*GOOD, *cards))


def test_a_card_without_driver_is_not_emulated_by_accident(partition):
    said = partition(cluster_of(*GOOD, CARD.format("three", "a", "u280", "192.168.40.12", "")))
    assert "driver" in said


def test_a_card_in_no_host_is_named(partition):
    said = partition(cluster_of(*GOOD, CARD.format("three", "c", "u280", "192.168.40.12", DRIVER)))
    assert "three" in said


def test_too_few_cards_are_counted(partition):
    said = partition(cluster_of(*GOOD), "--cards", 3)
    assert "3" in said
    assert "2" in said


def test_a_cluster_that_is_nowhere_is_named_with_the_presets(refused, demo, tmp_path):
    said = refused("partition", demo / "dataflow", "--cluster", "u280x9", "--out", tmp_path / "out")
    assert "u280x9" in said
    assert "u280x3" in said


def test_a_file_that_is_no_toml_is_named(partition):
    assert "mine.toml" in partition("name = ")


def test_a_network_that_is_not_installed_is_named(partition):
    said = partition(cluster_of(*GOOD, network="pigeons"))
    assert "pigeons" in said
    assert "install" in said


def test_a_topology_that_nobody_registered_is_named(partition):
    said = partition(cluster_of(*GOOD), "--topology", "moebius")
    assert "moebius" in said
    assert "loop" in said


def test_a_weight_store_that_nobody_registered_is_named(partition):
    assert "tape" in partition(cluster_of(*GOOD), "--weights", "tape")


def test_a_design_that_does_not_fit_says_what_is_missing_where(partition):
    said = partition(cluster_of(*GOOD), "--limit", "lut=0.001")
    assert "LUT" in said.upper()
    assert any(character.isdigit() for character in said)


def test_a_rate_that_cannot_be_reached_is_refused(partition):
    assert "images/s" in partition(cluster_of(*GOOD), "--fps", 10**9)


def test_a_limit_of_no_resource_is_refused(partition):
    assert "gold" in partition(cluster_of(*GOOD), "--limit", "gold=0.5")
