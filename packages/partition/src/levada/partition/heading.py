# SPDX-License-Identifier: Apache-2.0
"""What all rows of ``levada pareto`` share, said once above table, page and chart: a percentage means nothing without its basis."""

from levada.core.manifests import Basis, Record
from levada.core.resources import NAMES, Fractions
from levada.partition.floorplan import LABELS


class Heading(Record, frozen=True, kw_only=True):
    """The dataflow, the cards it is planned for, and what every row keeps to. ``anchors`` are as the user wrote them."""

    dataflow: str
    cluster: str
    boards: tuple[str, ...]
    topology: str
    folding: str
    basis: Basis
    limits: Fractions
    slr_limits: Fractions
    anchors: tuple[str, ...] = ()

    def text(self) -> str:
        """Return everything but the dataflow's name."""
        boards = ", ".join(dict.fromkeys(self.boards))
        anchored = f"; anchored: {', '.join(self.anchors)}" if self.anchors else ""
        return (
            f"Cluster {self.cluster} ({boards}), topology {self.topology}, folding {self.folding}, basis {self.basis}. "
            f"Limits of a card: {_limits(self.limits)}; of an SLR: {_limits(self.slr_limits)}{anchored}"
        )


def _limits(fractions: Fractions) -> str:
    """Return ``LUT 70 %, BRAM/URAM/DSP 80 %``: resources that share a limit together."""
    groups: dict[float, list[str]] = {}
    for name in NAMES:
        groups.setdefault(fractions.get(name), []).append(LABELS[name])
    return ", ".join(f"{'/'.join(names)} {fraction * 100:g} %" for fraction, names in groups.items())
