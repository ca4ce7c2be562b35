"""Secrets that a command prints: the answer to `vault kv get`, `gh auth token`, `openssl rand -hex 32`, `echo $DB_PASSWORD`.

Nothing in the answer says what it is; the command does, whose purpose is to print a secret: it reads one from where they are kept,
makes one, or picks one out by its name. Of such an answer the one word that is all of it is the secret, whatever it is spelt like;
of a longer one, each word that is by chance. Names, identifiers, times and places stay.

A command that gets the value of any key (`terraform output`, `npm config get`) prints a secret where the key names one; else only
a long run by chance is taken for one, since a region or a bucket that is gone makes all steps after it useless.
"""

import re
from collections.abc import Callable, Iterator

from memp.text.patterns import Pattern
from memp.text.secrets.names import means_secret
from memp.text.secrets.shapes import is_run_by_chance
from memp.text.secrets.values import (
    is_code,
    is_harmless,
    is_key_like,
    is_like_words,
    is_named,
    is_password_like,
    is_uuid,
    lowered,
)

Span = tuple[int, int]

_NOUN = (
    r"(?:secrets?|passwords?|passwd|passphrases?|tokens?|credentials?|(?:access|api|private|auth|account|storage|signing|encryption)[-_ ]?keys?"
    r"|key-string|psk|connection-strings?|master-?keys?|keys)"
)
_VERB = r"(?:get|show|print|create|generate|gen|issue|fetch|access|reveal|export|find|lookup|read|rotate|renew|reset|regenerate|list|add|new|view|join)"
_PRINTS = Pattern(
    # A verb and what it prints, joined as commands join them.
    rf"(?<![\w/]){_VERB}[-_: ](?:[\w-]{{1,20}}[-_ /]){{0,2}}?{_NOUN}(?![\w.]|[-_ ](?:count|policy|rules?|s3|help)\b)"
    rf"|(?<![\w/.]){_NOUN}[-_: ](?:[\w-]{{1,20}}[-_: ]){{0,1}}?{_VERB}(?![\w.])|\bversions access\b"
    r"|\bauth[: ]token|-token\b.{0,3}$|\bwhoami\s[^\n]{0,20}-t\b|--show-(?:token|secrets)|--print-secret|--reveal\b|--plain\b|\bacl bootstrap|oauth-tokens|--with-decryption\b"
    r"|\bvault (?:kv )?(?:get|read)|\boperator init|create-for-rbac|\bauth create\b|export-credentials|assume-role|docker-config|databases? connection"
    # Where secrets are kept.
    r"|(?<![\w/.-])(?:go)?pass (?:show |-\w |--\w{1,12} ){0,3}[\w@-]+/|\bop (?:read|item get)|\b(?:bw|rbw) (?:get|unlock|login|list)|\blpass show|find-(?:generic|internet)-password|\bsecret-tool lookup"
    r"|\bkeyring get|\b(?:credstash|chamber|summon|teller|berglas) (?:get|read|export|env|access)|\bsops (?:-d|--decrypt|decrypt)|\bansible-vault (?:view|decrypt)|\b(?:gpg2?|age) (?:[^\n|]{0,60} )?(?:-d|--decrypt)\b"
    r"|\b(?:doppler|infisical) (?:secrets|export)|\bdocker-credential-[\w-]+ get|\bgit credential|\bkubeadm (?:token|init)|\bget secrets?\b|\bcredentials:show|\bvercel env pull|\bsupabase status"
    r"|\bkey=clear|wireless-security\.psk"
    # What makes one.
    r"|\bopenssl (?:rand|gen\w+)|\bwg gen(?:key|psk)|(?<![\w/.-])(?:pwgen|apg|mkpasswd|xkcdpass|diceware|age-keygen|makepasswd)\b|\b(?:rails|rake) secret|gen\.secret|key:generate"
    r"|token_(?:hex|urlsafe|bytes)|random_?(?:secret|password|bytes|key)|generate_(?:key|secret|password|token)|/dev/u?random",
    re.IGNORECASE | re.MULTILINE,
)
_GETS_ANY = Pattern(
    r"(?:\bconfig(?:ure|uration)?[: ](?:get|show)|\bconfig -a\b|\bkv (?:get|read)\b|\b(?:terraform|tofu) output|\bpulumi (?:stack output|config get)|\bssm get-parameter"
    r"|\benv (?:pull|get)\b|/(?:oauth|login|token|auth)\b)(?P<keys>[^\n|;&]{0,400})",
    re.IGNORECASE,
)
"""What gets the value of any key, and what signs in, which answers with a secret or with an error."""

_NAMES_ONLY = Pattern(
    r"\b(?:kubectl|oc|k)\s(?:[^\n|;&]{0,200}\s)?get secrets?\b(?![^\n|;&]{0,300}(?:\s-o|--output|--template)[ =]?(?!name|wide))"
    r"|\blist[-_ ](?:[\w]{1,12}[-_ ])?(?:secrets?|keys)\b|\bsecrets?[-_: ](?:list|ls)\b",
    re.IGNORECASE,
)
"""A listing of secrets has their names; so has Kubernetes' table of them."""

_HINTS = (
    "secret", "pass", "token", "cred", "key", "psk", "connection", "versions", "auth", "whoami", "reveal", "plain", "acl", "login",
    "config", "vault", "kv", "operator", "rbac", "assume", "op read", "op item", "bw ", "chamber", "summon", "teller", "berglas",
    "sops", "gpg", "age ", "doppler", "infisical", "kubeadm", "env ", "supabase", "openssl", "decryption",
    "wg gen", "pwgen", "apg", "diceware", "random",
)  # fmt: skip
"""One of these stands in each command that `_PRINTS` finds; most commands have none, and it takes long to find nothing."""

# A file that holds one secret and nothing else: by its place or its name, without an ending of source code.
_OPENED = Pattern(
    r"\b(?:cat|less|more|head|tail|type|Get-Content|base64|xxd|bat|nl|tac)\s(?:-\S{1,12}\s){0,4}(?P<file>[^\s|;&<>]{1,300})",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    r"/secrets?/|(?:pass(?:word|wd|phrase)?|secret|token|credential|api[-_]?key|private[-_]?key|cookie)s?(?:\.(?:txt|key|secret|token|pem|gpg|age|enc))?$|\.(?:key|pem)$|id_(?:rsa|ed25519|ecdsa)$",
    re.IGNORECASE,
)
_VARIABLE = Pattern(
    r"\b(?:echo|printf|Write-(?:Output|Host)|printenv)\s(?:[^\n|;&]{0,40}?[\s\"'])??(?:\$(?:env:)?\{?|%|(?<=printenv ))(?P<name>[A-Za-z_]\w{2,60})",
    re.IGNORECASE,
)
# What picks a part of a text or of a table by its name.
_PICKED = Pattern(
    r"(?:\b(?:jq|yq|dasel|gron|grep|rg|awk|sed|cut|select|get)\b[^\n;&]{0,200}|jsonpath=[^\n]{1,100}|--(?:query|field|fields|format)[ =][^\n]{1,100}|-field=[^\n]{1,60})",
    re.IGNORECASE,
)
_WORD = Pattern(r"[^\s\"'`|\u2500-\u257f{}\[\],<>\\]{6,8000}")
_KEYED = Pattern(r"\A[\w.-]{1,60}(?:=|:(?!//))(?=.{6})")
_NO_SECRET = re.compile(
    r"\A(?:arn:|sha\d{1,3}:|md5:|\w{2,8}://|[\w.-]{1,60}\.(?:com|net|org|io|dev|local|svc)\b|\d{1,3}(?:\.\d{1,3}){3}|v?\d{1,4}(?:[.:/-]\d{1,4}){1,5}|\d{1,12}[a-z]{1,3}\Z|(?:\d{1,6}[a-z]{1,2}){2,4}\Z|age1)|^[\d.,:TZ+-]+$"
)
_OF_NO_SECRET = re.compile(
    r"(?:\b|[a-z_-])(?:id|Id|ID|name|Name|arn|Arn|version|Version|VersionId|created\w*|Created\w*|expir\w*|Expir\w*|accessor|url|Url|endpoint|host|server|user|tenant|digest|hash|fingerprint|public key|region|project)[\"']?\s*[:=]?\s*[\"'|\u2502]?\s*\Z"
)
_OF_SECRET = re.compile(r"(?i)(?:secret|token|password|key)(?: ?id)?[\"']?\s*[:=|]\s*[\"']?\Z")
_PROMPTED = Pattern(
    r"(?<![^\n])(?:[\w.@~:/-]{0,60}[$%#]|PS [^\n>]{0,100}>|>) (?P<command>[^\n]{3,1000})\n(?P<answer>(?:(?![\w.@~:/-]{0,60}[$%#] |PS [^\n>]{0,100}> |> )[^\n]+(?:\n|\Z)){1,200})"
)
_TOLD = Pattern(r"(?<![^\n])(?P<command>[^\n]{3,1000}?) (?:->|=>|\u2192|\u21d2) (?P<answer>[^\n]{4,10000})")


def prints_secret(command: str) -> bool:
    """Whether the purpose of a command is to print a secret."""
    if len(command) > 20_000:
        return False
    lower = lowered(command)
    if any(hint in lower for hint in _HINTS) and _PRINTS.search(_NAMES_ONLY.sub(" ", command)):
        return True
    if any(_names_secret(match["keys"]) for match in _GETS_ANY.finditer(command)):
        return True
    if any(_KEEPS.search(match["file"].strip("\"'")) for match in _OPENED.finditer(command)):
        return True
    return any(means_secret(match["name"]) for match in _VARIABLE.finditer(command))


def _names_secret(keys: str) -> bool:
    return any(means_secret(key) for key in re.findall(r"[A-Za-z_/][\w./:@-]{2,100}", keys))


def picks_secret(command: str) -> bool:
    """Whether a command picks out a text by the name of a secret."""
    return len(command) <= 20_000 and any(
        means_secret(word)
        for match in _PICKED.finditer(command)
        for word in re.findall(r"[A-Za-z_][\w-]{2,60}", match[0])
    )


def printed(command: str, answer: str) -> Iterator[Span]:
    """Where the secrets stand in what a command answered."""
    bare = answer.strip().strip("\"'`")
    prints = bool(bare) and prints_secret(command)
    if not prints and not (bare and picks_secret(command)):
        if bare and len(command) <= 20_000 and _GETS_ANY.search(command):
            yield from _by_chance(answer, _has_run)
        return
    if _is_all_of_it(bare):
        start = answer.index(bare)
        keyed = _KEYED.match(bare)
        yield start + (keyed.end() if keyed else 0), start + len(bare)
    # A column that was picked has a value a line.
    elif prints or all(len(line.split()) == 1 for line in bare.splitlines()[:50]):
        yield from _by_chance(answer, _is_secret)


def _is_all_of_it(answer: str) -> bool:
    """Whether an answer is one word that says nothing else."""
    return (
        len(answer) >= 4
        and not re.search(r"\s", answer)
        and not (
            is_harmless(answer)
            or _NO_SECRET.search(answer)
            or _is_word(answer)
            or answer.isdigit()
            or answer.startswith(("{", "["))
        )
    )


def _is_word(answer: str) -> bool:
    """Whether an answer is a word, such as "printed"; a long one in capitals, or with capitals within it, is none."""
    return is_like_words(answer) and not (
        len(answer) >= 12 and answer.isalpha() and not (answer.islower() or answer.istitle())
    )


def _by_chance(answer: str, is_secret: Callable[[str], bool]) -> Iterator[Span]:
    for match in _WORD.finditer(answer):
        keyed = _KEYED.match(match[0])
        start = match.start() + (keyed.end() if keyed else 0)
        value = answer[start : match.end()].rstrip(".,;:)")
        before = answer[max(0, start - 60) : start].rpartition("\n")[2]
        if (is_secret(value) or (is_uuid(value) and _OF_SECRET.search(before))) and not _OF_NO_SECRET.search(before):
            yield start, start + len(value)


def _is_secret(value: str) -> bool:
    if is_harmless(value) or is_uuid(value) or _NO_SECRET.search(value) or is_named(value):
        return False
    # Chance joins letters in a long run as words do.
    mixed = len(value) >= 30 and sum(map(str.isdigit, value)) >= 3 and value.lower() != value != value.upper()
    return is_key_like(value) or mixed or (is_password_like(value) and not is_code(value))


_RUN = Pattern(r"[A-Za-z0-9]{16,}")


def _has_run(value: str) -> bool:
    """Whether a value that nothing names is one all the same: a long part of it is by chance."""
    return _is_secret(value) and any(is_run_by_chance(run[0]) for run in _RUN.finditer(value))


def by_print(text: str, lower: str) -> Iterator[Span]:
    """Where the secrets of a text stand that a command in it printed: behind a shell's prompt, or an arrow."""
    for pattern, sign in ((_PROMPTED, "\n"), (_TOLD, " ->"), (_TOLD, " =>"), (_TOLD, "\u2192"), (_TOLD, "\u21d2")):
        if sign in text and (pattern is not _PROMPTED or "$ " in text or "> " in text or "# " in text or "% " in text):
            for match in pattern.finditer(text):
                for start, end in printed(match["command"], match["answer"]):
                    yield match.start("answer") + start, match.start("answer") + end
            if pattern is _TOLD:
                return
