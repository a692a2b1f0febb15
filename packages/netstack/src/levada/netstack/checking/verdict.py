# SPDX-License-Identifier: Apache-2.0
"""Try every rule and say what each found."""

from levada.core.manifests import Check, Deployment, Verdict
from levada.netstack.checking.addresses import (
    addresses_are_unique,
    addresses_lie_in_one_subnet,
    arp_tables_know_every_peer,
    macs_are_unique,
    port_names_are_unique,
    registers_say_what_the_tables_say,
)
from levada.netstack.checking.finding import Rule
from levada.netstack.checking.flow import (
    credits_fit_the_receive_buffer,
    no_card_outruns_the_next,
    receive_buffer_is_the_cards,
)
from levada.netstack.checking.linking import (
    link_ports_are_used_once,
    links_carry_every_stream,
    links_join_existing_units,
    links_lead_from_outputs_to_inputs,
    network_is_joined_once,
    units_have_their_place,
)
from levada.netstack.checking.packets import (
    packets_carry_the_whole_stream,
    packets_fit,
    wire_bytes_are_what_packets_cost,
)
from levada.netstack.checking.roles import (
    every_layer_has_one_place,
    ingress_and_egress_are_where_the_streams_end,
    parts_name_their_streams,
)
from levada.netstack.checking.sockets import (
    every_cut_has_one_hop,
    every_sender_has_one_receiver,
    every_socket_belongs_to_one_hop,
    hops_join_their_two_sockets,
    socket_triples_are_unique,
    sockets_fit_the_table,
    stream_ids_are_unique,
)
from levada.netstack.checking.weights import streamed_weights_reach_their_layers

CHECKER = "vnx"
RULES: tuple[Rule, ...] = (
    every_layer_has_one_place,
    parts_name_their_streams,
    ingress_and_egress_are_where_the_streams_end,
    addresses_lie_in_one_subnet,
    addresses_are_unique,
    macs_are_unique,
    port_names_are_unique,
    arp_tables_know_every_peer,
    sockets_fit_the_table,
    socket_triples_are_unique,
    every_sender_has_one_receiver,
    every_socket_belongs_to_one_hop,
    hops_join_their_two_sockets,
    every_cut_has_one_hop,
    stream_ids_are_unique,
    registers_say_what_the_tables_say,
    packets_fit,
    packets_carry_the_whole_stream,
    wire_bytes_are_what_packets_cost,
    receive_buffer_is_the_cards,
    credits_fit_the_receive_buffer,
    no_card_outruns_the_next,
    links_join_existing_units,
    link_ports_are_used_once,
    links_lead_from_outputs_to_inputs,
    network_is_joined_once,
    links_carry_every_stream,
    units_have_their_place,
    streamed_weights_reach_their_layers,
)


def verdict(deployment: Deployment) -> Verdict:
    """Return what each rule found, in the order of :data:`RULES`."""
    checks = []
    for rule in RULES:
        found = rule(deployment)
        name = rule.__name__.replace("_", " ")
        checks.append(Check(rule=name, passed=not found.problems, detail=found.detail()))
    return Verdict(checker=CHECKER, checks=tuple(checks))
