# SPDX-License-Identifier: Apache-2.0
"""Cluster files: what is accepted, and one clear message for everything that cannot be meant."""

from pathlib import Path

import msgspec
import pytest

from levada.core import testing
from levada.core.cluster import Card, Cluster, Host
from levada.core.clusters import check, digest_of, read, resolve
from levada.core.errors import ClusterError

BOARDS = frozenset({"u280", "u50"})
GOOD = """
name = "lab"
subnet = "10.1.0.0/24"

[[hosts]]
name = "a"
address = "tcp://127.0.0.1:7001"

[[hosts]]
name = "b"
address = "tcp://127.0.0.1:7002"

[[cards]]
name = "one"
host = "a"
board = "u280"
driver = "emulated"
ports = ["10.1.0.10"]

[[cards]]
name = "two"
host = "b"
board = "u50"
driver = "xrt"
pcie = "0000:3b:00.1"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lab.toml"
    path.write_text(GOOD)
    return path


def refused(file: Path, old: str, new: str) -> str:
    """Return the message for the good file with one text replaced."""
    assert old in GOOD
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(ClusterError) as caught:
        read(file, BOARDS)
    assert str(file) in str(caught.value)
    return str(caught.value)


def changed(**fields: object) -> Cluster:
    return msgspec.structs.replace(testing.cluster(2), **fields)


def test_a_good_file_is_read(file: Path):
    cluster = read(file, BOARDS)
    assert [(card.name, card.driver) for card in cluster.cards] == [("one", "emulated"), ("two", "xrt")]


def test_a_host_is_found_by_name(file: Path):
    assert read(file, BOARDS).host("b") == Host(name="b", address="tcp://127.0.0.1:7002")


def test_a_host_that_is_not_there_is_none(file: Path):
    assert read(file, BOARDS).host("c") is None


def test_the_gateway_is_the_first_address_unless_named(file: Path):
    assert str(read(file, BOARDS).gateway_address()) == "10.1.0.1"
    assert str(changed(gateway="192.168.40.254").gateway_address()) == "192.168.40.254"


def test_a_preset_is_found_by_name():
    preset = testing.cluster(2)
    assert resolve("mine", {"mine": preset}, BOARDS) is preset


def test_a_preset_is_checked_like_a_file():
    preset = testing.cluster(2)
    with pytest.raises(ClusterError, match="preset 'mine'.*board 'u280'"):
        resolve("mine", {"mine": preset}, frozenset({"u50"}))


def test_a_name_that_is_neither_preset_nor_file_lists_the_presets():
    with pytest.raises(ClusterError, match=r"no cluster 'nowhere'.*the presets are mine"):
        resolve("nowhere", {"mine": testing.cluster(1)}, BOARDS)


def test_a_file_that_is_no_toml_is_named(file: Path):
    file.write_text("name = lab")
    with pytest.raises(ClusterError, match=r"lab.toml is no TOML"):
        read(file, BOARDS)


def test_a_file_that_is_no_text_is_named(file: Path):
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ClusterError, match=r"lab.toml is no TOML"):
        read(file, BOARDS)


def test_a_folder_cannot_be_read_as_a_cluster(tmp_path: Path):
    with pytest.raises(ClusterError, match="cannot read"):
        read(tmp_path, BOARDS)


def test_a_card_without_driver_is_told_why_there_is_no_default(file: Path):
    message = refused(file, 'driver = "xrt"\n', "")
    assert "`driver`" in message
    assert "nobody gets emulated cards by accident" in message


def test_an_unknown_field_is_named_with_its_place(file: Path):
    assert "`speed` - at `$.cards[1]`" in refused(file, 'pcie = "0000:3b:00.1"', 'speed = "fast"')


def test_a_wrong_type_is_named_with_its_place(file: Path):
    assert "`$.cards[0].ports`" in refused(file, '["10.1.0.10"]', '"10.1.0.10"')


def test_a_name_with_a_slash_is_refused(file: Path):
    assert "$.cards[0].name" in refused(file, 'name = "one"', 'name = "../one"')


def test_two_hosts_of_one_name_are_refused(file: Path):
    assert "host 'a' is named twice" in refused(file, 'name = "b"', 'name = "a"')


def test_two_hosts_on_one_address_are_refused(file: Path):
    message = refused(file, "tcp://127.0.0.1:7002", "tcp://127.0.0.1:7001")
    assert "address 'tcp://127.0.0.1:7001' belongs to two hosts" in message


def test_two_cards_of_one_name_are_refused(file: Path):
    assert "card 'one' is named twice" in refused(file, 'name = "two"', 'name = "one"')


def test_a_card_in_an_unknown_host_lists_the_hosts(file: Path):
    message = refused(file, 'host = "b"', 'host = "c"')
    assert "card 'two' is in host 'c', which is not among the hosts (a, b)" in message


def test_an_unknown_board_lists_the_registered_ones(file: Path):
    message = refused(file, 'board = "u50"', 'board = "u999"')
    assert "board 'u999', which nobody registered (registered: u280, u50)" in message


@pytest.mark.parametrize(
    "address", ["127.0.0.1:7002", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:70000", "udp://h:1"]
)
def test_an_agent_address_that_is_none_is_refused(file: Path, address: str):
    assert f"host 'b' has the address '{address}'" in refused(file, "tcp://127.0.0.1:7002", address)


def test_two_cards_on_one_pcie_address_are_refused():
    card = Card(name="x", host="fpga1", board="u280", driver="xrt", pcie="0000:3b:00.1")
    cards = (card, msgspec.structs.replace(card, name="y"))
    with pytest.raises(ClusterError, match=r"'fpga1 0000:3b:00.1' belongs to two cards"):
        check(changed(cards=cards), BOARDS, "test")


def test_the_same_pcie_address_in_two_hosts_is_fine():
    card = Card(name="x", host="fpga1", board="u280", driver="xrt", pcie="0000:3b:00.1")
    check(changed(cards=(card, msgspec.structs.replace(card, name="y", host="fpga2"))), BOARDS, "test")


def test_two_ports_on_one_address_are_refused():
    cards = tuple(msgspec.structs.replace(card, ports=("192.168.40.10",)) for card in testing.cluster(2).cards)
    with pytest.raises(ClusterError, match=r"port address '192.168.40.10' belongs to two ports"):
        check(changed(cards=cards), BOARDS, "test")


def test_a_port_outside_the_subnet_is_refused(file: Path):
    message = refused(file, '["10.1.0.10"]', '["10.2.0.10"]')
    assert "a port of card 'one' has the address 10.2.0.10, which is outside the subnet 10.1.0.0/24" in message


def test_a_port_address_that_is_none_is_refused(file: Path):
    assert "'10.1.0.999', which is no IPv4 address" in refused(file, "10.1.0.10", "10.1.0.999")


def test_a_subnet_that_is_none_is_refused(file: Path):
    assert "subnet '10.1.0.0/99' is no IPv4 network" in refused(file, "10.1.0.0/24", "10.1.0.0/99")


def test_a_gateway_outside_the_subnet_is_refused():
    with pytest.raises(ClusterError, match="the gateway has the address 10.0.0.1, which is outside"):
        check(changed(gateway="10.0.0.1"), BOARDS, "test")


def test_a_cluster_without_cards_is_refused():
    with pytest.raises(ClusterError, match="at least one card"):
        check(changed(cards=()), BOARDS, "test")


def test_the_digest_does_not_depend_on_where_agents_listen():
    moved = tuple(msgspec.structs.replace(host, address="tcp://127.0.0.1:9999") for host in testing.cluster(1).hosts)
    assert digest_of(testing.cluster(1, hosts=moved), 1) == digest_of(testing.cluster(1), 1)


def test_the_digest_does_not_depend_on_cards_that_are_not_used():
    assert digest_of(testing.cluster(3), 2) == digest_of(testing.cluster(2), 2)


@pytest.mark.parametrize("field", ["board", "driver", "name", "host"])
def test_the_digest_depends_on_every_used_card(field: str):
    card = msgspec.structs.replace(testing.cluster(1).cards[0], **{field: "other"})
    assert digest_of(changed(cards=(card,)), 1) != digest_of(testing.cluster(1), 1)


@pytest.mark.parametrize(("field", "value"), [("network", "other"), ("subnet", "10.0.0.0/24"), ("gateway", "10.0.0.1")])
def test_the_digest_depends_on_the_network(field: str, value: str):
    assert digest_of(changed(**{field: value}), 1) != digest_of(changed(), 1)
