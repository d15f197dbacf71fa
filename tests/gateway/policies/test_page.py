"""The examples of docs/policy.md, answered as the page says, for everybody in every place.

Each line of the table is a question, and what eight people are answered; a letter stands for the
policy that decides, "-" for nobody's, "!" before the one that forbids, "?" before the one that
holds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.policies.again import outcome_of, repeated
from gateway.policies.decision import Policies
from gateway.policies.supposing import command_facts
from gateway.policy import (
    SESSION_ACTIONS,
    Circumstances,
    Hold,
    Request,
    Terms,
    address_of,
    place_of,
)
from recorder.events import Facts

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"
POLICIES = Policies.of(
    page="\n".join(re.findall(r"^```cedar\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL))
)
WHO = {
    "sre": ("person", ("sre",)),
    "dev": ("person", ("dev",)),
    "dba": ("person", ("dba",)),
    "con": ("person", ("contractors", "sre")),
    "aud": ("person", ("audit",)),
    "gst": ("person", ("guests",)),
    "deploy": ("workload", ()),
    "nil": ("person", ()),
}
LABELS = {"web1": {"env": "stage"}, "test1": {"env": "test"}, "prod1": {"env": "prod"}}
NAMES = {
    "S": "sre-on-web",
    "D": "developers-in-test",
    "N": "no-shells-in-prod",
    "P": "deploy-restarts",
    "K": "dropping-needs-two",
    "H": "office-hours",
    "F": "auditors-fetch",
    "R": "auditors-read",
    "L": "auditors-look",
    "T": "to-the-database",
    "W": "not-to-that-network",
    "G": "guests",
    "O": "own-sessions",
}
AT_WORK = Circumstances(at=1_795_514_400_000_000, source="198.51.100.7", method="publickey")
WHEN = {
    "": AT_WORK,
    "night": replace(AT_WORK, at=AT_WORK.at + 10 * 3600 * 1_000_000),
    "sunday": replace(AT_WORK, at=AT_WORK.at + 5 * 86_400_000_000),
    "away": replace(AT_WORK, source="192.0.2.9"),
    "nowhere": replace(AT_WORK, source=""),
    "approved": replace(AT_WORK, approvals=("dba",)),
    "wrong": replace(AT_WORK, approvals=("sre",)),
}
TABLE = """
#                                        sre dev dba con aud gst dep nil
connect app@web1                       | S   -   -   S   F   G   -   -
connect root@web1                      | S   -   -   S   -   -   -   -
connect app@web1 | night               | S   -   -   !H  F   G   -   -
connect app@web1 | sunday              | S   -   -   !H  F   G   -   -
connect app@web1 | away                | S   -   -   !H  F   G   -   -
connect app@web1 | nowhere             | S   -   -   !H  F   G   -   -
connect app@test1                      | -   D   -   -   -   -   -   -
connect root@test1                     | -   -   -   -   -   -   -   -
connect app@prod1                      | -   -   -   -   -   -   -   -
shell app@web1                         | S   -   -   S   -   G   -   -
shell root@web1                        | S   -   -   S   -   -   -   -
shell app@test1                        | -   D   -   -   -   -   -   -
shell root@test1                       | -   -   -   -   -   -   -   -
shell app@prod1                        | !N  !N  !N  !N  !N  !N  !N  !N
shell root@prod1                       | !N  !N  !N  !N  !N  !N  !N  !N
exec app@web1 uptime                   | S   -   -   S   -   -   P   -
exec root@web1 uptime                  | S   -   -   S   -   -   P   -
exec app@web1 systemctl restart app    | S   -   -   S   -   -   P   -
exec app@web1 systemctl  restart 'app' | S   -   -   S   -   -   P   -
exec app@web1 systemctl restart "app"  | S   -   -   S   -   -   P   -
exec app@web1 systemctl restart app2   | S   -   -   S   -   -   -   -
exec app@web1 systemctl restart app;id | S   -   -   S   -   -   -   -
exec app@web1 uptime -p                | S   -   -   S   -   -   -   -
exec app@web1 $(uptime)                | S   -   -   S   -   -   -   -
exec app@test1 uptime                  | -   D   -   -   -   -   -   -
exec root@test1 uptime                 | -   -   -   -   -   -   -   -
exec app@prod1 uptime                  | -   -   -   -   -   -   -   -
exec app@web1 dropdb orders            | S   -   ?K  S   -   -   -   -
exec app@web1 dropdb orders | approved | S   -   K   S   -   -   -   -
exec app@web1 dropdb orders | wrong    | S   -   ?K  S   -   -   -   -
exec app@web1 sh -c dropdb             | S   -   -   S   -   -   -   -
exec app@web1 dropdb orders;id         | S   -   -   S   -   -   -   -
exec app@prod1 dropdb orders           | -   -   -   -   -   -   -   -
exec app@web1 scp -f /etc/passwd       | S   -   -   S   -   -   -   -
subsystem app@web1 sftp                | S   -   -   S   F   -   -   -
subsystem root@web1 sftp               | S   -   -   S   -   -   -   -
subsystem app@web1 netconf             | -   -   -   -   -   -   -   -
subsystem app@test1 netconf            | -   D   -   -   -   -   -   -
subsystem app@test1 sftp               | -   D   -   -   -   -   -   -
read-file app@web1 /srv/reports/a      | S   -   -   S   R   -   -   -
read-file app@web1 /srv/reports/a/b    | S   -   -   S   R   -   -   -
read-file app@web1 /srv/reports        | S   -   -   S   -   -   -   -
read-file app@web1 /srv/reports/../a   | S   -   -   S   -   -   -   -
read-file app@web1 /srv//reports/a     | S   -   -   S   -   -   -   -
read-file app@web1 srv/reports/a       | S   -   -   S   -   -   -   -
read-file app@web1 /etc/passwd         | S   -   -   S   -   -   -   -
read-file root@web1 /srv/reports/a     | S   -   -   S   -   -   -   -
read-file app@test1 /srv/reports/a     | -   D   -   -   -   -   -   -
write-file app@web1 /srv/reports/a     | S   -   -   S   -   -   -   -
write-file app@prod1 /srv/reports/a    | -   -   -   -   -   -   -   -
list-files app@web1 /srv               | S   -   -   S   F   -   -   -
list-files root@web1 /srv              | S   -   -   S   -   -   -   -
look-at-files app@web1 /srv            | S   -   -   S   F   -   -   -
look-at-files app@test1 /srv           | -   D   -   -   -   -   -   -
change-files app@web1 /srv/reports/a   | S   -   -   S   -   -   -   -
change-files app@test1 /srv/a          | -   D   -   -   -   -   -   -
change-files root@test1 /srv/a         | -   -   -   -   -   -   -   -
forward app@web1 db.example.org:5432   | T   -   -   T   -   -   -   -
forward app@web1 DB.example.org.:5432  | T   -   -   T   -   -   -   -
forward app@web1 db.example.org:5433   | -   -   -   -   -   -   -   -
forward app@web1 db2.example.org:5432  | -   -   -   -   -   -   -   -
forward app@test1 db.example.org:5432  | -   -   -   -   -   -   -   -
forward app@web1 10.9.1.2:5432         | !W  !W  !W  !W  !W  !W  !W  !W
forward app@web1 [::ffff:10.9.1.2]:80  | !W  !W  !W  !W  !W  !W  !W  !W
forward app@test1 10.9.255.255:1       | !W  !W  !W  !W  !W  !W  !W  !W
forward app@web1 10.10.0.1:5432        | -   -   -   -   -   -   -   -
unmask app@web1 card                   | -   -   -   -   -   -   -   -
unmask app@test1 card                  | -   -   -   -   -   -   -   -
approve app@test1 exec                 | -   -   -   -   -   -   -   -
sql:select app@test1                   | -   D   -   -   -   -   -   -
sql:select app@web1                    | -   -   -   -   -   -   -   -
kube:exec app@test1                    | -   D   -   -   -   -   -   -
kube:exec root@test1                   | -   -   -   -   -   -   -   -
sessions app@web1 nil                  | -   -   -   -   L   -   -   O
replay app@web1 nil                    | -   -   -   -   L   -   -   O
replay app@test1 dev                   | -   OD  -   -   L   -   -   -
export app@prod1 nil                   | -   -   -   -   L   -   -   O
export app@prod1 aud                   | -   -   -   -   OL  -   -   -
watch app@web1 nil                     | -   -   -   -   -   -   -   O
kill app@test1 nil                     | -   -   -   -   -   -   -   O
kill root@test1 dev                    | -   O   -   -   -   -   -   -
kill app@test1 dev                     | -   OD  -   -   -   -   -   -
"""


def _rows() -> list[tuple[str, str, str]]:
    found = []
    for line in TABLE.strip().splitlines()[1:]:
        question, _, answers = line.rpartition("|")
        cells = answers.split()
        assert len(cells) == len(WHO), line
        found += [(question.strip(), who, cell) for who, cell in zip(WHO, cells, strict=True)]
    return found


ROWS = _rows()


def _request(question: str, who: str) -> Request:
    words, _, when = (part.strip() for part in question.partition("|"))
    action, where, *rest = words.split(" ", 2)
    what = rest[0] if rest else ""
    account, _, target = where.partition("@")
    kind, groups = WHO[who]
    return Request(
        who, kind, groups, action, target, account,
        _facts(action, what),
        owner=what if action in SESSION_ACTIONS else "",
        place=place_of("ssh", LABELS[target]), when=WHEN[when],
    )  # fmt: skip


def _facts(action: str, what: str) -> Facts:
    match action:
        case "exec":
            return command_facts(what.encode(), terminal=False)
        case "subsystem":
            return {"command": what.encode()}
        case "forward":
            host, _, port = what.rpartition(":")
            return {"address": address_of(host.strip("[]"), int(port))}
        case "unmask":
            return {"class": what}
        case "approve":
            return {"requester": "nil", "asked": what}
        case _ if action.endswith(("-file", "-files")):
            return {"operation": "open", "path": what.encode()}
        case _:
            return {}


def test_the_table_has_some_hundreds_of_rows_and_every_policy_decides_one() -> None:
    assert len(ROWS) > 600
    deciding = {letter for _, _, cell in ROWS for letter in cell if letter in NAMES}
    assert {NAMES[each] for each in deciding} == {each.id for each in POLICIES.rules}
    assert len(re.findall(r"^// [0-9]+\.", PAGE.read_text(), re.MULTILINE)) == 10


@pytest.mark.parametrize("question", sorted({question for question, _, _ in ROWS}))
def test_everybody_is_answered_as_the_page_says(question: str) -> None:
    for asked, who, cell in ROWS:
        if asked != question:
            continue
        outcome = outcome_of(repeated(POLICIES, _request(question, who)))
        verdict = {"!": "deny", "?": "hold", "-": "deny"}.get(cell[0], "allow")
        rules = {NAMES[letter] for letter in cell if letter in NAMES}
        assert (outcome.verdict, set(outcome.rules)) == (verdict, rules), who


def test_example_5_asks_for_what_it_says() -> None:
    verdict = repeated(POLICIES, _request("exec app@web1 dropdb x", "dba"))
    assert isinstance(verdict, Hold)
    assert verdict.terms == Terms(verdict.terms.approvers, signed=True, expires=900)
    assert [(each.group, each.count) for each in verdict.terms.approvers] == [("dba", 1)]
    assert verdict.reason == "it cannot be undone"


def test_example_9_counts_what_a_name_leads_to() -> None:
    asked = _request("forward app@web1 db.example.org:5432", "sre")
    inside = replace(asked, facts={**asked.facts, "resolved": ["10.9.3.4:5432"]})
    outcome = outcome_of(repeated(POLICIES, inside))
    assert (outcome.verdict, outcome.rules) == ("deny", ("not-to-that-network",))
    outside = replace(asked, facts={**asked.facts, "resolved": ["192.0.2.8:5432"]})
    assert outcome_of(repeated(POLICIES, outside)).verdict == "allow"


def test_example_10_obliges_where_somebody_connects() -> None:
    connect = outcome_of(repeated(POLICIES, _request("connect app@web1", "gst")))
    assert set(connect.obliged) == {
        "notice:this is a guest's session",
        "limit:3600",
        "record:input-withheld",
    }
    shell = outcome_of(repeated(POLICIES, _request("shell app@web1", "gst")))
    assert shell.obliged == ("notice:this is a guest's session",)
