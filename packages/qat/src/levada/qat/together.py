# SPDX-License-Identifier: Apache-2.0
"""Train by several processes: ``torchrun --nproc-per-node=4 -m levada.qat.together train resnet50 --data …``.

What follows the module's name is what follows ``levada``. torchrun gives each process its place; each takes its GPU where there
are some. The store is not asked, because all processes must do the same, and all but the first are quiet and write nothing.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from levada.core import cli
from levada.core.errors import LevadaError, OptionError

STARTED_BY_TORCHRUN = "TORCHELASTIC_RUN_ID"


def main(arguments: Sequence[str] | None = None) -> int:
    """Join the other processes, run the command, and return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with _joined(words) as number:
            return cli.main(["--no-store", *(["--quiet"] if number else []), *words])
    except LevadaError as error:
        sys.stderr.write(f"levada: error: {error}\n")
        return error.exit_code


@contextmanager
def _joined(words: Sequence[str]) -> Iterator[int]:
    """Join the other processes for the block, and yield this one's number."""
    if "train" not in words:
        msg = f"only 'train' runs in several processes, got {' '.join(words)!r}; start everything else as levada"
        raise OptionError(msg)
    if STARTED_BY_TORCHRUN not in os.environ:
        msg = "levada.qat.together is started by torchrun: torchrun --nproc-per-node=4 -m levada.qat.together train …"
        raise OptionError(msg)
    import torch
    from torch import distributed

    gpus = torch.cuda.is_available()
    if gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if gpus else "gloo")
    try:
        yield distributed.get_rank()
    finally:
        distributed.destroy_process_group()


def refuse_strangers() -> None:
    """Raise OptionError where torchrun started this process, but not through this module."""
    if STARTED_BY_TORCHRUN not in os.environ:
        return
    from torch import distributed

    if not distributed.is_initialized():
        msg = (
            "started by torchrun as it is, each process would train a network of its own; "
            "write: torchrun --nproc-per-node=… -m levada.qat.together train …"
        )
        raise OptionError(msg)


if __name__ == "__main__":
    sys.exit(main())
