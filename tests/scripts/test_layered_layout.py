"""Arrows of a layered drawing go round boxes, whatever the graph."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from layered_layout import Box, Drawing, Point, Task, draw


@st.composite
def tasks(draw_from: st.DrawFn) -> Task:
    rows = [[f"{i}.{j}" for j in range(draw_from(st.integers(1, 3)))] for i in range(draw_from(st.integers(2, 5)))]
    pairs = [(a, b) for i, row in enumerate(rows) for a in row for below in rows[i + 1 :] for b in below]
    edges = draw_from(st.lists(st.sampled_from(pairs), max_size=8, unique=True))
    return Task(rows, edges, 600, lambda node, width: 40, lambda node: 60, lambda node: 1)


def crosses(a: Point, b: Point, box: Box) -> bool:
    beside = max(a[0], b[0]) <= box.x or box.right <= min(a[0], b[0])
    above = max(a[1], b[1]) <= box.y or box.bottom <= min(a[1], b[1])
    return not beside and not above


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_no_line_crosses_a_box_and_each_goes_from_its_box_to_the_other(task: Task):
    drawing = draw(task)
    for (source, target), line in drawing.lines.items():
        assert not any(crosses(a, b, box) for a, b in pairwise(line) for box in drawing.boxes.values())
        assert at_edge(line[0], drawing.boxes[source], bottom=True)
        assert at_edge(line[-1], drawing.boxes[target], bottom=False)
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line))


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_boxes_do_not_overlap_and_lie_within_the_width(task: Task):
    drawing = draw(task)
    boxes = list(drawing.boxes.values())
    assert all(box.x >= 0 and box.right <= task.width for box in boxes)
    assert not any(crosses((a.x, a.y), (a.right, a.bottom), b) for a in boxes for b in boxes if a is not b)
    assert draw(task) == drawing


def test_a_line_over_a_row_goes_down_a_lane_that_the_row_leaves_free():
    drawing: Drawing = draw(
        Task(
            [["a"], ["b"], ["c"]], [("a", "b"), ("b", "c"), ("a", "c")], 600, lambda n, w: 40, lambda n: 60, lambda n: 1
        )
    )
    (x, _), (same, _) = drawing.lines["a", "c"]
    assert x == same
    assert not drawing.boxes["b"].x <= x <= drawing.boxes["b"].right


def at_edge(point: Point, box: Box, *, bottom: bool) -> bool:
    return box.x <= point[0] <= box.right and point[1] == (box.bottom if bottom else box.y)
