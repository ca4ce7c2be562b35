"""Whether a value that stands where a secret would is one: no placeholder, no reference, no code, no word about a value."""

import re

from memp.text.patterns import Pattern

_REFERENCE = Pattern(
    # Placeholders and references to where a value comes from; file names.
    r"\[?redacted|(?:fileb?|op|vault|ssm|env|keyring|secret|arn|awssm|sm)://|(?:env|ssm|arn|file|fd|prompt|vault):(?!//)[\w/.:-]*$"
    r"|arn:[a-z-]{3,20}:|\$[\w{(@]|\\?\$\d*$|<|%[\w({]|#\{|\{\{|!\w+\s?|\{\w*\}|@\w+@|\*{3}|\.{3}|-{3}|_{3}|•|#[0-9a-fA-F]{3,8}\b|x{5}|[\w-]{0,16}x{6}|\w{2,4}-\.\.\."
    r"|(?:~|\.{1,2})/|/(?:etc|home|root|run|var|tmp|usr|opt|mnt|srv|app|work|data|dev|users|proc|bin|lib)/|[A-Za-z]:\\",
    re.IGNORECASE,
)
_ABOUT = Pattern(
    # Words about a value: messages, types, prose.
    r"(?:none|null|nil|true|false|undefined|strings?|str|text|number|boolean|bool|integer|int|object|bytes|bearer|basic|optional|secretstr|required"
    r"|missing|invalid|incorrect|expired|cannot|should|denied|wrong|unknown|prompt|requires|expects|hidden|masked|removed|omitted|empty"
    r"|disabled|enabled|default|include|same-origin|strict|strong|weak|medium|todo|fixme|tbd|latest|unset|set|valid|refreshed|"
    r"found|created|deleted|updated|rotated|revoked|failed|passed|mismatch|yes|no|on|off|ok|must)\b(?![\w@#$%^&*+=/-])"
    r"|(?:your|my|the|some|test|fake|dummy|sample|example|placeholder|insert|replace|change|enter|put|todo|secret|password|passwd|passw|pass"
    r"|token|user|username|admin|guest|postgres|root|api|key|value|foo|bar|name)(?:$|[\s_.-](?:your|me|my|here|this|it|in|the|with|key|api|token|secret|"
    r"password|pass|value|string|name|field|prod|production|or|a|id|user|db|database|app|example|placeholder|test|123)\b.*)"
    r"|(?:changeme|changeit|replaceme)\b.*"
    r"|(?:this|must|may|the|your|an?|enter|please|is|are|was|not|no|field|type|see|when|if|for|to|of|and|or|with|from)\s",
    re.IGNORECASE,
)

# What asks for a value: "Password: ".
_PROMPT = Pattern(r"[A-Za-z][A-Za-z' ]{0,40}[:?]\s*")
_VERSION = Pattern(
    r"@?[a-z][\w./-]{0,60}@v?\d{1,4}(?:\.\d{1,5}){2}|[~^v]?\d{1,4}(?:\.\d{1,5}){1,3}(?:-[a-z]{1,8}\.?\d{0,3})?"
)
_HOST = Pattern(r"(?:[a-z][a-z0-9-]{0,60}\.){1,4}[a-z]{2,12}(?::\d{1,5})?")
# Words that capitals, underscores or hyphens join, a digit behind some: "V1SecretList", "_type1_pre_order", "oauth2-client-id".
_IDENTIFIER = Pattern(
    r"_{0,2}[a-z]{1,30}\d{0,2}(?:[-_.][a-z]{1,30}\d{0,2}){1,8}|_?(?=[A-Za-z\d]*[a-z]{4})[a-z]{0,20}\d{0,2}(?:[A-Z]{1,4}[a-z]{0,20}\d{0,2}(?![a-z])){1,8}"
)
_MOMENT = Pattern(r"\d{4}-\d\d-\d\d(?:[T_ ]|$)")

_SECRET_WORD = Pattern(r"pass(?:word|wd|phrase)|secret|token|api_?key|credential", re.IGNORECASE)
# A chain of names, a call, an item: code reads a value there.
_CODE = Pattern(
    r"(?:await |new |mut |&|\*|!|\()*[A-Za-z_$@][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)+(?:[(\[<](?:[\"'].*|.*[)\]>({,;:])?)?[,;):]*"
    r"|(?:await |new |&|\*|\()*[A-Za-z_$@][\w$.:]*!?[(\[<](?:[\"'].*|[A-Z][a-z]+|.*[)\]>({,;:\[])?|[A-Z][A-Za-z]+-[A-Z][A-Za-z]+"
    r"|[rbfu]?[\"'].*|[:?@]\w*[,;)]?|\d{1,3}|lambda\b.*|--?[a-z].*",
    re.DOTALL,
)  # fmt: skip

_UUID = Pattern(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FILE = Pattern(
    r"@?[\w./~\\-]{1,100}\.(?:pem|key|crt|cer|pub|p12|pfx|jks|gpg|asc|enc|json|ya?ml|toml|ini|txt|env|csv|py|js|ts|go|rs|md|html?|pdf|gz|png|jpe?g)"
)
_WORDY = Pattern(
    r"_{0,2}(?:[A-Za-z]{2,30}|x)(?:[ _./:#-][A-Za-z]{1,30}\d{0,2}){1,8}[.!?]?|[A-Za-z]{1,20}|(?:[A-Z][a-z]{2,20}){2,8}"
)
# Words that slashes join ("prod/ci"), and a file.
_PATH = Pattern(
    r"/?[a-z]{2,20}\d{0,4}(?:[._-][a-z]{1,20}\d{0,4})*"
    r"(?:/(?:[a-z]{1,20}\d{0,4}|\d{1,4})(?:[._-](?:[a-z]{1,20}\d{0,4}|\d{1,4}))*)+"
)


# "admin-prod-9fX2!kLqz7": behind a word as of a placeholder stands what no placeholder has.
_BY_CHANCE = Pattern(
    r"(?=[^\s,;&]*\d)[^\s,;&]*[A-Za-z\d][!@#$%^*+~?][A-Za-z\d]"
    r"|[^\s,;&]*?(?<![A-Za-z\d])(?=[A-Z\d]*[a-z])(?=[a-z\d]*[A-Z])(?=[A-Za-z]*\d[A-Za-z])[A-Za-z\d]{6,}"
)


def is_harmless(value: str) -> bool:
    """Whether a value is a placeholder, a reference, or a word about a value."""
    return (
        bool(_REFERENCE.match(value))
        or len(set(value)) < 3
        or bool(_PROMPT.fullmatch(value))
        or bool(_MOMENT.match(value))
        or bool(_VERSION.fullmatch(value))
        or (bool(_ABOUT.match(value)) and not is_by_chance(value))
    )


def is_by_chance(value: str) -> bool:
    """Whether a value holds a digit with a sign between letters, or a run of both cases and digits as no name has."""
    return bool(_BY_CHANCE.match(value))


_VARIABLE = Pattern(r"[A-Za-z_]+(?:_[A-Za-z]+)+[,;)]*|[a-z]+(?:[A-Z][a-z]+)+[,;)]*|[A-Z]?[a-z]+\??[|&;,)]?")


def is_variable(value: str) -> bool:
    """Whether a value is spelt as a variable is; so are passwords that are a word."""
    return bool(_VARIABLE.fullmatch(value))


_TWO_WORDS = Pattern(r"[a-z]+\.[a-z]+")
_OBJECT = Pattern(
    r"(?:os|process|self|args?|settings|conf(?:ig)?|cfg|req(?:uest)?|env|secrets|vars?|data|form|user|this|props|state|opts|options|params|ctx|local|module|item|row)\."
)


def is_code(value: str) -> bool:
    """Whether a value without quotes is code that reads one: a call, an item, a member, the name of a secret."""
    if _SECRET_WORD.search(value) and re.fullmatch(r"[A-Za-z_.()\[\]$]+\d?[,;)]*", value):
        return True
    if _TWO_WORDS.fullmatch(value):
        return bool(_OBJECT.match(value))
    return bool(_CODE.fullmatch(value)) and not _digits_within(value)


def _digits_within(value: str) -> bool:
    """Whether a value has digits as no name in code has: "hunter22" may be a name, yet is the commonest of passwords."""
    if _CALL.match(value):  # "base64.b64encode(...)"
        return False
    return bool(re.fullmatch(r"[A-Za-z]+\d+[A-Za-z0-9]*", value) or re.match(r"[A-Za-z_.]*\d{2,}", value))


_CALL = Pattern(r"[A-Za-z_][\w.]{0,60}\((?![^)]*\)[^\s.;,)])")


def is_named(value: str) -> bool:
    """Whether a value names a secret or its place and is none itself: a file, a path of words."""
    return bool(_FILE.fullmatch(value) or _PATH.fullmatch(value))


def is_like_words(value: str) -> bool:
    """Whether a value is spelt as words and names are."""
    return bool(_WORDY.fullmatch(value))


def is_key_like(value: str) -> bool:
    """Whether a value is by chance: long, of letters and digits, without words' signs."""
    return (
        len(value) >= 16
        and bool(re.fullmatch(r"[\w+/=.~:!@#%^&*-]+", value, re.ASCII))
        and any(map(str.isdigit, value))
        and any(map(str.isalpha, value))
        and not re.search(r"[A-Za-z]{9,}[-_/. ]|://", value)
    )


def is_password_like(value: str) -> bool:
    """Whether a word in a sentence can hardly be anything but a password: letters, digits, and a sign or both cases."""
    core = value.strip(".,;:!?'\"()")
    if not 6 <= len(core) <= 64 or not any(map(str.isdigit, core)) or not any(map(str.isalpha, core)):
        return False
    if re.search(
        r"[/\\=<>${}()\[\]]|://|^[\w.+-]+@[\w-]+\.[\w.]+$|^v?\d+[.\d]|^[A-Za-z]+-?\d+(?:\.\d+)*$|\d{4}-\d\d", core
    ) or _UUID.fullmatch(core):
        return False
    if re.fullmatch(r"[0-9a-f]+", core):
        return False
    both = any(map(str.isupper, core)) and any(map(str.islower, core))
    return both or bool(re.search(r"[!@#%&*+^~?_]", core[:-1])) or is_key_like(core)


def is_identifier(value: str) -> bool:
    """Whether a value is spelt as names in code are; so are passwords of words, tokens are not."""
    return bool(_IDENTIFIER.fullmatch(value.strip("'\"`.,:;()")))


def is_host(value: str) -> bool:
    """Whether a value is the name of a host, with or without a port."""
    return bool(_HOST.fullmatch(value))


def is_uuid(value: str) -> bool:
    """Whether a value is a UUID."""
    return bool(_UUID.fullmatch(value))


def lowered(text: str) -> str:
    """`text` in lower case, letter by letter: what is found in it stands at the same place in `text`."""
    return text.replace("\u0130", "I").lower()
