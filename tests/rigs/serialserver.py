#!/usr/bin/env python3
"""serialserver.py ADDRESS PORT LINE: a serial server (Ethernet to RS-485), as raw bytes between TCP and a serial port.

One client at a time: a new one takes the place of the old, who may have gone without a word. Prints "ready", and ends when its
standard input does.
"""
import os
import select
import socket
import sys
import termios
import tty


def main(address, port, line):
    serial = os.open(line, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(serial, termios.TCSANOW)
    listener = socket.create_server((address, int(port)))
    client = None
    print("ready", flush=True)
    while True:
        sources = [sys.stdin, serial, listener] + ([client] if client else [])
        readable = select.select(sources, [], [])[0]
        if sys.stdin in readable and not sys.stdin.readline():
            return
        if listener in readable:
            if client:
                client.close()
            client, _ = listener.accept()
            continue
        if serial in readable:
            data = os.read(serial, 4096)
            if client:
                client.setblocking(False)
                try:
                    client.send(data)
                except OSError:
                    pass  # nobody reads any more
        if client in readable:
            try:
                data = client.recv(4096)
            except OSError:
                data = b""
            if data:
                os.write(serial, data)
            else:
                client.close()
                client = None


main(*sys.argv[1:])
