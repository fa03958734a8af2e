#!/usr/bin/env python3
"""Makes of a log of cutdisk.py the disk as a power cut would have left it.

    replay.py count LOG                              prints how many writes and flushes lie between the claims `# begin`
                                                     and `# end`, and how many before them
    replay.py claims LOG                             prints all claims
    replay.py cut IMAGE LOG OUT CUT SEED MODE        writes OUT: IMAGE after the first CUT writes and flushes; prints the
                                                     claims made before the next one

MODE says what was not flushed yet and is lost all the same:

    prefix    nothing: every write that reached the disk survived. Lost is what the kernel had not written.
    drop      each write since the last flush is lost, or whole, or only some of its sectors of 512 bytes survive: a card
              with a cache of its own. The cut comes when there is such a write, at CUT or as soon as possible after it.
    liar      the same for the last 16 writes, flushed or not: a card that only says that it has flushed. No program can
              keep a promise on it, so a rig that finds nothing lost on it finds nothing.

The same SEED makes the same image.
"""

import random
import shutil
import struct
import sys

HEADER = struct.Struct("<cQI")
SECTOR_BYTES = 512
LIAR_WRITES = 16


def records(path):
    """The log: kind, offset and bytes of each record. The last may be cut short where the disk was still in use."""
    with open(path, "rb") as file:
        log = memoryview(file.read())
    at = 0
    while at + HEADER.size <= len(log):
        kind, offset, count = HEADER.unpack_from(log, at)
        at += HEADER.size
        if at + count > len(log):
            return
        yield kind, offset, log[at:at + count]
        at += count


def count(path):
    """How many writes and flushes lie between the two marks, and before the first."""
    operations, begin, end = 0, 0, None
    for kind, _, content in records(path):
        if kind != b"A":
            operations += 1
        elif bytes(content).startswith(b"# begin"):
            begin = operations
        elif bytes(content).startswith(b"# end"):
            end = operations
    return (operations if end is None else end) - begin, begin


def until(path, cut=sys.maxsize, ends_in_write=False):
    """What the disk had been told, and what had been claimed, when the power went."""
    told, claims, operations = [], [], 0
    for kind, offset, content in records(path):
        if kind == b"A":
            claims.append(bytes(content))
        elif operations >= cut and (told[-1][0] == b"W" or not ends_in_write):
            break
        else:
            operations += 1
            told.append((kind, offset, content))
    return told, b"".join(claims)


def first_unsafe(told, mode):
    """From which operation on a write may be lost."""
    if mode == "prefix":
        return len(told)
    if mode == "liar":
        writes = [index for index, (kind, _, _) in enumerate(told) if kind == b"W"]
        return writes[-LIAR_WRITES] if len(writes) >= LIAR_WRITES else 0
    return max((index + 1 for index, (kind, _, _) in enumerate(told) if kind == b"F"), default=0)


def surviving(offset, content, chance):
    """The parts of an unsafe write that are on the disk."""
    fate = chance.choice(("lost", "whole", "torn", "torn"))
    if fate == "whole":
        yield offset, content
    elif fate == "torn":
        for start in range(0, len(content), SECTOR_BYTES):
            if chance.random() < 0.5:
                yield offset + start, content[start:start + SECTOR_BYTES]


def cut_image(image, log, out, cut, seed, mode):
    """Writes the image and returns the claims."""
    told, claims = until(log, cut, ends_in_write=mode == "drop")
    unsafe = first_unsafe(told, mode)
    chance = random.Random(seed)
    shutil.copyfile(image, out)
    with open(out, "r+b") as disk:
        for index, (kind, offset, content) in enumerate(told):
            if kind != b"W":
                continue
            parts = [(offset, content)] if index < unsafe else surviving(offset, content, chance)
            for start, part in parts:
                disk.seek(start)
                disk.write(part)
    return claims


def main():
    words = sys.argv[1:]
    if len(words) == 2 and words[0] == "count":
        print(*count(words[1]))
    elif len(words) == 2 and words[0] == "claims":
        sys.stdout.buffer.write(until(words[1])[1])
    elif len(words) == 7 and words[0] == "cut" and words[6] in ("prefix", "drop", "liar"):
        image, log, out, cut, seed, mode = words[1:]
        sys.stdout.buffer.write(cut_image(image, log, out, int(cut), int(seed), mode))
    else:
        sys.exit(__doc__)


main()
