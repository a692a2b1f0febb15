# SPDX-License-Identifier: Apache-2.0
"""Places a dataflow's layers on the SLRs of one or more cards: folding, weight store, place, and a proof of how good that is.

:mod:`~levada.partition.stage` is the way in; :mod:`~levada.partition.ilp` solves; :mod:`~levada.partition.judge` checks every plan
and shares no code with the solver.
"""
