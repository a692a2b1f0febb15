# SPDX-License-Identifier: Apache-2.0
"""Private folders of runs and agents, and what those that were killed left of theirs."""

import os
import shutil
import tempfile
from pathlib import Path

RUN, LEASE = "levada-run-", "levada-lease-"
OWNER = ".owner"
PRIVATE = 0o700


def folder(prefix: str, parent: str | None = None) -> Path:
    """Return a new private folder under ``parent`` (None: the default) that names this process as its owner."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    (made / OWNER).write_text(f"{os.getpid()} {_namespace()}", encoding="ascii")
    return made


def clear(prefix: str, parent: str | None = None) -> None:
    """Remove the folders under ``parent`` whose owner was a process of this user, here and since the last boot, and is dead.

    Where any of this is not certain the folder stays: it may be somebody's.
    """
    for left in Path(parent or tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_ours(left) and _owner_is_dead(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_ours(left: Path) -> bool:
    """Say whether this is a real folder, of this user and private to him."""
    try:
        state = left.lstat()
    except OSError:
        return False
    return left.is_dir() and not left.is_symlink() and state.st_uid == os.getuid() and state.st_mode & 0o777 == PRIVATE


def _owner_is_dead(left: Path) -> bool:
    try:
        pid, _, namespace = (left / OWNER).read_text(encoding="ascii").partition(" ")
    except (OSError, UnicodeDecodeError):
        return False
    if not pid.isdecimal() or namespace != _namespace() or "unknown" in namespace:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _namespace() -> str:
    """Return what a process number means something in: this boot of this machine, and the process's pid namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "unknown"
