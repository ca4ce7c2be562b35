"""Kinds of a person's messages in a session: a request, consent, praise, a complaint, or what a host put in."""

import pytest

from memp_clients.sessions.tasks.user import kind_of, own_words


class TestUser:
    @pytest.mark.parametrize(
        ("message", "kind"),
        [
            ("Fix the login bug", "request"),
            ("yes", "consent"),
            ("Yes, please continue.", "consent"),
            ("ok go ahead", "consent"),
            ("2", "consent"),
            ("Thanks, that works!", "praise"),
            ("Great! Now add a test", "request"),
            ("no, that's wrong", "complaint"),
            ("It still fails with the same error", "complaint"),
            ("Continue the migration to Postgres and drop MySQL", "request"),
            ("Behebe den Fehler", "request"),
            ("", "nothing"),
            ("Normalise the names", "request"),
            ("Nope.", "complaint"),
        ],
    )
    def test_kinds(self, message: str, kind: str) -> None:
        assert kind_of(own_words(message)) == kind

    @pytest.mark.parametrize(
        "message",
        [
            "<system-reminder>do it</system-reminder>",
            "<local-command-stdout>ok</local-command-stdout>",
            "[Request interrupted by user]",
            "This session is being continued from a previous conversation that ran out.",
            "<environment_context>\n<cwd>/a</cwd>\n</environment_context>",
            "# AGENTS.md instructions for /a\n\nfoo",
        ],
    )
    def test_what_hosts_put_in_is_nothing(self, message: str) -> None:
        assert own_words(message) == ""
        assert own_words(f"Fix it {message}" if message.startswith("<") else "Fix it") == "Fix it"
