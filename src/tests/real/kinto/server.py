"""Kinto 26.5.0 with its records in memory, on a port that the system chooses; anyone may write.

    python server.py        prints `ready http://127.0.0.1:PORT/v1`; ends when standard input does
"""

import os
import socket
import sys
import threading

import kinto
import waitress

SETTINGS = {
    "kinto.storage_backend": "kinto.core.storage.memory",
    "kinto.cache_backend": "kinto.core.cache.memory",
    "kinto.permission_backend": "kinto.core.permission.memory",
    "kinto.userid_hmac_secret": "not a secret",
    "kinto.bucket_create_principals": "system.Everyone",
    "kinto.bucket_write_principals": "system.Everyone",
}


def end_with_the_parent():
    sys.stdin.buffer.read()
    os._exit(0)


app = kinto.main({}, **SETTINGS)
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
threading.Thread(target=end_with_the_parent, daemon=True).start()
print(f"ready http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
waitress.serve(app, sockets=[listener], _quiet=True)
