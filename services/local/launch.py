"""Becomes another program that dies with its parent. Run as a file by `processes.py`, standard library only.

A step of its own and no `preexec_fn`: that one runs Python between fork and exec, which is unsafe as soon as
the parent has a second thread. The order matters: the kernel forgets the death signal when the user changes.
"""

import os
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1


def drop_to(uid: int, gid: int) -> None:
    """Gives up root for good, supplementary groups included."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent: int, signal_number: int) -> None:
    """Linux tells us when the parent dies, however it dies; elsewhere the next start sweeps up."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew that we care
        sys.exit(1)


def main() -> None:
    """`launch.py PARENT_PID DEATH_SIGNAL UID|- GID|- PROGRAM ARGUMENTS…`"""
    parent, death_signal, uid, gid, *argv = sys.argv[1:]
    if uid != "-":
        drop_to(int(uid), int(gid))
    die_with_parent(int(parent), int(death_signal))
    os.execv(argv[0], argv)  # noqa: S606 (the program is the runner's own, no shell in between)


if __name__ == "__main__":
    main()
