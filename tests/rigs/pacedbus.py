#!/usr/bin/env python3
"""Modbus RTU slaves at all addresses of a pseudo-terminal, which answer as fast as a baud rate allows and no faster.

  pacedbus.py BAUD      prints the terminal's path; ends when standard input does

A request is answered after the time its bytes need on the line, 3.5 characters of silence (1.75 ms above 19200 baud, Modbus
over Serial Line V1.02, 2.5.1.1) and the time the reply's bytes need. Register N of the slave at A holds A*256 + N. Prints at
the end, on standard error, how many requests it has answered and how many it could make nothing of.
"""

import os
import select
import sys
import time
import tty

BITS = 10  # 8N1
SLEEP_OVER = 0.3e-3  # a sleep may last so much longer than asked: that much is waited awake


def crc(frame):
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def reply_to(request):
    if len(request) != 8 or request[1] not in (3, 4) or crc(request[:6]) != request[6:]:
        return None
    first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    registers = b"".join((request[0] << 8 | (first + n) & 0xFF).to_bytes(2, "big") for n in range(count))
    head = bytes([request[0], request[1], len(registers)])
    return head + registers + crc(head + registers)


def main():
    baud = int(sys.argv[1])
    character = BITS / baud
    silence = max(3.5 * character, 1.75e-3) if baud > 19200 else 3.5 * character
    master, slave = os.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    known, answered, unknown = {}, 0, 0
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [])
        if sys.stdin in ready:
            break
        heard = time.monotonic()
        request = os.read(master, 256)
        if request not in known:
            known[request] = reply_to(request)
        reply = known[request]
        if reply is None:
            unknown += 1
            continue
        due = heard + (len(request) + len(reply)) * character + silence
        time.sleep(max(0.0, due - time.monotonic() - SLEEP_OVER))
        while time.monotonic() < due:
            pass
        os.write(master, reply)
        answered += 1
    print(f"{answered} answered, {unknown} not understood", file=sys.stderr)


main()
