"""What the server and the client have in common: how a mode frames and encodes messages.

Modes: binary, binary-nonstrict, compact, multiplexed, header, header-compact.
"""

import json
import sys
import threading

from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.protocol.TCompactProtocol import TCompactProtocolFactory
from thrift.protocol.THeaderProtocol import THeaderProtocolFactory
from thrift.transport.THeaderTransport import THeaderClientType, THeaderSubprotocolID
from thrift.transport.TTransport import TBufferedTransportFactory, TFramedTransportFactory

SERVICE = "Echo"
printing = threading.Lock()


def factories(mode):
    """The factories of transports and of protocols."""
    if mode.startswith("header"):
        compact = mode == "header-compact"
        subprotocol = THeaderSubprotocolID.COMPACT if compact else THeaderSubprotocolID.BINARY
        types = (THeaderClientType.HEADERS,)
        return TBufferedTransportFactory(), THeaderProtocolFactory(types, subprotocol)
    if mode == "compact":
        return TFramedTransportFactory(), TCompactProtocolFactory()
    strict = mode != "binary-nonstrict"
    return TFramedTransportFactory(), TBinaryProtocolFactory(strictRead=False, strictWrite=strict)


def say(**words):
    """Says something to the test: a line of JSON."""
    with printing:
        print(json.dumps(words), flush=True)


def arguments():
    """The first arguments, and the mode, which is the last one."""
    return sys.argv[1:-1], sys.argv[-1].removeprefix("mode=")
