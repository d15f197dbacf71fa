"""Passages: how each was shown, in the words that a query can ask for."""

from recorder.screen import Hidden
from recorder.text import MARKS as STORED
from replay.passage import EDITED, HIDING, MARKS, NEVER_SHOWN, Kind, marks_of
from tests.replay.queries import passage


def test_marks_of_passages() -> None:
    assert marks_of(passage("x", flash=True, alternate=True)) == ("flash", "alt")
    assert marks_of(passage("x", mark="concealed")) == ("hidden", "concealed")
    assert marks_of(passage("x", mark="passed")) == ("passed",)
    assert marks_of(passage("x", Kind.TITLE, mark="title")) == ("title",)
    assert marks_of(passage("x", Kind.TYPED, mark=NEVER_SHOWN)) == ("typed",)
    assert marks_of(passage("x", Kind.TYPED, mark=EDITED)) == ("typed", "edited")
    assert set(STORED) - {""} <= set(MARKS)
    assert {str(each) for each in Hidden} == {*HIDING, "title"}
