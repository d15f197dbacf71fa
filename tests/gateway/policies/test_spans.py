from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.policies.decision import Policies
from gateway.policies.spans import spans

TEXT = """// first; not a policy
@id("a;b") // an end; in a comment
permit (principal, action, resource) when { "x\\";//" == "x" && 4 / 2 == 2 };

   forbid (principal,
action, resource);
"""


def test_what_ends_no_policy_is_not_taken_for_an_end() -> None:
    first, second = spans(TEXT)
    assert (first.line, second.line) == (2, 5)
    assert first.text.startswith('@id("a;b")')
    assert first.text.endswith("};")
    assert second.text == "forbid (principal,\naction, resource);"


junk = st.lists(
    st.sampled_from(['// a; "b\n', "\n", " ", "\r\n", "\t// ;;\n", '//"\n']), max_size=4
).map("".join)
words = st.text('a;/"\\\n', max_size=6).map(
    lambda each: each.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
)


@given(st.lists(st.tuples(junk, words), max_size=5), junk)
def test_each_policy_is_at_its_line_whatever_is_around_it(
    parts: list[tuple[str, str]], behind: str
) -> None:
    text, lines = "", []
    for number, (before, said) in enumerate(parts):
        text += before
        lines.append(text.count("\n") + 1)
        body = f'when {{ context.method == "{said}" }}'
        text += f'@id("{number}") forbid(principal, action, resource) {body};'
    rules = Policies.of(a=text + behind).rules
    assert [each.line for each in rules if each.file == "a.cedar"] == lines
