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

    @pytest.mark.parametrize(
        ("request_text", "goal"),
        [
            ("Thanks! Next: add a dark mode", "add a dark mode"),
            ("Thanks! Next.js build fails on CI", "Next.js build fails on CI"),
            ("Great! Next button should be disabled", "Next button should be disabled"),
            ("Great. E-mail validation is missing", "E-mail validation is missing"),
            ("great, now also report the version in it", "report the version in it"),
            ("Thanks, that works perfectly now. Please rename the file", "Please rename the file"),
            ("Thanks for the quick fix! Now the footer is to be green", "the footer is to be green"),
            ("Cool, thanks - now add a test", "add a test"),
            ("👍 add a footer", "add a footer"),
            ("Well done!\n\nNow write the docs\nfor the cart", "write the docs\nfor the cart"),
            ("Danke, läuft! Jetzt die Liste nach Ort sortieren", "die Liste nach Ort sortieren"),
            ("Merci beaucoup. Maintenant ajoute le pays", "ajoute le pays"),
            ("perfecto, ahora cambia el logo", "cambia el logo"),
            ("grazie mille, ora aggiungi il paese", "aggiungi il paese"),
            ("Obrigado! Agora muda a cor", "muda a cor"),
            ("Dank je wel! Nu de volgende pagina vertalen", "de volgende pagina vertalen"),
            ("dzięki, teraz dodaj sortowanie", "dodaj sortowanie"),
            ("спасибо, теперь добавь поле", "добавь поле"),
            ("teşekkürler, şimdi sıralamayı düzelt", "sıralamayı düzelt"),
            ("谢谢！接下来加一个深色模式", "加一个深色模式"),
            ("ありがとうございます。次に検索を直して", "検索を直して"),
            ("고마워! 다음은 검색을 고쳐줘", "검색을 고쳐줘"),
        ],
    )
    def test_praise_of_what_was_before_is_no_part_of_the_goal(self, request_text: str, goal: str) -> None:
        assert headed(request_text) == goal

    @pytest.mark.parametrize(
        "request_text",
        ["Great Expectations: add a suite", "thank you page: make it blue", "Perfect numbers up to 100, list them",
         "Thanks for the review comments; apply them", "Nice URLs for the shop, please", "Thanks", "👍", "- [ ] add a footer"],
    )  # fmt: skip
    def test_what_only_begins_like_praise_stays(self, request_text: str) -> None:
        assert headed(request_text) == request_text

    @pytest.mark.parametrize(
        "part", ["thanks, ", "thanks for a ", "👍 ", "now ", "# ", "- [ ] ", "```", "<!--", "a: ", "hi ", "1. "]
    )
    def test_a_long_form_is_read_once(self, part: str) -> None:
        assert headed(part * (100_000 // len(part)))
