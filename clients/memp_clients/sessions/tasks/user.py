"""Classify a message under the user's name by its words: a request that starts work, consent, praise, a complaint, a wish to
have it tried again, or nothing of the user's own. Hosts put much under that name that no person wrote.

Short messages that go on with a task are known in some twenty languages (memp_clients.sessions.tasks.phrases); in others
only `memp_clients.sessions.tasks.sequel` can tell that a message speaks of the same thing.
"""

import re
from typing import Literal

from memp.text.patterns import Pattern
from memp_clients import HOOK_TAG
from memp_clients.sessions.tasks import endings, phrases, reports

Kind = Literal["nothing", "request", "consent", "again", "praise", "complaint"]

MAX_CONSENT = 60
"""Characters of a consent, or of a wish to have it tried again."""

MAX_COMPLAINT = 300
"""Characters of a complaint; a longer message that begins like one is a request of its own."""

MAX_PRAISE = 60
"""Characters of a message that is praise and nothing else: some eight words."""

MAX_READ = 2_000
"""Characters of a message that are read."""


def own_words(message: str) -> str:
    """The message without what hosts put in: reminders, opened files, outputs of local commands."""
    message = _without_injected(message).strip()
    return "" if message.startswith(_NOT_THE_USERS) else message


def plain_words(message: str) -> str:
    """The beginning of a message on one line, with plain apostrophes."""
    return " ".join(message[:MAX_READ].replace("’", "'").split())


def kind_of(message: str) -> Kind:
    """Classify a message, of which only `own_words` are left."""
    if not message:
        return "nothing"
    plain = plain_words(message)
    if len(plain) <= MAX_CONSENT:
        if phrases.AGAIN.fullmatch(plain):
            return "again"
        if phrases.CONSENT.fullmatch(plain):
            return "consent"
    if len(plain) <= MAX_COMPLAINT and phrases.COMPLAINT.match(plain):
        return "complaint"
    if defers(plain):
        return "consent"
    if is_praise(plain) and len(plain) <= MAX_PRAISE and says_only(plain):
        return "praise"
    return "request"


def is_praise(message: str) -> bool:
    """Whether it begins with praise, and takes nothing of it back; a request may follow."""
    plain = plain_words(message)
    praise = phrases.PRAISE.match(plain)
    if endings.LATER.search(plain):
        return False
    return praise is not None and not phrases.BUT.search(plain[:MAX_COMPLAINT]) and not is_mixed(plain)


def defers(plain: str) -> bool:
    """Whether a short message says only that somebody will look at the result later: that is for it no more than against it."""
    if len(plain) > 2 * MAX_PRAISE or not endings.LATER.search(plain) or fails(plain):
        return False
    return all(
        endings.LATER.search(clause) or any(_says(known, clause) for known in _SAYINGS) for clause in clauses(plain)
    )


def is_mixed(plain: str) -> bool:
    """Whether praise is followed by how something is now, or fails: it may be meant the other way round."""
    praise = phrases.PRAISE.match(plain)
    if praise is None:
        return False
    rest = plain[praise.end() :].lstrip(" ,.!…")
    now = endings.NOW.match(rest) or _NOW.match(rest)
    return fails(rest) or (now is not None and not any(map(phrases.PRAISE.match, clauses(rest))))


def says_only(plain: str) -> bool:
    """Whether each clause of a message is praise, a dismissal, or says how something is: then it asks for nothing. A clause
    that nobody knows may ask for anything."""
    if phrases.WANTED.search(plain) or phrases.ASKS.search(plain) or re.search("[?？؟]", plain.replace("??", "")):
        return False
    return all(any(_says(known, clause) for known in _SAYINGS) for clause in clauses(plain))


def _says(known: Pattern, clause: str) -> bool:
    match = known.match(clause)
    # A statement begins with its subject and verb, and may go on; the others fill their clause.
    return match is not None and (known is endings.STATEMENT or not re.search(r"\w", clause[match.end() :]))


def clauses(plain: str) -> list[str]:
    """The clauses of a message."""
    return [clause for part in _CLAUSE.split(plain) if (clause := part.strip(" -–…)(")) and re.search(r"\w", clause)]


def fails(plain: str) -> bool:
    """Whether a message says that something fails."""
    plain = endings.NOT_FAILING.sub(" ", plain)
    return phrases.FAILS.search(plain) is not None or reports.WRONG.search(plain) is not None


def undo_within(plain: str) -> tuple[bool, str] | None:
    """Of a message that orders all work thrown away: whether praise stands before that, and the rest behind it."""
    parts = clauses(plain)
    praised = [part for part in parts[:2] if _says(phrases.PRAISE, part)]
    rest = parts[len(praised) :]
    if not rest or not _says(endings.UNDO, rest[0]):
        return None
    return bool(praised), " , ".join(rest[1:])


def only_goes_on(plain: str) -> bool:
    """Whether a message only tells the agent to go on with what was said, or to try again after what the person did."""
    if endings.ON_IT.fullmatch(plain):
        return True
    parts = clauses(plain.replace(". ", " . ")) if len(plain) <= MAX_PRAISE else []
    again = [part for part in parts if phrases.AGAIN.fullmatch(part) or endings.ON_IT.fullmatch(part)]
    return bool(again) and all(
        part in again or phrases.CONSENT.fullmatch(part) or _DID.match(part) or _says(endings.FILLER, part)
        for part in parts
    )


def praises_within(message: str) -> bool:
    """Whether a clause of a short message is praise, and nothing in it is taken back or asked."""
    plain = plain_words(message)
    if (
        len(plain) > 2 * MAX_PRAISE
        or endings.LATER.search(plain)
        or "?" in plain.replace("??", "")
        or phrases.BUT.search(plain)
    ):
        return False
    if phrases.MENTIONS.search(endings.NOT_FAILING.sub(" ", plain)) or fails(plain) or is_mixed(plain):
        return False
    return any(map(phrases.PRAISE.match, clauses(plain)))


def accepts(message: str) -> bool:
    """Whether a short message asks to commit, push, merge or ship what was done: nobody keeps what does not work."""
    plain = plain_words(message)
    if len(plain) > MAX_PRAISE or phrases.BUT.search(plain) or phrases.FAILS.search(plain):
        return False
    return any(map(endings.KEEP.match, clauses(plain)))


def _without_injected(message: str) -> str:
    """The message without the tags that hosts inject, in one pass: messages of any size and content come through here."""
    kept: list[str] = []
    at, open_ended = 0, set[str]()
    for match in _INJECTED.finditer(message):
        tag = match["tag"]
        if match.start() < at or tag in open_ended:
            continue
        end = message.find(f"</{tag}>", match.end())
        if end < 0:
            open_ended.add(tag)
            continue
        kept.append(message[at : match.start()])
        at = end + len(tag) + 3
    return "".join(kept) + message[at:]


_INJECTED = Pattern(
    r"<(?P<tag>system-reminder|system_instruction|ide_\w+|local-command-\w+|command-\w+|bash-\w+|task-notification"
    r"|user-memory-input|environment_context|user_instructions|permissions instructions|turn_aborted|skill|INSTRUCTIONS"
    rf"|session_context|hook_context|{HOOK_TAG}|user-prompt-submit-hook|collaboration_mode|subagent_notification|user_action"
    r"|environment_details|EXTRA_INFO|ENVIRONMENT_INFO|RUNTIME_INFORMATION|REPO_CONTEXT)\b[^<>]{0,200}>"
)
_NOW = Pattern(
    r"jetzt (?:ist|sind|geht|sieht|kommt)|maintenant (?:il|elle|ça|tout|plus)|ahora (?:no|todo|está)|теперь (?:всё|ничего|не)",
    re.IGNORECASE,
)
_DID = re.compile(
    r"(?:(?:ok|okay|yes|so|now|and|ja|да|好)[\s,]+)*(?:(?:i|we)(?:'ve| have| just| now)* \w{2,}(?:ed|t|et|un|n)\b"
    r"|(?:the|my|our)(?: [\w-]+){1,3}? (?:is|are)"
    r" (?:back|up|there|running|set|in place|online|valid)\b|(?:ich habe?|hab) .{0,40}t\Z|j'ai \w+é|he \w+d[oa]"
    r"|ho \w+t[oa]|я \w+л[аи]?\b"
    r"|我.{0,12}了\Z)",
    re.IGNORECASE,
)
"""Clauses by which a person says to have done a part."""

_CLAUSE = re.compile(r"[,;:!?，。、；：！？…]|\.(?=\s|$)|\s[-–—]\s|\band\b")
_SAYINGS = (phrases.PRAISE, phrases.COMPLAINT, endings.DROPPED, endings.STATEMENT, endings.FILLER)
_NOT_THE_USERS = (
    "[Request interrupted by user",
    "Caveat: The messages below were generated by the user while running local commands",
    "This session is being continued from a previous conversation",
    "# AGENTS.md instructions for",
    "Another language model started to solve this problem",
    "Another Claude session sent a message",
    "Read the output file to retrieve the result:",
    "<environment_context",
    "<system-reminder",
    "<task-notification",
    "<command-",
    "<local-command",
)
