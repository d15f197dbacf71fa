"""OpenSSH's sftp client and server with the relay between them: ``sftp -D "python … DENY LOG"``.

Stands in for a bridge and a pump: one thread, two pipes, effects carried out in order. Policy
denies the operations whose path ends in DENY. Every event is a line of LOG, in JSON.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from gateway import relay
from gateway.policy import Allow, Deny, Request
from gateway.relay import Arrival
from gateway.wire.sftp_relay import SftpRelay
from recorder.event_json import event_json
from recorder.format import Packed

SUBJECT = Request("alice", "person", (), "connect", "web1", "root", {})
SERVER = "/usr/lib/openssh/sftp-server"


def main(deny: str, log: str) -> int:
    core = SftpRelay(1, SUBJECT)
    server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    began = time.monotonic_ns()
    arrivals: deque[Arrival] = deque([relay.Opened(0, "subsystem", b"sftp", None, ())])
    reading = {0: True, server.stdout.fileno(): True}
    with Path(log).open("w", encoding="utf-8") as out:
        while arrivals or any(reading.values()):
            if not arrivals:
                ready, _, _ = select.select([fd for fd, on in reading.items() if on], [], [])
                at = (time.monotonic_ns() - began) // 1000
                for fd in ready:
                    data = os.read(fd, 1 << 16)
                    reading[fd] = bool(data)
                    if fd == 0:
                        arrivals.append(relay.FromClient(at, data) if data else relay.ClientEof(at))
                    else:
                        gone = relay.TargetGone(at, "closed")
                        arrivals.append(relay.FromTarget(at, data) if data else gone)
                continue
            for effect in core.receive(arrivals.popleft()):
                match effect:
                    case relay.Record(event):
                        record = Packed(0, event.at, 0, b"", event)
                        out.write(json.dumps(event_json(record, 0)) + "\n")
                        out.flush()
                    case relay.Ask(request, question):
                        path = question.facts.get("path", b"")
                        denied = path.endswith(deny.encode())
                        verdict = Deny(("never",), "not this one") if denied else Allow(("all",))
                        arrivals.appendleft(relay.Answered(0, request, verdict))
                    case relay.OpenTarget():
                        arrivals.appendleft(relay.TargetOpened(0))
                    case relay.ToTarget(data):
                        server.stdin.write(data)
                        server.stdin.flush()
                    case relay.ToClient(data):
                        os.write(1, data)
                    case relay.EofToTarget():
                        server.stdin.close()
                    case relay.Close():
                        return server.wait()
                    case _:
                        pass
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
