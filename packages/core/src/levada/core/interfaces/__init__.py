# SPDX-License-Identifier: Apache-2.0
"""What a plug-in implements: one documented base class, or one frozen value, for each thing that can be registered.

Values (:class:`Board`, :class:`Cluster`, :class:`NetworkModel`) are compared and stored; classes are chosen by their
``name``. Arrays are passed as objects of numpy, which core does not import. A class that lacks a method cannot be
instantiated; core fills no gap silently.

One module per package that uses them: :mod:`.training` (qat), :mod:`.hardware` (compile), :mod:`.planning` (partition),
:mod:`.network` (netstack and runtime), :mod:`.driving` (runtime).
"""

from levada.core.interfaces.driving import (
    Answered,
    CardReport,
    Driver,
    Endpoint,
    FrameDigest,
    Injection,
    Phase,
    Seen,
    WeightsRead,
    Wiring,
)
from levada.core.interfaces.hardware import (
    EmulationGraph,
    HardwareLayer,
    HardwareNode,
    NodeTensor,
    weight_beats,
    weights_name,
)
from levada.core.interfaces.network import (
    Carried,
    Counters,
    Delivered,
    EmulatedPort,
    Health,
    Network,
    NetworkPlan,
    PortFault,
    Registers,
)
from levada.core.interfaces.planning import (
    Candidate,
    CardBudget,
    Choice,
    LayerOptions,
    Partitioner,
    Placement,
    Request,
    StoreCost,
    Topology,
    WeightStore,
)
from levada.core.interfaces.training import (
    Architecture,
    CroppedPictures,
    Dataset,
    Pictures,
    Split,
)

__all__ = [
    "Answered",
    "Architecture",
    "Candidate",
    "CardBudget",
    "CardReport",
    "Carried",
    "Choice",
    "Counters",
    "CroppedPictures",
    "Dataset",
    "Delivered",
    "Driver",
    "EmulatedPort",
    "EmulationGraph",
    "Endpoint",
    "FrameDigest",
    "HardwareLayer",
    "HardwareNode",
    "Health",
    "Injection",
    "LayerOptions",
    "Network",
    "NetworkPlan",
    "NodeTensor",
    "Partitioner",
    "Phase",
    "Pictures",
    "Placement",
    "PortFault",
    "Registers",
    "Request",
    "Seen",
    "Split",
    "StoreCost",
    "Topology",
    "WeightStore",
    "WeightsRead",
    "Wiring",
    "weight_beats",
    "weights_name",
]
