# SPDX-License-Identifier: Apache-2.0
"""Clusters of any size, and every single thing that can be wrong with one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core import testing
from levada.core.cluster import Cluster
from levada.core.clusters import check, digest_of, read
from levada.core.errors import ClusterError

BOARDS = frozenset({"u280"})


def changed(part, number=0, **fields):
    """Return a cluster of three with fields of one host or card changed."""
    whole = testing.cluster(3)
    things = list(getattr(whole, part))
    things[number] = msgspec.structs.replace(things[number], **fields)
    return msgspec.structs.replace(whole, **{part: tuple(things)})


def refusal(cluster):
    """Return the text of the error that checking raises."""
    with pytest.raises(ClusterError) as caught:
        check(cluster, BOARDS, "here")
    return str(caught.value)


@given(st.integers(1, 40))
def test_a_cluster_of_any_size_is_sound(count):
    check(testing.cluster(count), BOARDS, "here")


@given(st.integers(1, 6), st.data())
def test_the_digest_counts_used_cards_only(count, data):
    used = data.draw(st.integers(1, count))
    assert digest_of(testing.cluster(count), used) == digest_of(testing.cluster(used), used)


@given(st.integers(1, 5))
def test_one_card_more_is_another_digest(count):
    whole = testing.cluster(count + 1)
    assert digest_of(whole, count) != digest_of(whole, count + 1)


@given(st.lists(st.integers(0, 255), min_size=4, max_size=4))
def test_a_port_is_in_the_subnet_or_refused(parts):
    address = ".".join(map(str, parts))
    cluster = changed("cards", ports=(address,))
    if parts[:3] == [192, 168, 40]:
        others = {port for card in cluster.cards[1:] for port in card.ports}
        assert address in others or check(cluster, BOARDS, "here") is None
    else:
        assert refusal(cluster) == (
            f"here: a port of card 'u280-1' has the address {address}, which is outside the subnet 192.168.40.0/24"
        )


@pytest.mark.parametrize(
    "address", ["", "192.168.40", "192.168.40.256", "192.168.40.1/24", "::1", "192.168.40.01", " 192.168.40.9", "card"]
)
def test_what_is_no_ipv4_address_is_refused(address):
    assert f"has the address {address!r}, which is no IPv4 address" in refusal(changed("cards", ports=(address,)))


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "", "http"])
def test_an_agents_port_is_1_to_65535(port):
    text = refusal(changed("hosts", address=f"tcp://127.0.0.1:{port}"))
    assert text.endswith("expected tcp://HOST:PORT with a port of 1 to 65535")


@pytest.mark.parametrize(
    "address", ["tcp://node0.cluster:7280", "tcp://10.0.0.1:1", "tcp://[::1]:65535", "tcp://fpga-1:7280"]
)
def test_an_agent_may_listen_on_names_and_addresses(address):
    check(changed("hosts", address=address), BOARDS, "here")


@pytest.mark.parametrize(
    "address", ["127.0.0.1:7280", "udp://127.0.0.1:7280", "tcp://:7280", "ipc:///tmp/x", "tcp://a b:1"]
)
def test_an_agent_listens_by_tcp(address):
    assert f"here: host 'fpga1' has the address {address!r}; expected tcp://HOST:PORT" in refusal(
        changed("hosts", address=address)
    )


@pytest.mark.parametrize(
    ("part", "fields", "text"),
    [
        ("hosts", {"name": "fpga2"}, "here: host 'fpga2' is named twice"),
        ("hosts", {"address": "tcp://127.0.0.1:7282"}, "here: address 'tcp://127.0.0.1:7282' belongs to two hosts"),
        ("cards", {"name": "u280-2"}, "here: card 'u280-2' is named twice"),
        ("cards", {"ports": ("192.168.40.11",)}, "here: port address '192.168.40.11' belongs to two ports"),
        ("cards", {"host": "fpga9"}, "here: card 'u280-1' is in host 'fpga9', which is not among the hosts (fpga1, "),
        (
            "cards",
            {"board": "u999"},
            "here: card 'u280-1' is a board 'u999', which nobody registered (registered: u280)",
        ),
    ],
)
def test_what_is_wrong_is_said(part, fields, text):
    assert refusal(changed(part, **fields)).startswith(text)


@pytest.mark.parametrize("subnet", ["192.168.40.0", "192.168.40.0/24"])
def test_a_subnet_is_an_address_with_its_bits(subnet):
    cluster = msgspec.structs.replace(testing.cluster(1), subnet=subnet)
    if "/" in subnet:
        check(cluster, BOARDS, "here")
    else:
        assert "outside the subnet" in refusal(cluster)


@pytest.mark.parametrize("subnet", ["192.168.40.1/24", "192.168.40.0/33", "all", "", "::/64"])
def test_a_subnet_that_is_none_is_refused(subnet):
    cluster = msgspec.structs.replace(testing.cluster(1), subnet=subnet)
    assert f"here: subnet {subnet!r} is no IPv4 network" in refusal(cluster)


def test_a_gateway_may_be_named():
    cluster = msgspec.structs.replace(testing.cluster(1), gateway="192.168.40.254")
    check(cluster, BOARDS, "here")
    assert str(cluster.gateway_address()) == "192.168.40.254"


@pytest.mark.parametrize("gateway", ["", "router", "192.168.41.1"])
def test_a_gateway_is_in_the_subnet(gateway):
    cluster = msgspec.structs.replace(testing.cluster(1), gateway=gateway)
    assert "here: the gateway has the address" in refusal(cluster)


@pytest.mark.parametrize("part", ["hosts", "cards"])
@pytest.mark.parametrize("name", ["", "a b", "../up", "-flag", "a/b", "é"])
def test_names_are_plain_words(tmp_path, part, name):
    file = tmp_path / "mine.json.toml"
    raw = msgspec.to_builtins(changed(part, name=name))
    file.write_text(toml(raw))
    with pytest.raises(ClusterError, match=rf"matching regex .* - at `\$\.{part}\[0\]\.name`"):
        read(file, BOARDS)


def test_a_cluster_written_by_hand_is_the_one_that_was_meant(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(toml(msgspec.to_builtins(testing.cluster(3))))
    assert read(file, BOARDS) == testing.cluster(3)


def toml(raw):
    """Return a cluster's builtins as TOML."""
    rows = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in raw.items() if simple(value)]
    for part in ("hosts", "cards"):
        for thing in raw[part]:
            rows.append(f"[[{part}]]")
            rows += [
                f"{name} = {msgspec.json.encode(value).decode()}" for name, value in thing.items() if value is not None
            ]
    return "\n".join(rows)


def simple(value):
    return value is not None and not isinstance(value, (list, tuple))


def test_a_cluster_without_hosts_holds_no_card():
    empty = Cluster(name="empty", hosts=(), cards=())
    assert refusal(empty) == "here: a cluster needs at least one card"
