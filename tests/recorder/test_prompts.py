"""Commands read off a screen, as it shows them."""

from __future__ import annotations

import json

import pytest

from recorder.cues import Cue
from recorder.prompts import MOST_NESTED, MOST_PROMPTS, PromptWatch
from recorder.screen import Screen

ENTER = "\r"


class Terminal:
    """A screen, a watch on it, and a person who types; every step is a record of its own."""

    def __init__(self, cols: int = 40, rows: int = 8, *, known: bool = True) -> None:
        self.screen = Screen(cols, rows)
        self.watch = PromptWatch(1)
        self.known = known
        self.cues: list[Cue] = []
        self.record = 0

    def shows(self, text: str) -> Terminal:
        self.record += 1
        self.screen.feed(text.encode())
        self._keep(self.watch.close(self.screen, self.record, self.record * 1000))
        return self

    def types(self, text: str, echo: str | None = None) -> Terminal:
        for char in text:
            self.key(char)
            self.shows(char if echo is None else echo)
        return self

    def key(self, char: str) -> Terminal:
        self.record += 1
        enter = char == ENTER if self.known else None
        self._keep(self.watch.key(self.screen, self.record, self.record * 1000, enter))
        return self

    def runs(self, command: str, output: str, prompt: str) -> Terminal:
        return self.types(command).key(ENTER).shows("\r\n" + output + prompt)

    def _keep(self, cues: list[Cue]) -> None:
        self.cues += cues
        screen, watch = self.screen, self.watch
        self.screen = Screen.restore(screen.keyframe())
        state = json.loads(json.dumps(watch.state(screen)))
        self.watch = PromptWatch.restore(1, state, self.screen)

    @property
    def commands(self) -> list[tuple[str, int]]:
        return [(cue.text, cue.confidence) for cue in self.cues if cue.kind == "command"]


PROMPTS = [
    ("$ ", "> ", 90),
    ("# ", "> ", 90),
    ("bash-5.2$ ", "> ", 90),
    ("alice@web1:~/src$ ", "> ", 90),
    ("[root@web1 ~]# ", "> ", 90),
    ("web1% ", "quote> ", 80),
    ("➜  app git:(main) ✗ ", "> ", 80),
    ("└─$ ", "> ", 90),
    ("❯ ", "∙ ", 80),
    (">>> ", "... ", 95),
    ("In [3]: ", "   ...: ", 95),
    ("shop=> ", "shop-> ", 95),
    ("shop=# ", "shop(# ", 95),
    ("shop=*> ", "shop'> ", 95),
    ("mysql> ", "    -> ", 95),
    ("MariaDB [shop]> ", "    '> ", 95),
    ("sqlite> ", "   ...> ", 95),
    ("(gdb) ", " >", 90),
    ("127.0.0.1:6379> ", "... ", 70),
]


@pytest.mark.parametrize(("prompt", "more", "confidence"), PROMPTS)
def test_the_prompts_that_are_known(prompt: str, more: str, confidence: int) -> None:
    one = Terminal().shows(prompt).runs("first", "out\r\n", prompt)
    assert one.cues == [
        Cue("command", 12, 12_000, 1, "first", confidence, 2),
        Cue("prompt", 13, 13_000, 1, prompt, 90, 12),
    ]
    two = Terminal().shows(prompt).runs("for", "", more).runs("done", "", prompt)
    assert two.commands == [("for\ndone", confidence)]


def test_it_is_what_the_screen_shows_not_what_was_typed() -> None:
    one = Terminal().shows("$ ").types("sl\x7f\x7f", "").shows("ls /etc")  # as completion would
    assert one.key(ENTER).shows("\r\nout\r\n$ ").commands == [("ls /etc", 90)]


def test_a_password_is_no_command_and_an_answer_is_none() -> None:
    one = Terminal().shows("$ ").runs("sudo id", "", "Password: ")
    one.types("hunter2", "").key(ENTER).shows("\r\n")
    one.shows("Continue? [Y/n] ").runs("y", "done\r\n", "$ ")
    assert one.commands == [("sudo id", 90)]
    assert [cue.kind for cue in one.cues] == ["command", "prompt"]
    for _ in range(3):
        one.runs("", "", "Again? ")
    assert one.commands == [("sudo id", 90)]


def test_a_prompt_of_unknown_kind_is_known_by_coming_back() -> None:
    one = Terminal().shows("shop here ").runs("one", "", "shop here ").runs("two", "", "shop here ")
    assert one.commands == [("two", 50)]


def test_without_the_keys_it_is_less_sure() -> None:
    one = Terminal(known=False).shows("$ ").runs("ls", "", "$ ")
    assert one.commands == [("ls", 70)]
    two = Terminal(known=False).shows("$ ").types("ls").key(ENTER)
    two.watch.disclose(True)
    assert two.shows("\r\n$ ").commands == [("ls", 90)]


def test_what_was_abandoned_did_not_run() -> None:
    one = Terminal().shows("$ ").types("rm -r").key("\x03").shows("^C\r\n$ ")
    assert one.commands == []
    assert one.runs("ls", "", "$ ").commands == [("ls", 90)]


def test_a_program_within_has_commands_of_its_own() -> None:
    one = (
        Terminal()
        .shows("$ ")
        .runs("sqlite3", "", "sqlite> ")
        .runs("select 1;", "1\r\n", "sqlite> ")
    )
    one.runs(".quit", "", "$ ")
    assert [cue.text for cue in one.cues if cue.kind == "command"] == [
        "sqlite3",
        "select 1;",
        ".quit",
    ]
    ends = {cue.since: cue.event for cue in one.cues if cue.kind == "prompt"}
    begun = [cue.event for cue in one.cues if cue.kind == "command"]
    assert ends[begun[0]] == ends[begun[2]] == one.record
    assert ends[begun[1]] < ends[begun[0]]


def test_a_full_screen_program_is_one_command() -> None:
    one = Terminal().shows("$ ").types("vim").key(ENTER).shows("\r\n\x1b[?1049h\x1b[Htext")
    one.types(":q").key(ENTER).shows("\x1b[?1049l$ ")
    assert one.commands == [("vim", 90)]
    assert one.cues[-1].kind == "prompt"


def test_a_wrapped_command_is_whole_and_one_that_scrolls_too() -> None:
    long = "echo " + "x" * 50
    one = Terminal(cols=20, rows=4).shows("\r\n" * 5 + "$ ").runs(long, "", "$ ")
    assert one.commands == [(long, 90)]
    assert one.runs("seq 9", "1\r\n" * 9, "$ ").commands[-1] == ("seq 9", 90)


def test_the_screen_may_be_cleared_while_typing() -> None:
    one = Terminal().shows("one\r\n$ ").types("ls").key("\x0c").shows("\x1b[H\x1b[2J$ ls")
    assert one.types(" -l").key(ENTER).shows("\r\n$ ").commands == [("ls -l", 90)]


def test_another_folder_has_the_same_prompt() -> None:
    one = Terminal().shows("al@web:~$ ").runs("cd /tmp", "", "al@web:/tmp$ ")
    assert [cue.kind for cue in one.cues] == ["command", "prompt"]
    assert Terminal().shows("$ ").runs("sudo -s", "", "# ").cues[-1].kind == "command"


def test_what_the_shell_shows_beside_it_is_not_part_of_it() -> None:
    grey = "\x1b[90m status\x1b[m\x1b[7D"
    one = Terminal().shows("$ ").types("git").shows(grey).key(ENTER).shows("\x1b[K\r\n$ ")
    assert one.commands == [("git", 90)]
    right = "\x1b7\x1b[30G12:00:00\x1b8"
    two = Terminal().shows("❯ " + right).types("ls").key(ENTER).shows("\r\n❯ ")
    assert two.commands == [("ls", 80)]


def test_lines_of_one_paste_are_found_as_far_as_they_stand() -> None:
    one = Terminal().shows("$ ").key(ENTER).shows("ls\r\nout\r\n$ pwd\r\n/\r\n$ ")
    assert one.commands == [("ls", 90), ("pwd", 60)]


def test_typed_ahead_is_found_behind_the_prompt() -> None:
    one = Terminal().shows("$ ").runs("sleep 1", "", "ec").types("h")
    one.shows("\r\n$ ech").runs("o hi", "hi\r\n", "$ ")
    assert one.commands[-1] == ("echo hi", 90)


def test_it_is_bounded() -> None:
    one = Terminal()
    for n in range(60):
        one.shows(f"\r\nu{n}@h$ ").types("x").key(ENTER).shows("\r\n")
    state = one.watch.state(one.screen)
    assert len(state[2]) <= MOST_NESTED
    assert len(state[3]) <= MOST_PROMPTS
