# SPDX-License-Identifier: Apache-2.0
"""Every error that Levada raises on purpose.

::

    LevadaError                   exit code 2: the user can mend it
    ├── ManifestError             a manifest that cannot be read or does not fit
    │   └── PayloadError          a payload missing, truncated or altered
    ├── OutputError               an output folder that is in the way
    ├── OptionError               a flag or a flow file that makes no sense
    ├── PluginError               a plug-in that breaks the registry's rules
    │   └── NotRegisteredError    a name that nobody registered
    ├── ClusterError              a cluster file that makes no sense
    ├── BoardError                a board asked for what it has not
    ├── DependencyError           an optional package that is not installed
    ├── DatasetError              images or labels that are missing or misshapen
    ├── GraphError                a network that cannot become a dataflow
    ├── InfeasibleError           a design that does not fit
    │   └── UndecidedError        a design of which nobody found in time whether it fits
    ├── UnknownCostError          a cost that nobody estimates where it could decide
    ├── NetworkError              addresses, sockets or packets that cannot work
    ├── UnreachableError         an agent or port that cannot be reached
    ├── HostError                a host that cannot do what it is asked
    └── Fault                     exit code 1: not the user's doing
        ├── RunFault              a run that lost or falsified images
        └── InternalFault         a rule of our own that does not hold
"""


class LevadaError(Exception):
    """The root. Its text is one message: what was expected, what came, where, what to do."""

    exit_code = 2


class ManifestError(LevadaError):
    """A manifest that cannot be read or does not fit."""


class PayloadError(ManifestError):
    """A payload that is missing, truncated or altered."""


class OutputError(LevadaError):
    """An output folder that is in the way."""


class OptionError(LevadaError):
    """A flag, option or flow file that makes no sense."""


class PluginError(LevadaError):
    """A plug-in that breaks the registry's rules."""


class NotRegisteredError(PluginError):
    """A name that no installed plug-in registered."""


class ClusterError(LevadaError):
    """A cluster file that makes no sense."""


class BoardError(LevadaError):
    """A board asked for what it has not."""


class DependencyError(LevadaError):
    """An optional package that is needed and not installed."""


class DatasetError(LevadaError):
    """Images or labels that are missing, misshapen or out of range."""


class GraphError(LevadaError):
    """A network that cannot become a dataflow."""


class InfeasibleError(LevadaError):
    """A design that does not fit, with the resource, the place, the amount missing and what would fit."""


class UndecidedError(InfeasibleError):
    """Neither a placement nor a proof that there is none was found in the time allowed."""


class UnknownCostError(LevadaError):
    """A cost that nobody estimates, where it could decide what fits; names the layer and the resource."""


class NetworkError(LevadaError):
    """Addresses, sockets or packets that cannot work."""


class UnreachableError(LevadaError):
    """An agent that does not answer, or a port that is in use."""


class HostError(LevadaError):
    """A host that refuses or cannot do what it is asked, for a reason that the user can mend; the text is the host's own."""


class Fault(LevadaError):  # noqa: N818 - the name is the message
    """Something went wrong that the user did not cause."""

    exit_code = 1


class RunFault(Fault):
    """A run that lost or falsified images; names the place."""


class InternalFault(Fault):
    """A rule of our own that does not hold: a bug to report."""
