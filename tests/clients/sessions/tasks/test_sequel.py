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


TIDES = Before(
    "Draw the tide table of the harbour for the printed almanac",
    "Edit: almanac/tides.py\nBash: make check\nThe table is drawn now.",
    done=True,
)
OFFERED = Before(TIDES.request, TIDES.worked_on, done=True, asks=True, offers=True)


class TestReports:
    @pytest.mark.parametrize(
        "message",
        [
            # An alarm before how it is.
            "oh wait, it prints the heights in feet",
            "uh oh, that deleted last year's almanac",
            "oh no, the print shop says the tides are upside down",
            "wait, now the footer is gone",
            "Moment, es druckt alles doppelt",
            "attends, ça écrase la marge",
            "espera, ahora borra los márgenes",
            "aspetta, adesso è vuota",
            "подожди, оно стирает поля",
            "ой, таблица приливов теперь пустая",
            "等一下，它把页边距删了",
            "糟糕，潮汐表是空的",
            "잠깐, 이게 여백을 지워",
            # Who tried it.
            "I tried it: opening the almanac gives a 503",
            "just tested, the July page is blank",
            "Getting a 500 from the print preview",
            "ich habe es ausprobiert: die Seite ist leer",
            "j'ai testé, la page de juillet est vide",
            "lo he probado y la tabla está vacía",
            "я попробовал, страница пустая",
            "试了一下，潮汐表是空的",
            # A pronoun, the change itself, a file, or the task's words.
            "it failed again on the press machine",
            "they return 404 since yesterday",
            "since this change the almanac times out",
            "tides.py timed out on the build server",
            "the harbour's tide table shows nothing for leap years",
            "drawing the tide table of the harbour returns a 403",
        ],
    )
    def test_who_comes_back_to_the_work_as_it_is_wrong_reports_it(self, message: str) -> None:
        assert sequel_of(message, TIDES).relation == "broken"

    @pytest.mark.parametrize(
        "message",
        [
            "wait, add the moon phases too",
            "oh wait, can you also draw the sun?",
            "hold on, first rename the file",
            "it should print the heights in metres",
            "it also needs a legend",
            "oops, I meant the winter almanac too",
            "oh no rush, but draw the moon as well",
            "Ouch, forgot the cover. Draw it",
            "I tried the other harbour too, add it",
            "the empty rows of the tide table should be hatched",
            "Return 404 for unknown harbours",
            "Why does it return 404 for Kiel?",
            "Retry with a timeout of 500 ms",
            "wait until the job is done and then mail me",
            "undo button: ask before it clears the form",
            "Revert the last release of the website",
            "discard drafts older than a year",
            "fix the margins",
            "apply it to the winter almanac",
        ],
    )
    def test_what_is_to_be_is_a_request(self, message: str) -> None:
        assert sequel_of(message, TIDES).relation == "request"

    def test_an_older_task_is_reported_by_what_is_wrong_with_it(self) -> None:
        assert reports_again("the tide table of the harbour gives an empty page", TIDES)
        assert not reports_again("oh wait, it gives an empty page", TIDES)


class TestGoingOn:
    @pytest.mark.parametrize(
        "message",
        [
            "no",
            "nah, that's all",
            "no, I'm good, thanks!",
            "nein danke, das war alles",
            "non merci, c'est tout",
            "no, gracias, eso es todo",
            "não, só isso",
            "nee, dat was het",
            "nie, to wszystko",
            "нет, это всё, спасибо",
            "不用了，谢谢",
            "いいえ、大丈夫です",
            "아니요, 괜찮아요",
        ],
    )
    def test_no_to_an_offer_says_nothing_of_the_work(self, message: str) -> None:
        assert sequel_of(message, OFFERED).relation in ("consent", "praise")

    def test_no_to_another_question_or_with_what_is_wrong_is_a_complaint(self) -> None:
        assert sequel_of("no", TIDES).relation == "complaint"
        assert sequel_of("no, the moon phases are wrong", OFFERED).relation in ("complaint", "broken")

    @pytest.mark.parametrize(
        "message",
        [
            "fix it please",
            "ok fix them all",
            "great, now apply it",
            "bitte behebe das",
            "corrige-le",
            "исправь это",
            "修一下",
            "直してください",
            "ok, the server is back up. rerun",
            "I renewed the licence. try again",
            "我已经装好了，再试一次",
        ],
    )
    def test_an_order_without_an_object_of_its_own_goes_on(self, message: str) -> None:
        assert sequel_of(message, TIDES).relation == "consent"

    @pytest.mark.parametrize(
        "message", ["Discard everything", "mach alles rückgängig", "deshaz todo", "откати всё", "全部撤销"]
    )
    def test_an_order_to_throw_all_away_is_a_complaint_and_after_praise_says_nothing(self, message: str) -> None:
        assert sequel_of(message, TIDES).relation == "complaint"
        assert sequel_of(f"Nice. {message}", TIDES).relation == "remark"
        replaced = sequel_of(f"{message}, the agency draws it instead", TIDES)
        assert (replaced.relation, replaced.undoes) == ("request", True)
