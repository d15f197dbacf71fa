"""Verify a finished gatereel recording, from docs/format.md alone.

    python verifier.py VERIFIERS ID.reel        exit status 0: verified, 1: not

Needs msgpack, zstandard and cryptography, and nothing of gatereel. It does not ask the gateway's
own recording; `gatereel verify` on a store does.
"""

# ruff: noqa: ANN001, ANN201, ANN204, BLE001, PTH110, PTH119, PTH123, PTH202, SIM300
import base64
import hashlib
import hmac
import os
import re
import struct
import sys

import msgpack
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTENT, FRAME = 8 << 20, (8 << 20) + (1 << 16)
HEADER = {
    "format": int, "reader": int, "must": list, "may": list, "id": str, "wall": int,
    "principal": str, "kind": str, "claims": dict, "target": str, "account": str, "protocol": str,
    "client": str, "term": str, "cols": int, "rows": int, "policy": bytes, "build": str,
    "widths": str, "weaker": list, "salt": bytes,
}  # fmt: skip
FIELDS = {  # code: the types of its fields (B bin, S str, I int, T bool, M map, L list of str)
    "header": "M", "salt": "B", "anchor": "IIII", "end": "S", "o": "B", "e": "B", "n": "BT",
    "i": "B", "k": "I", "t": "B", "w": "I", "r": "IIII", "m": "S", "x": "I", "xs": "STS",
    "eof": "S", "open": "SS", "close": "S", "pty": "SIIIIB", "env": "BBT", "run": "SB", "sig": "S",
    "brk": "I", "refused": "SBS", "auth": "SM", "target": "M", "ask": "ISM", "verdict": "ISLS",
    "suspend": "S", "continue": "S", "gap": "S", "clock": "I", "gw-start": "M", "gw-stop": "S",
    "gw-refused": "M", "gw-open": "SM", "gw-close": "SS", "gw-check": "SS", "gw-outage": "SSS",
    "kept": "BB", "redacted": "B", "preserved": "SSS", "released": "SSS", "pruned": "SM",
    "mask-run": "SSSIBM", "hold-open": "ISBM", "hold-answer": "ISBTSM", "hold-end": "ISSS",
}  # fmt: skip
COPY = {"session": str, "record": bytes, "leaf": bytes, "end": bytes, "by": str, "reason": str}
TYPES = {"B": bytes, "S": str, "I": int, "T": bool, "M": dict, "L": list}


class Bad(Exception):
    """What is wrong; any other error of a parser means the same."""


def need(fact, what):
    if not fact:
        raise Bad(what)


def sha(data):
    return hashlib.sha256(data).digest()


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data


def load_keys(path):
    keys = {}
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        if line.strip() and line[0] != "#":
            name, key_id, key = line.strip().split("+", 2)
            public = base64.b64decode(key)
            need(sha(name.encode() + b"\n" + public)[:4].hex() == key_id, "a key's own digest")
            keys[name, key_id] = Ed25519PublicKey.from_public_bytes(public[1:])
    return keys


def open_note(note, keys):
    text, blank, lines = note.rpartition("\n\n")
    need(blank and lines.endswith("\n"), "not a signed note")
    known = 0
    for line in lines[:-1].split("\n"):
        dash, name, blob = line.split(" ")
        blob = unbase64(blob)
        need(dash == "\u2014" and len(blob) > 4, "a signature line")
        if key := keys.get((name, blob[:4].hex())):
            key.verify(blob[4:], (text + "\n").encode())
            known += 1
    need(known, "no known key has signed")
    return text + "\n"


class Tree:
    """The frontier of an RFC 6962 tree: roots of the perfect subtrees, largest first."""

    def __init__(self):
        self.size, self.roots = 0, []

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf, size = sha(b"\1" + self.roots.pop() + leaf), size >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        root = self.roots[-1] if self.roots else sha(b"")
        for left in self.roots[-2::-1]:
            root = sha(b"\1" + left + root)
        return root


def plain(value, depth=32):
    if isinstance(value, list | dict):
        keys, items = ([], value) if isinstance(value, list) else (value, value.values())
        ok = depth and len(value) <= 4096 and all(type(key) is str for key in keys)
        return ok and all(plain(item, depth - 1) for item in items)
    return value is None or type(value) in (bytes, str, int, bool)


def content_of(frame):
    """One whole data frame's content: limits first, then zstd's own checksum."""
    size = zstandard.frame_content_size(frame)
    need(0 <= size <= CONTENT and frame[4] & 4, "a data frame without size or checksum, or too big")
    content = zstandard.ZstdDecompressor().decompress(
        frame, max_output_size=max(size, 1), allow_extra_data=False
    )
    need(len(content) == size, "a data frame of another size than it says")
    return content


def frame_size(data):
    """The length of the zstd data frame that `data` begins with (RFC 8878, 3.1.1)."""
    flags, place = data[4], 5
    single = flags >> 5 & 1
    place += (not single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
    for _ in range(1 << 14):
        block = int.from_bytes(data[place : place + 3], "little")
        need(len(data) >= place + 3 and block >> 1 & 3 != 3, "a data frame is cut off")
        place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1:
            return place + 4 * (flags >> 2 & 1)
    raise Bad("a data frame of too many blocks")


class Original:
    """What a redacted copy kept: the original's tree, from the copy's records."""

    def __init__(self, facts):
        self.facts, self.told, self.tree, self.struck = facts, facts["redacted"], Tree(), []
        for key, kind in COPY.items():
            need(type(self.told.get(key)) is kind, f"a copy's {key}")

    def take(self, number, time, delta, code, values):
        if code == "header":
            salt, raw, leaf = bytes(32), self.told["record"], self.told["leaf"]
            if raw:
                first = msgpack.unpackb(raw)
                need(first[:3] == [0, 0, "header"], "the original's header")
                theirs = {**first[3], "id": "", "must": [], "salt": b"", "redacted": 0}
                ours = {**self.facts, "id": "", "must": [], "salt": b"", "redacted": 0}
                same = repr(ours) == repr({key: theirs.get(key) for key in ours})
                need(same and len(ours) == len(theirs), "a copy's header is not the original's")
                need(first[3]["id"] == self.told["session"], "a copy of another recording")
            else:
                about = [self.facts[key] for key in ("principal", "target", "account", "client")]
                need(not any(about) and not self.facts["claims"], "a struck header's words")
                need(self.facts.keys() == {*HEADER, "redacted"}, "a struck header's words")
        elif code in ("salt", "redacted"):
            salt, raw, leaf = b"", b"", values[code == "salt"]
            need(not delta, "a struck event with a time of its own")
        else:
            need(code in ("anchor", "kept"), "an event of a copy's own")
            salt, raw = values[:2] if code == "kept" else values[4:6]
            kept = msgpack.unpackb(raw)
            need((kept[2] == "anchor") is (code == "anchor"), "a kept event of another kind")
            need(code == "kept" or kept[3:5] == [number, time], "an anchor is not the original's")
        if raw:
            need(len(salt) == 32, "a kept event's salt")
            leaf = sha(b"\0" + salt + struct.pack(">QQ", number, time) + raw)
        else:
            self.struck.append(number)
        need(type(leaf) is bytes and len(leaf) == 32, "a struck event's leaf")
        self.tree.append(leaf)

    def finish(self, keys, own):
        end, root = self.told["end"], base64.b64encode(self.tree.root()).decode()
        (length,) = struct.unpack_from(">I", end, 8)
        packed, fields = end[12 : 12 + length], msgpack.unpackb(end[12 : 12 + length])
        text = f"gatereel/{self.told['session']}\n{self.tree.size}\n{root}\n"
        text += f"seal {base64.b64encode(sha(packed)).decode()}\n"
        note = open_note(end[12 + length : -12].decode(), keys)
        need(note == text, "what was kept is not what the original's checkpoint states")
        need(fields[1] == self.told["session"] and fields[10], "the original's end")
        need(fields[10:] == own, "a copy ends otherwise than the original")
        return f", a copy of {self.told['session']} without {self.struck}"


class Events:
    """Checks records one after the other and hashes them."""

    def __init__(self):
        self.tree, self.time, self.secret, self.facts = Tree(), 0, b"", {}
        self.original = None

    def take(self, raw, record, begins):
        number = self.tree.size
        need(type(record) is list and len(record) > 2 and len(raw) <= 2 << 20, "not a record")
        delta, channel, code, *values = record
        need(type(delta) is int and 0 <= delta and self.time + delta < 1 << 62, "a time")
        need(type(channel) is int and 0 <= channel < 1 << 31, "a channel")
        need(type(code) is str and 0 < len(code) <= 32 and all(map(plain, values)), "a field")
        shape = FIELDS.get(code, "")
        need(len(values) >= len(shape), "too few fields")
        for kind, value in zip(shape, values, strict=False):
            need(type(value) is TYPES[kind], f"a field of {code}")
            need(kind != "L" or all(type(item) is str for item in value), f"a field of {code}")
        self.time += delta
        need((code == "header") is (number == 0), "the header is record 0")
        need((code == "salt") is (number == 1), "the salt is record 1")
        need(not begins or code in ("header", "anchor"), "a chunk begins with an anchor")
        if code == "anchor":
            need(values[:2] == [number, self.time], "an anchor contradicts its place")
        elif code == "header":
            need(delta == 0 and len(values[0].get("salt", b"")) == 32, "the header")
            for key, kind in HEADER.items():
                need(type(values[0].get(key)) is kind, f"the header's {key}")
            need(values[0]["reader"] <= 1, "needs a newer reader")
            need(values[0]["must"] in ([], ["redacted"]), "needs a newer reader")
            self.facts = values[0]
            self.original = Original(values[0]) if values[0]["must"] else None
        elif code == "salt":
            self.secret = values[0]
            need(sha(self.secret) == self.facts["salt"], "the salt is another")
        if self.original:
            self.original.take(number, self.time, delta, code, values)
        place = struct.pack(">Q", number)
        salt = hmac.digest(self.secret, place, "sha256") if number > 1 else bytes(32)
        self.tree.append(sha(b"\0" + salt + place + struct.pack(">Q", self.time) + raw))


def verify(path, keys):
    events, at, previous, sizes, ended = Events(), 0, bytes(32), [], False
    live = {}
    if os.path.exists(path.removesuffix(".reel") + ".checkpoint"):
        with open(path.removesuffix(".reel") + ".checkpoint", encoding="utf-8") as file:
            lines = open_note(file.read(1 << 14), keys).split("\n")
        live[int(lines[1])] = unbase64(lines[2])
    with open(path, "rb") as file:
        total = os.path.getsize(path)
        while not ended:
            file.seek(at)
            data = file.read(2 * FRAME)
            size = frame_size(data) if data[:4] == b"\x28\xb5\x2f\xfd" else 0
            need(size <= FRAME, "a data frame is too long")
            frame, rest = data[:size], data[size:]
            need(rest[:4] == struct.pack("<I", 0x184D2A57) and len(rest) > 24, "no seal here")
            seal = rest[: 8 + struct.unpack_from("<I", rest, 4)[0]]
            (length,) = struct.unpack_from(">I", seal, 8)
            packed, note = seal[12 : 12 + length], seal[12 + length : -12]
            need(seal[-12:] == struct.pack(">Q", size + len(seal)) + b"GRSL", "a seal's trailer")
            fields = msgpack.unpackb(packed)
            need(msgpack.packb(fields) == packed, "a seal in another encoding")
            begin, first, content = events.time, events.tree.size, b""
            if size:
                content = content_of(frame)
                unpacker = msgpack.Unpacker(None, max_array_len=4096, max_map_len=4096)
                unpacker.feed(content)
                done = 0
                while done < len(content):
                    record = unpacker.unpack()
                    raw = content[done : unpacker.tell()]
                    events.take(raw, record, not done)
                    begin = events.time if not done else begin
                    done = unpacker.tell()
                    root = live.pop(events.tree.size, None)
                    need(root in (None, events.tree.root()), "a checkpoint contradicts the events")
            tree, ended = events.tree, not size
            state = fields[10] in ("closed", "interrupted") if ended else fields[10:] == ["", ""]
            need(state and isinstance(fields[11], str) and len(fields) == 12, "a seal's state")
            need(tree.size > first or ended, "an empty chunk")
            need(
                fields[:10] == [
                    "gatereel-seal-1", events.facts.get("id"), first, tree.size - first,
                    len(content), begin, events.time, sha(frame), previous, tree.roots,
                ],
                "a seal does not say what it seals",
            )  # fmt: skip
            said = f"gatereel/{fields[1]}\n{tree.size}\n{base64.b64encode(tree.root()).decode()}\n"
            said += f"seal {base64.b64encode(sha(packed)).decode()}\n"
            need(open_note(note.decode(), keys) == said, "a checkpoint states something else")
            sizes += [(size, len(content))] * bool(size) + [(len(seal), 0)]
            at, previous = at + size + len(seal), sha(seal)
        need(events.tree.size, "it is empty")
        need(not live, "a checkpoint speaks of more records")
        table = b"".join(struct.pack("<II", *entry) for entry in sizes)
        table += struct.pack("<IBI", len(sizes), 0, 0x8F92EAB1)
        file.seek(at)
        table = struct.pack("<II", 0x184D2A5E, len(table)) + table
        need(total - at == len(table) and file.read() == table, "not the seek table of its frames")
    stem = os.path.basename(path).removesuffix(".reel")
    uuid = re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", stem
    )
    need(not uuid or stem == events.facts["id"], "named after another session")
    copy = events.original.finish(keys, fields[10:]) if events.original else ""
    return f"verified: {events.facts['id']}, {events.tree.size} events, {fields[10]}{copy}"


if __name__ == "__main__":
    try:
        print(verify(sys.argv[2], load_keys(sys.argv[1])))
    except Exception as error:
        print(f"NOT verified: {type(error).__name__}: {error}")
        sys.exit(1)
