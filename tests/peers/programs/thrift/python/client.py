"""client.py PORT mode=MODE: makes the calls that come as lines of JSON, each in its own thread.

The library's clients do one call at a time: a call takes a connection that is free, or a new one.
"""

import json
import os
import sys
import threading
import time

from peers import EchoMore
from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.transport.TSocket import TSocket
from wire import SERVICE, arguments, factories, say


class Connection:
    def __init__(self, port, mode):
        transports, protocols = factories(mode)
        socket = TSocket("127.0.0.1", port)
        socket.setTimeout(8000)
        self.transport = transports.getTransport(socket)
        self.protocol = protocols.getProtocol(self.transport)
        protocol = self.protocol
        if mode == "multiplexed":
            protocol = TMultiplexedProtocol(protocol, SERVICE)
        self.client = EchoMore.Client(protocol)
        self.transport.open()

    def call(self, method, arg, attachments):
        for key, value in attachments.items():
            self.protocol.set_header(key.encode(), value.encode())
        if method == "blob":
            data = os.urandom(int(arg))
            same = self.client.blob(data) == bytes(255 - byte for byte in data)
            return f"{len(data)} bytes" if same else "wrong bytes"
        result = getattr(self.client, method)(int(arg) if method == "sleep" else arg)
        return "told" if method == "tell" else result


def main():
    (port,), mode = arguments()
    free = []

    def answer(command):
        start = time.monotonic()
        said = {"id": command["id"]}
        try:
            connection = free.pop() if free else Connection(int(port), mode)
            try:
                said["value"] = connection.call(
                    command["method"], command["arg"], command["attachments"]
                )
            finally:
                free.append(connection)
        except Exception as error:
            said["error"] = type(error).__name__
            said["message"] = str(getattr(error, "message", error))
        say(**said, ms=round((time.monotonic() - start) * 1000))

    say(ready=True)
    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()


main()
