#!/usr/bin/python3
"""sandboxed.py UNIT PROGRAM ARGUMENTS: runs a program under the filter of system calls that its unit asks systemd for, and without
memory that is written and run where the unit forbids that. The rest of a sandbox wants a systemd that runs."""
import ctypes
import os
import subprocess
import sys

import seccomp

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN = 38, 65, 1
EPERM = 1


def calls_of(names):
    """The calls of a list in which @NAME is one of systemd's sets."""
    calls = set()
    for name in names:
        if name.startswith("@"):
            listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
            lines = (line.strip() for line in listed.stdout.splitlines()[1:])
            calls |= calls_of(line for line in lines if line and not line.startswith("#"))
        else:
            calls.add(name)
    return calls


def allowed(unit):
    """What the lines SystemCallFilter= of a unit come to, one after the other; the first one allows."""
    calls = calls_of(["@default"])
    for line in unit:
        if line.startswith("SystemCallFilter="):
            words = line.split("=", 1)[1].split()
            calls = calls - calls_of([words[0][1:], *words[1:]]) if words[0].startswith("~") else calls | calls_of(words)
    return calls


unit = open(sys.argv[1], encoding="utf-8").read().splitlines()
calls = seccomp.SyscallFilter(seccomp.ERRNO(EPERM))
for call in sorted(allowed(unit) | {"execve"}):
    try:
        calls.add_rule(seccomp.ALLOW, call)
    except (RuntimeError, ValueError):
        pass  # One of another kind of machine.
libc = ctypes.CDLL(None)
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
if "MemoryDenyWriteExecute=yes" in unit and libc.prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    print("sandboxed.py: this kernel is older than 6.3 and has no PR_SET_MDWE", file=sys.stderr)
calls.load()
os.execvp(sys.argv[2], sys.argv[2:])
