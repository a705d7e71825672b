"""server.py NAME PORT mode=MODE: does what Echo says."""

import logging
import threading
import time

from peers import Echo
from peers.ttypes import EchoException
from thrift.server.TServer import TThreadedServer
from thrift.TMultiplexedProcessor import TMultiplexedProcessor
from thrift.transport.TSocket import TServerSocket
from wire import SERVICE, arguments, factories, say

call = threading.local()


class Handler:
    def __init__(self, name):
        self.name = name

    def echo(self, text):
        return f"{self.name}:{text}"

    other = refused = dead = echo

    def attachment(self, name):
        return self.echo(call.headers.get(name.encode(), b"").decode())

    def sleep(self, ms):
        time.sleep(ms / 1000)
        return self.echo(f"slept {ms}")

    def fail(self, text):
        raise EchoException(self.echo(text))

    def crash(self, text):
        raise ValueError(self.echo(text))

    def blob(self, data):
        return bytes(255 - byte for byte in data)

    def tell(self, text):
        say(told=text)


class HeaderProcessor(Echo.Processor):
    """Lets the handler see the headers of the request at hand."""

    def process(self, iprot, oprot):
        read = iprot.readMessageBegin

        def read_message_begin():
            begin = read()
            call.headers = dict(iprot.get_headers())
            return begin

        iprot.readMessageBegin = read_message_begin
        try:
            return super().process(iprot, oprot)
        finally:
            iprot.readMessageBegin = read


class Socket(TServerSocket):
    def listen(self):
        super().listen()
        say(ready=True)


def main():
    (name, port), mode = arguments()
    logging.disable(logging.CRITICAL)
    kind = HeaderProcessor if mode.startswith("header") else Echo.Processor
    processor = kind(Handler(name))
    if mode == "multiplexed":
        multiplexed = TMultiplexedProcessor()
        multiplexed.registerProcessor(SERVICE, processor)
        processor = multiplexed
    transports, protocols = factories(mode)
    TThreadedServer(
        processor, Socket("127.0.0.1", int(port)), transports, protocols, daemon=True
    ).serve()


main()
