# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest

from levada.core import testing
from levada.core.errors import NetworkError
from levada.netstack.planning.addressing import addresses


def cluster_with(*ports, **fields):
    """Return a cluster whose cards have these port addresses."""
    whole = testing.cluster(len(ports), **fields)
    cards = tuple(msgspec.structs.replace(card, ports=given) for card, given in zip(whole.cards, ports, strict=True))
    return msgspec.structs.replace(whole, cards=cards)


def test_a_card_keeps_the_address_of_the_cluster():
    assert addresses(testing.plan(2), cluster_with(("192.168.40.77",), ("192.168.40.78",))) == {
        1: "192.168.40.77",
        2: "192.168.40.78",
    }


def test_the_first_of_several_ports_is_used():
    assert (
        addresses(testing.plan(2), cluster_with(("192.168.40.10", "192.168.40.20"), ("192.168.40.11",)))[1]
        == "192.168.40.10"
    )


def test_a_card_without_address_gets_the_testbed_s():
    assert addresses(testing.plan(3), cluster_with((), (), ())) == {
        1: "192.168.40.10",
        2: "192.168.40.11",
        3: "192.168.40.12",
    }


def test_an_address_that_is_given_elsewhere_is_not_given_again():
    assert addresses(testing.plan(2), cluster_with((), ("192.168.40.10",))) == {1: "192.168.40.11", 2: "192.168.40.10"}


def test_the_gateway_s_address_is_not_given():
    assert addresses(testing.plan(2), cluster_with((), (), gateway="192.168.40.10"))[1] == "192.168.40.11"


def test_a_subnet_that_vnx_cannot_work_in_is_refused():
    with pytest.raises(
        NetworkError,
        match=r"VNx needs all ports in one /24, cluster 'u280x2' has the subnet 192.168.0.0/16; name a /24",
    ):
        addresses(testing.plan(2), cluster_with((), (), subnet="192.168.0.0/16"))


def test_a_full_subnet_is_refused_with_the_card_that_is_left_over():
    taken = tuple(f"192.168.40.{host}" for host in range(10, 255))
    with pytest.raises(
        NetworkError, match=r"subnet 192.168.40.0/24 of cluster 'u280x2' has no address left for card 'u280-2'"
    ):
        addresses(testing.plan(2), cluster_with(taken, ()))


def test_a_card_that_the_cluster_lacks_is_named():
    with pytest.raises(NetworkError, match=r"the plan uses card 'u280-2', cluster 'u280x1' has u280-1; plan again"):
        addresses(testing.plan(2), testing.cluster(1))
