# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.core.errors import NetworkError
from levada.netstack.addresses import ip_text, ip_value, mac_for, mac_text, mac_value, swapped


def test_an_address_is_an_integer_in_written_order():
    assert ip_value("192.168.0.5") == 0xC0A80005


def test_an_integer_becomes_the_address_again():
    assert ip_text(0xC0A80005) == "192.168.0.5"


def test_a_mac_is_an_integer_in_written_order():
    assert mac_value("00:0a:35:02:9d:e5") == 0x000A35029DE5


def test_an_integer_becomes_the_mac_again():
    assert mac_text(0x000A35029DE5) == "00:0a:35:02:9d:e5"


def test_a_mac_ends_as_its_address_does():
    assert mac_for("192.168.40.17") == "00:0a:35:02:9d:11"


@pytest.mark.parametrize("text", ["", "00:0a:35:02:9d", "00:0a:35:02:9d:e5:00", "00:0a:35:02:9d:xx", "0:a:35:2:9d:e5"])
def test_what_is_no_mac_is_refused_and_shown(text):
    with pytest.raises(NetworkError, match=r"expected a MAC like '00:0a:35:02:9d:05', got '"):
        mac_value(text)


def test_the_arp_table_holds_addresses_swapped():
    assert swapped(0xC0A8000A, 4) == 0x0A00A8C0
