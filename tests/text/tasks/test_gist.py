"""A long task is cut to what it asks."""

from memp.text.tasks.gist import LONG, gist, kind_words


def test_a_short_task_is_left_as_it_is():
    assert gist("Add a column.\n\nThen test.") == "Add a column.\n\nThen test."


def test_of_a_report_the_title_and_what_is_asked_remain():
    form = "\n".join(
        ["### Checklist", "- [x] I searched", "Version: 2.1", "| a | b |", "2024-05-01 10:00:00 ERROR boom"]
    )
    said = "It is odd. Pictures should be kept."
    text = f"Export loses pictures\n{form}\n```\nTraceback\n```\n{said}\nSteps to reproduce: run it.\n"
    cut = gist(text + "\n" + "x = {1: [2]};\n" * LONG)
    assert cut == "Export loses pictures It is odd. Pictures should be kept."


def test_a_long_text_without_a_sentence_keeps_its_beginning():
    text = "$ make\n" * LONG
    assert text.startswith(gist(text)) and gist(text)


def test_values_are_no_words_of_the_kind_of_task():
    assert kind_words("restart web-12 in Berlin, see /etc/app.conf") == kind_words("restart db_3 in Oslo, see src/x.py")
