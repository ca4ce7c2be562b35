"""Masks: edits that skip tests, or silence a checker."""

import pytest

from memp_clients.sessions.tasks.actions import action_of


def masks(old: str, new: str, path: str = "tests/test_a.py") -> str:
    action = action_of("Edit", {"file_path": path, "old_string": old, "new_string": new})
    assert action is not None and action.edits
    return action.masks


@pytest.mark.parametrize(
    "mark",
    [
        "@pytest.mark.skip(reason='x')",
        "@pytest.mark.xfail",
        "    pytest.skip('later')",
        "@unittest.skip('x')",
        "it.skip('adds', () => {",
        "xdescribe('cart', () => {",
        "test.only('adds', () => {",
        "@Disabled",
        "@Ignore",
        "\tt.Skip()",
        "#[ignore]",
        "@tag :skip",
        "  pending 'later'",
        "    assert True",
        "  expect(true).toBe(true)",
        "addopts = --ignore=tests/test_a.py",
        "TEST(Cart, DISABLED_Adds) {",
        "$this->markTestSkipped('x');",
    ],
)
def test_a_mark_that_is_put_in_skips_and_one_that_is_taken_out_unmasks(mark: str) -> None:
    assert masks("x = 1", mark) == "skips"
    assert masks(mark, "x = 1") == "unmasks"
    assert masks(mark, mark) == ""


@pytest.mark.parametrize(
    "line",
    [
        "model.fit(features, labels)",
        'if order.status == "pending":',
        "status: pending",
        'reader.skip("head")',
        "RUN pip install --ignore-installed x",
    ],
)
def test_code_that_only_looks_like_a_mark_skips_nothing(line: str) -> None:
    assert masks("x = 1", line, "src/a.py") == ""


@pytest.mark.parametrize("mark", ["fit('adds', () => {", 'fdescribe("cart", () => {', "pending", 'skip("later")'])
def test_marks_that_are_words_of_code_as_well(mark: str) -> None:
    assert masks("x = 1", f"  {mark}") == "skips"


def test_a_test_that_is_taken_out_of_its_file_is_skipped() -> None:
    test = "def test_a():\n    assert f() == 1\n\n"
    assert masks(f"{test}{test}", test) == "skips"
    assert masks(test, test.replace("== 1", "== 2")) == ""
    assert masks("def test_connection(self):", "def connect(self):", "src/db.py") == ""


@pytest.mark.parametrize(
    "mark", ["x = f()  # type: ignore", "y = 1  # noqa: E501", "/* eslint-disable */", "// @ts-ignore", "//nolint"]
)
def test_a_mark_for_a_checker_silences_it(mark: str) -> None:
    assert masks("x = 1", mark, "src/a.py") == "silences"


@pytest.mark.parametrize(
    ("patch", "effect"),
    [
        ("*** Begin Patch\n*** Delete File: tests/test_a.py\n*** End Patch", "skips"),
        ("*** Begin Patch\n*** Update File: tests/test_a.py\n@@\n+@pytest.mark.skip\n def test_a():\n*** End Patch", "skips"),
        ("*** Begin Patch\n*** Update File: tests/test_a.py\n@@\n-@pytest.mark.skip\n def test_a():\n*** End Patch", "unmasks"),
        ("*** Begin Patch\n*** Update File: src/a.py\n@@\n-a\n+b\n*** End Patch", ""),
        ("*** Begin Patch\n*** Delete File: src/latest.py\n*** End Patch", ""),
    ],
)  # fmt: skip
def test_patches(patch: str, effect: str) -> None:
    action = action_of("apply_patch", patch)
    assert action is not None
    assert action.masks == effect


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("sed -i 's/def test_a/@pytest.mark.skip\\ndef test_a/' tests/test_a.py", "skips"),
        ("sed -i '/def test_a/,/^$/d' tests/test_a.py", "skips"),
        ("sed -i '/debug/d' src/a.py", ""),
        ("sed -i 's/a/b/' tests/test_a.py", ""),
        ("grep -rl a --exclude-dir=.git --exclude=x . | xargs sed -i 's/a/b/'", ""),
        ("sed -i 's/pytest/pytest --exclude x/' Makefile", "skips"),
        ("cat > tests/test_a.py <<'E'\nimport pytest\npytest.skip('x', allow_module_level=True)\nE", "skips"),
    ],
)
def test_shell_lines(command: str, effect: str) -> None:
    action = action_of("Bash", {"command": command})
    assert action is not None and action.edits
    assert action.masks == effect


def test_several_edits_of_one_call() -> None:
    edits = [
        {"old_string": "a", "new_string": "b"},
        {"old_string": "def test_a", "new_string": "@pytest.mark.skip\ndef test_a"},
    ]
    action = action_of("MultiEdit", {"file_path": "tests/test_a.py", "edits": edits})
    assert action is not None and action.masks == "skips"


@pytest.mark.parametrize("part", ["\n", " \t", "pending\n", "def test_", "「"])
def test_no_text_is_read_more_than_a_few_times(part: str) -> None:
    assert masks("x = 1", part * (200_000 // len(part)), "src/a.py") in ("", "skips")
