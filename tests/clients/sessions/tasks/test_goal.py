"""The goal of a request."""

import pytest

from memp_clients.sessions.tasks.goal import headed


class TestGoal:
    @pytest.mark.parametrize(
        ("request_text", "goal"),
        [
            ("Consider the following PR description:\n<pr>\nDurations lose their fractions.\nPlease keep them.\n</pr>",
             "Please keep them."),
            ("# Bug report\n\n**Version:** 2.4\n\nThe first column is lost.\n\nPlease strip the mark.", "Please strip the mark."),
            ("Hi Claude,\n\nthe job logs to the wrong folder. Could you move it to /var/log?", "Could you move it to /var/log?"),
            ("Repo: shop\nBranch: main\nTask: let the cart remember its coupons", "let the cart remember its coupons"),
            ("Title: A dark mode\n\nSo that my eyes hurt less.", "A dark mode"),
            ("## Kontext\nZwei Lager.\n\n## Aufgabe\nDie Liste soll beide Lager zeigen.", "Die Liste soll beide Lager zeigen."),
            ("请按下面的要求修改：\n1. 把按钮改成红色\n2. 增加测试", "把按钮改成红色"),
            ("@src/app.ts\nrename App to Shell", "rename App to Shell"),
            ("You are a senior engineer.\n\nRefactor the cart into hooks.", "Refactor the cart into hooks."),
            ("Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'x'\n\nfix the import of old carts",
             "fix the import of old carts"),
        ],
    )  # fmt: skip
    def test_the_sentence_that_asks_comes_first(self, request_text: str, goal: str) -> None:
        assert headed(request_text) == f"{goal}\n\n{request_text}"

    @pytest.mark.parametrize(
        "request_text",
        ["Fix it", "Add a dark mode", "The price test fails since Friday, find out why and fix it", "修复登录", "::", "\n\n",
         "Die Liste lädt nicht; finde den Grund\n\nDanke!"],
    )  # fmt: skip
    def test_a_request_that_begins_with_its_goal_stays_as_it_is(self, request_text: str) -> None:
        assert headed(request_text) == request_text

    @pytest.mark.parametrize("part", ["# ", "- [ ] ", "```", "<!--", "a: ", "hi ", "1. "])
    def test_a_long_form_is_read_once(self, part: str) -> None:
        assert headed(part * (100_000 // len(part)))
