"""moto's server, which ends when whoever started it ends: its standard input closes then, however that came about."""

import os
import sys
import threading


def watch():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=watch, daemon=True).start()

from moto.server import main  # noqa: E402

main(["-H", "127.0.0.1", "-p", "0"])
