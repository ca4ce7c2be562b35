"""The paragraph for agents: placed between markers, taken out again, the rest of the file untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp_clients.hosts.configs import FaultError
from memp_clients.hosts.instructions import END, PARAGRAPH, START, is_placed, placed, removed

TEXTS = st.lists(st.sampled_from(["# Mine", "", " ", "ä", "- do this", "<!-- other -->", "```"]), max_size=6)


@given(lines=TEXTS, end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_it_goes_in_once_and_comes_out_without_a_trace(lines: list[str], end: str, last: bool) -> None:
    source = (end.join(lines) + (end if last else "")).encode()
    with_it = placed(source)
    assert is_placed(with_it) and with_it.startswith(source)
    assert placed(with_it) == with_it
    without = removed(with_it)
    assert (without or b"").rstrip() == source.rstrip()
    if source.endswith(end.encode()) and source.strip():
        assert without == source


def test_a_person_may_write_around_it() -> None:
    before, after = b"# Mine\n\nOne.\n", b"\n## More\n\nTwo.\n"
    with_it = placed(before) + after
    assert removed(with_it) == before + after
    assert placed(with_it) == with_it


def test_an_older_paragraph_is_replaced_where_it_stands() -> None:
    old = b"# Mine\n\n" + START + b"\nold words\n" + END + b"\n\nafter\n"
    new = placed(old)
    assert b"old words" not in new and PARAGRAPH.encode() in new
    assert new.startswith(b"# Mine\n\n" + START) and new.endswith(END + b"\n\nafter\n")


def test_a_file_of_its_own_has_a_head_and_goes_wholly() -> None:
    head = "---\nalwaysApply: true\n---\n"
    with_it = placed(None, head)
    assert with_it.startswith(head.encode() + b"\n" + START)
    assert removed(with_it, head) is None
    assert removed(with_it + b"mine\n", head) == head.encode() + b"\nmine\n"


@pytest.mark.parametrize(
    "source",
    [START + b"\nno end\n", END + b"\n", START + START + END, START + END + START + END, "x".encode("utf-16-le")],
)
def test_what_is_not_one_pair_of_markers_is_left_alone(source: bytes) -> None:
    for change in (placed, removed):
        with pytest.raises(FaultError):
            change(source)


def test_it_names_the_tools_that_the_server_has() -> None:
    from memp_server import app

    for tool in ("recall_procedure", "record_trajectory", "reflect_on_failure"):
        assert f"`{tool}`" in PARAGRAPH and tool in app.INSTRUCTIONS
