#!/usr/bin/env python3
"""Fills a file system to the last block and keeps it full.

    filldisk.py FILE        FILE grows until there is no room, and again whenever there is some; ends when it is killed

The room comes back when FILE is deleted.
"""

import errno
import os
import sys
import time

BLOCK_BYTES = 4096
PAUSE_SECONDS = 0.01


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    block = bytes(256 * BLOCK_BYTES)
    while True:
        try:
            os.write(file, block)
            # With room that is only promised the last blocks would come free again.
            os.fsync(file)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            block = bytes(BLOCK_BYTES)
            time.sleep(PAUSE_SECONDS)


main()
