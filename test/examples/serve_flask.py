"""Serves the example app on a free port, prints it, and ends with its standard input."""

import os
import sys
import threading

from receiver import app
from werkzeug.serving import make_server


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


server = make_server('127.0.0.1', 0, app)
print(server.server_port, flush=True)
threading.Thread(target=end_with_stdin, daemon=True).start()
server.serve_forever()
