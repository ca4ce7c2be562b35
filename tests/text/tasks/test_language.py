"""The language of a text by its script and function words."""

import pytest

from memp.text.tasks.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("restart the invoice worker on host web-12", "en"),
        ("git push --force-with-lease", "en"),
        ("Den Kunden die Rechnung schicken", "de"),
        ("Bloquear los ataques de fuerza bruta", "es"),
        ("Écrire un poème sur le printemps", "fr"),
        ("写一首关于春天的诗", "zh"),
        ("春についての詩を書く", "ja"),
        ("Написать стихотворение о весне", "ru"),
        ("Fix 'Glyph missing' boxes in figures with labels such as 温度", "en"),
        ("", "en"),
    ],
)
def test_a_language_is_named_where_the_text_shows_it(text: str, language: str):
    assert language_of(text) == language
