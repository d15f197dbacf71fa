"""What people do with `sftp`, as a table: a hundred small batches.

``{far}`` is a folder at the target, made afresh for each. Run straight against an OpenSSH server
and through the gateway, each must look the same to the client and leave the same files on both
sides (`tests.system.test_sftp_differential`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SIZES = (0, 1, 2, 255, 4096, 32767, 32768, 32769, 65536, 261120, 262144, 300_001, 2_000_003)
NAMES = ("plain", "with space", "ünïcödé", "-dash", "qu'ote", 'dou"ble', "back\\slash", "$HOME",
         "*", "{a}", ".hidden", "x" * 200, "tab\there", "\x1b[31mred", "\x07b",
         "漢字")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    name: str
    lines: str
    flags: tuple[str, ...] = ()


def batches() -> list[Batch]:
    return [*sizes(), *names(), *changes(), *looks(), *failures(), *ways()]


def sizes() -> Iterator[Batch]:
    for size in SIZES:
        yield Batch(f"put-{size}", f"put of{size} {{far}}/x\nls -ln {{far}}/x\n")
        yield Batch(f"get-{size}", f"put of{size} {{far}}/x\nget {{far}}/x back\n")


def names() -> Iterator[Batch]:
    for number, name in enumerate(NAMES):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("*", "\\*") + '"'
        quoted = quoted.replace("{", "{{").replace("}", "}}")
        lines = (
            f"cd {{far}}\nput of255 {quoted}\nls -1\nrename {quoted} other\nls -1\nget other back\n"
        )
        yield Batch(f"name-{number}", lines)


def changes() -> Iterator[Batch]:
    make = "put of255 {far}/x\n"
    for number, lines in enumerate((
        "mkdir {far}/d\nrmdir {far}/d\n",
        "mkdir {far}/d\nmkdir {far}/d/e\nput of1 {far}/d/e/x\nls -1 {far}/d/e\n",
        make + "chmod 600 {far}/x\nls -ln {far}/x\n",
        make + "chmod 4755 {far}/x\nls -ln {far}/x\n",
        make + "chown 0 {far}/x\n",
        make + "chgrp 0 {far}/x\n",
        make + "rename {far}/x {far}/y\nls -1 {far}\n",
        make + "put of2 {far}/y\nrename {far}/x {far}/y\nls -ln {far}/y\n",
        make + "ln {far}/x {far}/y\nls -1 {far}\n",
        make + "ln -s x {far}/y\nls -1 {far}\nget {far}/y back\n",
        "ln -s nowhere {far}/y\nls -1 {far}\n-get {far}/y back\n",
        make + "rm {far}/x\nls -1 {far}\n",
        make + "put of2 {far}/x\nls -ln {far}/x\n",
        make + "put -a of300_001 {far}/x\n".replace("_", "") + "get {far}/x back\n",
        "put of2 back\nget -a {far}/none back\n".replace("put of2 back\n", "-"),
        make + "get -p {far}/x back\n",
        "put -p of255 {far}/x\nls -ln {far}/x\n",
        "put -r tree {far}/\nls -1 {far}/tree/in\n",
        "put -r tree {far}/\nget -r {far}/tree back\n",
        "mkdir {far}/d\nput of* {far}/d/\nls -1 {far}/d\n",
        "mkdir {far}/d\nput of1 {far}/d/\nget {far}/d/* .\n",
        "put -f of255 {far}/x\n",
        make + "cp {far}/x {far}/copy\nget {far}/copy back\n",
        "cd {far}\nmkdir d\ncd d\npwd\ncd ..\npwd\n",
        "lmkdir here\nlcd here\nput ../of1 {far}/x\n",
    )):  # fmt: skip
        yield Batch(f"change-{number}", lines)


def looks() -> Iterator[Batch]:
    make = "put of255 {far}/b\nput of2 {far}/a\nmkdir {far}/c\n"
    for number, line in enumerate((
        "ls {far}", "ls -1 {far}", "ls -a {far}", "ls -ln {far}", "ls -1r {far}", "ls -1S {far}",
        "ls -1 {far}/*", "ls {far}/none*", "ls -ld {far}/c", "pwd", "df {far}", "version",
        "ls -1 {far}/../", "ls -1 {far}/./c/../", "cd {far}/c\npwd",
    )):  # fmt: skip
        yield Batch(f"look-{number}", f"{make}-{line}\n")


def failures() -> Iterator[Batch]:
    for number, line in enumerate((
        "get {far}/none back", "rm {far}/none", "rmdir {far}/none", "mkdir {far}/no/no",
        "rename {far}/none {far}/x", "chmod 600 {far}/none", "ls {far}/none", "cd {far}/none",
        "put of1 {far}/no/no", "put none {far}/x", "ln {far}/none {far}/x", "rm {far}",
        "mkdir {far}", "rmdir /proc", "put of1 /proc/none", "get /proc/self/mem back", "nonsense",
        "get {far} back", "rmdir {far}/..",
    )):  # fmt: skip
        yield Batch(f"failure-{number}", f"-{line}\nput of1 {{far}}/after\n")
    yield Batch("failure-ends", "get {far}/none back\nput of1 {far}/after\n")


def ways() -> Iterator[Batch]:
    for number, flags in enumerate((
        ("-C",), ("-B", "1000"), ("-B", "262144"), ("-R", "1"), ("-R", "200"), ("-p",), ("-f",),
        ("-o", "RekeyLimit=200K"), ("-l", "100000"), ("-X", "nrequests=4"), ("-X", "buffer=8192"),
    )):  # fmt: skip
        lines = "put of300001 {far}/x\nget {far}/x back\n"
        yield Batch(f"way-{number}", lines, flags)
