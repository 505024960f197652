# SPDX-License-Identifier: Apache-2.0
"""Ports for whoever is to listen on one that has to be known before."""
import random
import socket


def free_port():
    """None that the system gives to whoever connects (ip_local_port_range), so that it is still free when it is taken, and when its owner comes
    back to it."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
