"""Goal of a request: the sentence that says what is to be done, put first where the request begins with something else.

Requests come as forms ("Consider the following PR description:", "# Bug report", "Repo: shop"), with a greeting, or with a
tale of how it came about. A procedure is called after the first line of its task, so that line must be the goal.
"""

import re
from collections.abc import Iterator

from memp.text.tasks.verbs import asked
from memp_clients.sessions.tasks import phrases

MAX_READ = 8_000
"""Characters of a request in which its goal is looked for."""

MAX_GOAL = 300
"""Characters of a goal."""

MAX_PRAISES = 6
"""Clauses of praise at the beginning of a request."""

SHORTEST = 8
"""Letters of a line that may be a goal; one of a script without spaces counts twice."""


def headed(request: str) -> str:
    """The request, without praise of what was before, with its goal in the first line; as it is where that stands there, or
    nowhere."""
    request = without_praise(request)
    lines = request.strip().split("\n", 1)
    first = lines[0].strip()
    if not _is_form(first) and _width(first) >= SHORTEST and not _TALKS.match(first):
        return request
    goal = _goal(request)
    return request if not goal or request.strip().startswith(goal) else f"{goal}\n\n{request}"


def without_praise(request: str) -> str:
    """A request without the praise or thanks at its beginning and the words that lead on ("Thanks! Next: ..."); as it is where
    nothing else is left."""
    rest = request.strip().lstrip(f"{_SIGNS} ")
    for _ in range(MAX_PRAISES):
        match = phrases.PRAISE.match(rest[:MAX_GOAL].replace("’", "'"))
        end = _CLAUSE_END.match(rest, match.end()) if match is not None else None
        if end is None:
            break
        rest = _BETWEEN.sub("", rest[end.end() :])
    if rest == request.strip():
        return request
    following = rest[lead.end() :] if (lead := _LEADS_ON.match(rest)) is not None else rest
    return following if re.search(r"\w", following) else request


def _goal(request: str) -> str:
    """The sentence of a request that asks for something, else its first; empty where it has none."""
    text = _FENCED.sub("\n", request[:MAX_READ])
    for line in text.splitlines():
        field = _FIELD.match(line.strip())
        if field is not None and _width(field["value"]) >= SHORTEST:
            return _cut(field["value"])
    # A numbered line is a step of how it came about, unless there is nothing else.
    sentences = list(_sentences(text, numbered=False)) or list(_sentences(text, numbered=True))
    asking = next((sentence for sentence in sentences if _asks(sentence)), "")
    return _cut(asking or next((sentence for sentence in sentences if _width(sentence) >= SHORTEST + 4), ""))


def _width(text: str) -> int:
    return sum(1 + (letter > "\u2e7f") for letter in text)


def _asks(sentence: str) -> bool:
    ask = asked(sentence[:300])
    return (
        bool(ask.head and not ask.told)
        or phrases.ASKS.search(sentence) is not None
        or phrases.WANTED.search(sentence) is not None
    )


def _sentences(text: str, *, numbered: bool) -> Iterator[str]:
    for line in text.splitlines():
        number = _NUMBER.match(line)
        plain = _MARKUP.sub("", line.strip()[number.end() if number else 0 :]).strip()
        if not plain or _is_form(line.strip()) or _LOG.match(line) or (number is not None) is not numbered:
            continue
        for sentence in _END.split(plain):
            sentence = sentence.strip()
            if _width(sentence) >= SHORTEST and not _TALKS.match(sentence):
                yield sentence


def _is_form(line: str) -> bool:
    """Whether a line is part of a form: an announcement, a heading of a kind, a tag, a field, a check box."""
    return _FORM.match(line) is not None or _FIELD.match(line) is not None or line.rstrip().endswith((":", "："))


def _cut(line: str) -> str:
    plain = " ".join(_MARKUP.sub("", line.strip()).split())
    return plain if len(plain) <= MAX_GOAL else f"{plain[:MAX_GOAL].rsplit(' ', 1)[0]}..."


_FENCED = re.compile(r"```(?:[^`]|`(?!``))*(?:```|\Z)|<!--(?:[^-]|-(?!->))*(?:-->|\Z)")
_FIELD = re.compile(
    r"(?:[-*#>]{0,6}\s*)?(?:\*\*|__)?(?:task|goal|title|summary|what to do|todo|request|objective|aufgabe|titel|ziel|tâche|titre"
    r"|objectif|tarea|título|objetivo|задача|цель|任务|任務|标题|目标|需求|課題|タイトル|目的|작업|제목)(?:\*\*"
    r"|__)?\s*[:：](?:\*\*|__)?\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"</?[\w-]{1,40}>\s*\Z|#{1,6}\s*(?:\[?\w{0,20}\]?\s*)?(?:bug ?report|bug|issue|feature request|description|context"
    r"|background|task"
    r"|summary|overview|details|environment|steps to reproduce|problem|instructions?|requirements?|goal|ticket)\b.{0,30}\Z"
    r"|#{1,6}\s*\S+(?: \S+)?\s*\Z|@\S+\s*\Z|\||>|[=~^*_-]{3,}\s*\Z|(?:\*\*|__)[^*_]{1,60}(?:\*\*|__):?\s*\S{0,40}\s*\Z"
    r"|[-*]?\s*[\w .()/-]{1,30}:\s+\S{1,60}\s*\Z"
    r"|(?:I've|I have|we have|we've) uploaded\b|consider the following\b|(?:here|below|this) is (?:the|a|an"
    r"|my)\b[^.]{0,80}\b(?:description|issue|report|ticket|task)\b"
    r"|you are (?:an?|the) \w+",
    re.IGNORECASE,
)
_TALKS = re.compile(
    r"(?:hi|hello|hey|good (?:morning|evening|afternoon)|dear \w+|hallo|moin|guten (?:morgen|tag)|bonjour|salut|hola"
    r"|buenos días|ciao"
    r"|olá|привет|здравствуйте|你好|您好|こんにちは|お疲れ様です|안녕하세요)(?: (?:claude|there|all|team|everyone"
    r"|codex|gemini))?[\s,.!。！，]*\Z"
    r"|(?:ok|okay|so|well|right|alright|thanks|thank you|great|perfect|danke|merci|gracias|谢谢|ありがとう"
    r"|спасибо)[\s,.!。！，]*\Z",
    re.IGNORECASE,
)
_SIGNS = "🎉👍👌🙏❤💯✅\ufe0f"
_CLAUSE_END = re.compile(
    r"(?:[^\W\d_]|[ '’-]){0,60}?(?:[.!…。！]+|\n|,(?=\s(?:and )?(?:now|next|then)\b))"
    rf"|[\s,.!…，。！、;；:：~～{_SIGNS}–—-]*[,.!…，。！、;；:：~～{_SIGNS}–—-]|\s(?=-\s)"
)
"""The end of a clause of praise: what thanks are for goes up to the end of its sentence."""

_BETWEEN = re.compile(rf"\A[\s{_SIGNS}]*(?:-\s+)?")
_LEADS_ON = re.compile(
    r"(?:(?:and|ok|okay|so|now|next(?: up| step| task| thing| one)?(?=\s*[,:;.!–—-])|then|also|und|jetzt|nun|dann"
    r"|als nächstes|noch|nächste aufgabe"
    r"|et|maintenant|ensuite|prochaine étape|y|ahora|luego|siguiente|e|ora|adesso|poi|agora|próximo|depois|en|nu|dan|volgende"
    r"|a teraz|teraz|następnie|а теперь|теперь|дальше|далее|следующее|тепер|şimdi|sıradaki)\b"
    r"(?=[,:;.!–—-]*\s)[\s,:;.!–—-]*"  # "Next.js" and "e-mail" are words of their own.
    r"|(?:那么|那|接下来|接着|然后|现在|下一步|次に|次は|それでは|では|다음(?:은|으로)?|이제|그럼)[\s,，:：、]*)+",
    re.IGNORECASE,
)
"""Words that lead on from praise to a request."""

_NUMBER = re.compile(r"\s*\d{1,2}[.)、]\s*")
_MARKUP = re.compile(r"\A(?:#{1,6}|[-*>])\s+(?:\[[ xX]?\]\s*)?|\*\*|__|</?[\w-]{1,40}>")
_LOG = re.compile(r"\s*(?:Traceback|File \"|at \S+\(|\d{4}-\d\d-\d\d[T ]|\$ |>>> |(?:INFO|DEBUG|WARN|WARNING|ERROR)\b)")
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
