"""What a name says: which words mean a secret, which with them mean something else, in the languages that people write in."""

from functools import lru_cache

from memp.text.patterns import Pattern

_WORDS_OF = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")

FOREIGN = (
    "passwort|kennwort|contraseña|contrasena|contrasenya|clave|senha|mot de passe|mot_de_passe|motdepasse|parola|wachtwoord|пароль|пароля|hasło"
    "|haslo|heslo|lösenord|losenord|şifre|sifre|adgangskode|passord|salasana|jelszó|密码|密碼|口令|パスワード|비밀번호|암호|كلمة المرور|كلمة السر|पासवर्ड"
    "|mật khẩu|kata sandi|סיסמה|κωδικός|รหัสผ่าน"
)
TRIGGER = Pattern(
    "seed phrase|recovery phrase|recovery code|identified by|identified with|pass|pwd|pw|psk|secret|token|key|auth|cred|pin|sig|salt|sid|securestring|seed|mnemonic|dsn|"
    "webhook|creds|login|jwt|_pat(?![a-z])|clave|senha|parola|heslo|haslo|kennwort|mot de passe|mot_de_passe|motdepasse|wachtwoord|contrasen|losenord|sifre"
    "|adgangskode|salasana|kata sandi"
)
TRIGGER_ANYWHERE = Pattern(f"{FOREIGN}|{TRIGGER.pattern}")
"""What every name of a secret holds, in a text in lower case."""

_STRONG = frozenset(
    """password passwd passphrase passcode passwort pwd pw pass secret token apikey psk credential credentials creds dsn securestring
    authtoken accesskey secretkey privatekey clientsecret seed mnemonic authkey signature sig genkey jwt pat""".split()
)
_LONG = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "pass",
    "pwd",
    "passord",
)
_NO_PASSWORDS = frozenset(
    "bypass compass encompass trespass surpass overpass underpass getpass askpass minipass buypass lastpass keepass".split()
)
"""Words and names of programs that end as one of a password does."""

_WEAK = frozenset("key auth authorization pin salt sid login webhook".split())
_NOT_BEFORE_KEY = frozenset(
    """public pub primary foreign sort partition cache object host registry hot any index row map dict hash group lookup unique composite
    candidate shortcut translation i18n event redis s3 bucket context column field config setting name restore config sub answer cipher short
    turn keyboard arrow known missing next prev new old order json data label item message routing
    idempotency dedup dedupe deduplication request trace commit build lock state content blob artifact artefact document entity record page
    segment""".split()
)
_HARMLESS_HEADS = frozenset(
    "no without next pad eos bos sep cls mask unk unexpected existing public max min num prompt completion".split()
)
_NOT_AFTER = frozenset(
    """count counts limit budget usage type types len length size name names file files path paths url uri endpoint expiry expires ttl min max
    policy field fields hash digest reset confirm confirmation confirmed placeholder label env env_var required prompt expired expire at in
    manager ref refs strength again stdin validators validator view form error errors not found ids index hint rules rule mode format source
    provider store storage class encoder header param parameter version age days regex pattern tokens tokenizer ization dir dialog
    algorithm alg ops input output count_total used rotation interval seconds minutes hours scope scopes mgr
    response request requests review spec keyfile model models""".split()
)

_KEY_OF = frozenset(
    """api access secret private account encryption signing sign master session storage license app auth admin client deploy service jwt
    application rest server write read shared crypto psk wif preshared aws stripe""".split()
)

ASCII_FOREIGN = frozenset(name for name in FOREIGN.split("|") if name.isascii())


@lru_cache(maxsize=4096)
def read(whole: str) -> tuple[tuple[str, ...], bool | None]:
    """The words of a name, and its kind."""
    words = tuple(word.lower() for word in _WORDS_OF.findall(whole))
    return words, _kind(words, whole)


_OF_FIELDS = frozenset(
    """field fields input inputs box textbox text area entry form label control element user users your the a current new old repeat again
    confirm confirmation placeholder id name css xpath data cy test testid type by value""".split()
)
"""Words of a label that say what is on the screen, not what is typed there."""


@lru_cache(maxsize=1024)
def read_label(label: str) -> tuple[tuple[str, ...], bool | None]:
    """The words of what a person reads, or a page's code calls, and its kind; the words of a field around it count for nothing."""
    words, kind = read(label)
    if kind:
        return words, kind
    words = tuple(word for word in words if word not in _OF_FIELDS)
    return words, _kind(words, label)


def _kind(words: tuple[str, ...], whole: str) -> bool | None:
    """Whether a name means a secret for sure; none: it means something else."""
    for at in range(len(words) - 1, -1, -1):
        word, before, after = words[at], words[:at], words[at + 1 :]
        long = word.endswith(_LONG) and word not in _NO_PASSWORDS
        if not (word in _STRONG or word in _WEAK or long):
            continue
        if any(later in _NOT_AFTER for later in after) or len(after) > 3 or (before and before[-1] in _HARMLESS_HEADS):
            return None
        if word == "key":
            if before and before[-1] in _NOT_BEFORE_KEY:
                return None
            return bool(before) and (before[-1] in _KEY_OF or (whole.isupper() and "." not in whole))
        return word not in _WEAK
    return None
