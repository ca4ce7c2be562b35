"""Relation of a message to the task before it."""

import pytest

from memp_clients.sessions.tasks.sequel import Before, rare_words, reports_again, sequel_of, shows_error

DEPOSIT = Before("Make the deposit button fund the treasury", "Edit: src/deposit.tsx\nBash: npm run build", done=True)


class TestSequel:
    @pytest.mark.parametrize(
        "message",
        [
            "when i deposit it first says treasury is not initialized and then t.encode is not a function",
            "still at the treasury the simulation failed and then the transaction failed",
            "also the treasury initialization failed",
            "```\nTypeError: fund is not a function\n    at deposit.tsx:12:4\n```",
            "fix the deposit button, it throws an error when the treasury is empty",
            "der Deposit-Knopf wirft einen Fehler, treasury ist leer",
            "кнопка deposit не работает, treasury пуст",
            "点击 deposit 后 treasury 报错",
            "Kitufe cha deposit: ReferenceError: treasury is not defined",
        ],
    )
    def test_a_report_of_the_same_thing_broken_is_one_in_any_language(self, message: str) -> None:
        assert sequel_of(message, DEPOSIT).relation == "broken"

    @pytest.mark.parametrize(
        "message",
        [
            "Add a withdraw button that does not touch the treasury",
            "the mail sender crashes with SMTPServerDisconnected, find out why",
            "Rename the deposit button to Top up, and do not show it when the treasury is empty",
            "Füge einen Knopf zum Abheben hinzu",
            "Explain what a treasury is",
            "Make the deposit button fund the treasury2",
            "Zeige beim Deposit eine Fehlermeldung, wenn die Treasury leer ist",
            "can you check whether deposit also works for an empty treasury?",
            "deposit 出错时给 treasury 页面加一个错误提示，请一并完成",
            "Ajoute une erreur au deposit si la treasury est vide",
        ],
    )
    def test_a_request_of_something_else_is_a_request(self, message: str) -> None:
        assert sequel_of(message, DEPOSIT).relation == "request"

    @pytest.mark.parametrize(
        ("message", "relation"),
        [
            ("I reverted that", "complaint"),
            ("ich habe das zurückgesetzt", "complaint"),
            ("我已经回滚了", "complaint"),
            ("great, now the page doesn't start at all", "complaint"),
            ("so now nobody can pay, thanks for nothing", "complaint"),
            ("That is exactly what I did not want", "complaint"),
            ("never mind", "remark"),
            ("lass gut sein", "remark"),
            ("It now sits below the fold", "remark"),
            ("hmm. now one press counts as four", "remark"),
            ("works now but it is slow on the phone", "request"),
            ("it works, so much better", "praise"),
            ("now it works", "praise"),
            ("can confirm, it is there", "praise"),
            ("danke dir, passt", "praise"),
            ("grazie mille", "praise"),
            ("That is exactly what I wanted", "praise"),
            ("never mind, I found it", "remark"),
            ("that's it for today, never mind the rest", "request"),
            # Requests, though they begin alike.
            ("Nice URLs for the shop", "request"),
            ("This page needs a title", "request"),
            ("we rolled back the database by the way, use the old schema", "request"),
            ("Forget it. Raise the pool to 32 threads", "request"),
            ("There is a typo in the README", "request"),
            ("Close the ticket 512", "request"),
            ("Confirmed bookings must not be editable", "request"),
            ("nevermind the cart, add a footer instead", "request"),
            ("drop it from the list of exports", "request"),
            ("lass mal die Tests laufen", "request"),
            ("skip that file in the export", "request"),
            ("skip it for users without a cart", "request"),
            ("leave it at 10 items per page", "request"),
            ("scratch that, use a dict", "request"),
            ("egal welche Farbe, nimm blau für den Rand", "request"),
            ("Now the footer", "request"),
            ("now the same for the checkout page", "request"),
            ("now all the tests in that folder", "request"),
            ("I do it manually every week; add a cron job for the backup", "request"),
            ("We do it by hand today. Write a script for it", "request"),
            ("I reverted that. Write it with a dict", "request"),
            ("Much better would be a dict", "request"),
            ("sweet potatoes belong into the catalog", "request"),
            ("Kudos page needs a link", "request"),
            ("Neat little helper for dates", "request"),
            ("stop words go into their own file", "request"),
            ("falsche IBANs abweisen", "request"),
            ("撤销按钮放右边", "request"),
            ("いいねボタンを追加して", "request"),
            ("it goes before the header", "request"),
            ("that takes a list, not a dict", "request"),
            ("this is the new logo, it goes to the header", "request"),
            ("the deposit button is green, the withdraw button is red", "request"),
            ("you deleted the table, now update the docs", "request"),
        ],
    )
    def test_what_may_be_said_of_the_work_before_is_told_from_requests(self, message: str, relation: str) -> None:
        assert sequel_of(message, DEPOSIT).relation == relation

    @pytest.mark.parametrize(
        ("message", "closing"),
        [
            ("all three reports are there, grazie mille", "praise"),
            ("from 48 s to 0.1 s?? chapeau", "praise"),
            ('our treasury says "unsupported account"', "broken"),
            ("Bei Frau Demir fehlen 140 Euro", "unclear"),
            ("这下同事们不用天天来问我", "unclear"),
            ("Move it to the left, thanks", ""),
            ("and the withdraw button?", ""),
            ("commit it", ""),
            ("I reverted that. Write it with a dict", "broken"),
        ],
    )
    def test_a_message_after_which_nothing_is_done_says_something_of_the_work(self, message: str, closing: str) -> None:
        assert sequel_of(message, DEPOSIT).closing == closing

    def test_only_what_reads_like_a_request_says_that_the_person_moved_on(self) -> None:
        for message in ("Add a withdraw button", "Füge einen Knopf zum Abheben hinzu", "the footer next", "y el pie?"):
            assert sequel_of(message, DEPOSIT).moves_on, message
        for message in ("je ne vois aucun bouton", "saknar knappen"):
            assert not sequel_of(message, DEPOSIT).moves_on, message

    @pytest.mark.parametrize(
        ("message", "relation"),
        [
            ("still broken", "complaint"),
            ("immer noch kaputt", "complaint"),
            ("还是不行", "complaint"),
            ("まだ動かない", "complaint"),
            ("hâlâ çalışmıyor", "complaint"),
            ("again", "again"),
            ("重试", "again"),
            ("もう一度", "again"),
            ("noch mal bitte", "again"),
            ("попробуй ещё раз", "again"),
            ("다시 해줘", "again"),
            ("Make the deposit button fund the treasury", "again"),
            ("weiter", "consent"),
            ("继续", "consent"),
            ("продолжай", "consent"),
            ("可以了，谢谢", "praise"),
            ("спасибо, отлично", "praise"),
            ("👍", "praise"),
            ("", "nothing"),
        ],
    )
    def test_messages_that_only_go_on_belong_to_the_task(self, message: str, relation: str) -> None:
        assert sequel_of(message, DEPOSIT).relation == relation

    @pytest.mark.parametrize(
        ("message", "praises"),
        [
            ("great! now add a test", True),
            ("commit and push", True),
            ("커밋해줘", True),
            ("great, but the header is gone", False),
            ("exactly what I was afraid of", False),
            ("That is exactly what I did not want", False),
            ("Much better would be a dict", False),
            ("sweet potatoes should be in the catalog", False),
            ("Kudos page needs a link", False),
            ("merge the two address columns", False),
            ("push the totals to the bottom", False),
            ("推送通知也要有", False),
            ("thanks, rename it to net", True),
            ("Add a test", False),
        ],
    )
    def test_praise_before_a_request_counts_unless_it_is_taken_back(self, message: str, praises: bool) -> None:
        assert sequel_of(message, DEPOSIT).praises is praises

    def test_who_reports_something_has_not_moved_on(self) -> None:
        assert sequel_of("Write the changelog", DEPOSIT).moves_on
        assert not sequel_of("the search page is empty", DEPOSIT).moves_on

    def test_a_report_may_be_of_an_older_task(self) -> None:
        message = "the deposit button still does not fund the treasury"
        assert reports_again(message, DEPOSIT)
        assert not reports_again("the search is broken", DEPOSIT)

    def test_a_complaint_at_the_beginning_of_a_session_is_a_request(self) -> None:
        assert sequel_of("It still fails on the payment page after the last deploy", None).relation == "request"
        assert sequel_of("still broken", None).relation == "complaint"

    @pytest.mark.parametrize("part", ["a ", "报错", "Error: ", "```", "    x\n", "still "])
    def test_a_long_message_is_read_once(self, part: str) -> None:
        text = part * (200_000 // len(part))
        assert sequel_of(text, DEPOSIT).relation
        assert isinstance(shows_error(text), bool)

    def test_rare_words_are_alike_in_other_endings(self) -> None:
        assert rare_words("initialized treasury") == rare_words("the treasury initialization")
        assert rare_words("导出按钮") == {"导出", "出按", "按钮"}
