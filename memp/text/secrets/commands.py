"""Secrets that a command takes, by the command's own grammar: `mysql -p...`, `redis-cli -a ...`, `echo ... | sudo -S`.

A short option such as -p means a password to one command and a port, a path or a patch to others, so each command has its own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from memp.text.patterns import Pattern
from memp.text.secrets.values import is_code, is_harmless, is_key_like, is_password_like, is_uuid

_ARGUMENT = r"(?:(?P<quote>\\{0,3}[\"'])(?P<quoted>(?:(?!(?P=quote))[^\n]){3,200})(?=(?P=quote))|(?P<bare>[^\s\"'`|<>\\]{3,200}))"
_REST = r"(?=\s)(?:[^\n|;&\"'\\]|\\[\s\S]|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[\"'])*+"
"""What belongs to a command: its line, or several that are joined by backslashes."""


class _Taken(NamedTuple):
    """A command with what belongs to it, and in that the option that takes a secret."""

    command: Pattern
    option: Pattern

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        for command in self.command.finditer(text):
            yield from self.option.within(text, command.start(), command.end())


def _taken(command: str, option: str) -> _Taken:
    return _Taken(Pattern(rf"(?<![\w/-])(?:{command}){_REST}"), Pattern(rf"(?<=[\s\"',]){option}{_ARGUMENT}"))


# Ports, and the numbers of a user and a group.
_NUMBERS = re.compile(r"[\d.]{1,40}(?::\d{1,9}){1,2}(?:/(?:tcp|udp))?")

# The communities of SNMP are words; "publicZk81hhQ2" is none.
_MIXED = re.compile(r"\d[A-Za-z]")

_READS = (
    r"(?:[^\n|;&]{0,100}?(?:--password-stdin|--with-token|--passphrase-fd|--stdin\b|-stdin\b)"
    r"|(?:sudo\s{1,3})?(?:ch|smb|vnc|kpc)?passwd\b|sudo\s[^\n|]{0,20}-\w{0,3}S|su\s|(?:sudo\s{1,3})?(?:kinit|cryptsetup|kubeseal|secret-tool|systemd-creds)\b"
    r"|(?:go)?pass\s(?:insert|add)|ansible-vault\sencrypt|[\w. -]{1,40}\bsecrets?\s(?:create|put|set|add|import|versions add)\b|\w{2,20}\s(?:env|variable)\s(?:add|set)\b"
    r"|\w{2,20}\s(?:[\w-]{2,20}\s){0,2}log-?in\b)"
)
"""Commands that take a secret from their input."""

_COMMANDS: tuple[tuple[tuple[str, ...], tuple[Pattern | _Taken, ...]], ...] = (
    (("mysql", "mariadb"), (
        _taken(r"(?:mysql|mariadb)(?:-?(?:dump|admin|import|show|check|sh))?", r"-p(?=\S)\\{0,3}"),)),
    (("sshpass",), (_taken("sshpass", r"-p\s{0,3}\\{0,3}"),)),
    (("plink", "pscp", "psftp", "-pw"), (Pattern(rf"(?<=\s)-pw\s{{1,3}}{_ARGUMENT}"),)),
    (("sqlcmd", "bcp", "ipmitool", "isql"), (_taken("sqlcmd|bcp|ipmitool|isql", r"-P\s{0,3}"),)),
    (("redis-cli",), (_taken("redis-cli", r"(?:-a|--pass)\s{1,3}"),)),
    (("mongo",), (_taken(r"mongo(?:sh|dump|restore|import|export|stat|top)?", r"-p\s{1,3}(?!-)"),)),
    (("docker login", "podman login", "az login", "oc login", "registry login", "railway login", "nerdctl login", "buildah login", "skopeo login", "auth login", "oras login", "npm login", "cf login", "wandb login", "vault login", "cargo login", "huggingface-cli login", "snyk auth"), (
        _taken(r"(?:docker|podman|az|oc|helm registry|crane auth|oras|nerdctl|buildah|skopeo|cf|kubelogin|npm) (?:registry )?login", r"-p\s{1,3}(?!-)"),
        Pattern(rf"\b(?:wandb|vault|cargo|railway|snyk|huggingface-cli) (?:login|auth)\s{{1,3}}(?!-){_ARGUMENT}"))),
    (("psexec",), (_taken(r"(?i:psexec(?:64)?(?:\.exe)?)", r"-p\s{1,3}"),)),
    (("unseal",), (Pattern(rf"\bunseal\s{{1,3}}(?!-){_ARGUMENT}"),)),
    # A call that makes credentials of a user and a password.
    (("credential", "basicauth", "directoryentry"), (
        Pattern(rf"(?i:credentials?|basic_?auth|directoryentry)\(\s{{0,20}}(?:[\"'][^\"'\n]{{0,100}}[\"']\s{{0,3}},\s{{0,20}}){{1,2}}{_ARGUMENT}"),)),
    (("ldap",), (_taken(r"ldap(?:search|modify|add|delete|passwd|whoami)", r"-w\s{0,3}"),)),
    (("storepass", "keypass", "storetype"), (
        Pattern(rf"(?<=\s)-(?:src|dest|new)?(?:store|key)pass(?:\s{{1,3}}|:(?!env|file)){_ARGUMENT}"),)),
    (("zip", "ssh-keygen"), (_taken("zip|unzip|zipcloak", r"-P\s{0,3}"),_taken("ssh-keygen", r"-[NP]\s{0,3}"),)),
    (("7z",), (_taken("7za?|7zr", r"-p(?=\S)"),)),
    (("smbclient", "rpcclient", "mount", "cifs"), (Pattern(rf"(?<=\s)-U\s{{0,3}}[\"']?[\w\\.-]{{1,60}}%{_ARGUMENT}"),)),
    (("snmp",), (_taken(r"snmp(?:walk|get|set|bulkwalk)", r"-c\s{1,3}"),)),
    (("freerdp", "rdesktop"), (_taken(r"[xw]?l?freerdp3?|rdesktop", r"(?:/p:|-p\s{1,3})"),)),
    (("net use", "net user"), (
        Pattern(rf"\bnet user\s{{1,3}}[\w.-]{{1,60}}\s{{1,3}}(?![/*]){_ARGUMENT}", re.IGNORECASE),
        Pattern(rf"\bnet use\s{{1,3}}(?:\w:|\*)?\s{{0,3}}\\\\\S{{1,200}}\s{{1,3}}(?:/user:\S{{1,60}}\s{{1,3}})?(?![/*]){_ARGUMENT}", re.IGNORECASE))),
    (("wpa_passphrase",), (Pattern(rf"\bwpa_passphrase\s{{1,3}}\S{{1,60}}\s{{1,3}}{_ARGUMENT}"),)),
    (("htpasswd",), (Pattern(rf"\bhtpasswd\s[^\n]{{0,60}}?-\w{{0,6}}b\w{{0,6}}\s{{1,3}}\S{{1,100}}\s{{1,3}}\S{{1,60}}\s{{1,3}}{_ARGUMENT}"),)),
    (("openssl", "passin", "passout"), (
        _taken("openssl", r"-k\s{1,3}"),
        Pattern(rf"(?<=[\s\"'])-pass(?:in|out)?\s{{1,3}}[\"']?pass:{_ARGUMENT}"))),
    (("echo", "printf"), (Pattern(
        rf"\b(?:echo|printf)\s{{1,3}}(?:-\w{{1,3}}\s{{1,3}})?(?:[\"'][^\"'\n%]{{0,40}}%s[^\"'\n]{{0,20}}[\"']\s{{1,3}})?"
        rf"(?:(?P<quote>[\"'])(?:[\w.-]{{1,40}}[:=])?(?P<quoted>(?:[^\"'|\\\n]|\\[nr]){{3,200}})|(?:[\w.-]{{1,40}}[:=])?(?P<bare>[^\s\"'|\\;()&]{{3,200}}))"
        rf"(?=[^|\n]{{0,200}}\|\s{{0,3}}{_READS})"),)),
    (("<<<",), (Pattern(rf"(?:(?<![\w-])read\s[^\n<;|]{{0,40}}-\w{{0,3}}s|{_READS})[^\n<]{{0,100}}<<<\s{{0,3}}[\"']?(?:[\w.-]{{1,40}}:)?(?P<bare>[^\s\"'|]{{3,200}})"),)),
    (("<<",), (Pattern(r"\bchpasswd\b[^\n]{0,40}<<-?\s?[\"']?\w{1,20}[\"']?\n[\w.-]{1,40}:(?P<bare>[^\s:]{3,200})"),)),
    # The users of a new machine (cloud-init), and the login of an FTP script.
    (("chpasswd:",), (Pattern(r"\bchpasswd:[^\n]{0,80}\n(?:[^\n]{0,80}\n){0,3}?[ \t]{1,16}(?:-[ ])?[\w.-]{1,40}:(?P<bare>[^\s:]{3,200})"),)),
    (("ftp",), (Pattern(r"\bftp\b[^\n]{0,200}\n(?:[^\n]{0,80}\n){0,3}?[ \t]{0,16}user[ ]\S{1,60}[ ](?P<bare>\S{3,200})"),)),
    (("curl",), (_taken("curl", r"(?:--oauth2-bearer|--pass|--proxy-pass|--tlspassword)[\s=]{1,3}"), _taken("curl", r"(?:-E|--cert)[\s=]{1,3}[^\s:]{1,100}:"))),
    (("lftp", "ncftp"), (_taken("lftp|ncftp\\w*", r"-u\s{1,3}[^\s,]{1,60},"),)),
    # Oracle's programs take user/password@service.
    (("sqlplus", "expdp", "impdp", "sqlldr", "rman"), (
        Pattern(r"\b(?:sqlplus|expdp|impdp|sqlldr|rman)\s(?:-\w{1,10}\s|target\s){0,4}[\w$#]{1,60}/(?P<bare>[^\s@/]{3,100})@"),)),
    (("_pw ", "owner_pw", "user_pw"), (_taken("pdftk", r"(?:input|owner|user)_pw\s{1,3}"),)),
    # Programs of Windows: /pass:..., /rp ..., /p ...
    (("cmdkey", "schtasks", "signtool", "runas", "wmic", "netdom", "sc.exe"), (
        _taken(r"(?i:cmdkey|schtasks|signtool|wmic|netdom|sc)(?:\.exe)?", r"/(?:pass|password|passwordd|rp|p)[:\s]{1,3}"),)),
    # Who answers a prompt for a password with a script: expect.
    (("assword",), (Pattern(r"(?i:assword|assphrase)[^\n\"']{0,20}[\"'][;\s}{]{0,20}\bsend(?:line)?[ (]{1,3}(?:--[ ])?[\"'](?P<bare>[^\"'\\\n]{3,200})"),)),
    (("rar",), (_taken("(?:un)?rar", r"-h?p(?=\S)"),)),
    (("openssl dgst", "openssl mac"), (_taken("openssl", r"-hmac\s{1,3}"),)),
    (("snmp",), (_taken(r"snmp(?:walk|get|set|bulkwalk|bulkget|getnext|table|trap)", r"-[AX]\s{1,3}"),)),
    (("community",), (Pattern(rf"(?<![^\n])[ \t]{{0,8}}(?:snmp-server )?(?:ro|rw)?community6?\s{{1,3}}{_ARGUMENT}"),)),
    (("requirepass", "masterauth"), (Pattern(rf"(?<![\w-])(?:requirepass|masterauth)\s{{1,3}}{_ARGUMENT}"),)),
    (("auth-user-pass",), (Pattern(r"<?auth-user-pass>?\n[^\s\n]{1,100}\n(?P<bare>[^\s\n]{3,200})"),)),
    # The rules of access in Redis: "user app on >...".
    (("user ",), (Pattern(r"(?i:\buser)\s{1,3}\S{1,60}\s{1,3}(?:on|off)\s(?:[^\s>]{1,60}\s{1,3}){0,8}>(?P<bare>[^\s>]{3,200})"),)),
    (("twine", "poetry"), (_taken("twine", r"-p\s{1,3}"),)),
    (("nuget",), (_taken("nuget", r"(?:-k|-ApiKey)\s{1,3}"),)),
    (("http ", "https ", "xh "), (Pattern(rf"(?:^|[\n;|&$] ?)(?:https?|xh)\s[^\n|]{{0,200}}?-a\s{{1,3}}[\"']?[^\s:]{{1,60}}:{_ARGUMENT}"),)),
    (("authtoken", "cloudflared"), (
        Pattern(rf"\badd-authtoken\s{{1,3}}{_ARGUMENT}|\bcloudflared\s[^\n]{{0,40}}?service install\s{{1,3}}(?P<b2>\S{{20,}})"),)),
    (("x11vnc",), (_taken("x11vnc", r"-passwd\s{1,3}"),)),
    (("rclone",), (_taken("rclone", r"pass\s{1,3}"),)),
    (("gh secret", "gh variable"), (_taken("gh secret set", r"(?:-b\s{0,3}|--body[= ])"),)),
    (("put-parameter", "put-secret", "create-secret", "update-secret"), (
        _taken("aws", r"--(?:value|secret-string)[\s=]{1,3}"),)),
    (("--auth", "--user"), (Pattern(rf"(?<=\s)--(?:auth|user)[\s=]{{1,3}}[\"']?[\w.@-]{{1,60}}:(?![/:]){_ARGUMENT}"),)),
    (("securestring",), (Pattern(rf"\b(?i:SecureString)\s{{1,3}}(?:-String\s{{1,3}})?(?=[\"']){_ARGUMENT}"),)),
    (("confluent",), (Pattern(rf"\bapi-key store\s{{1,3}}\S{{8,40}}\s{{1,3}}{_ARGUMENT}"),)),
    (("/token:",), (Pattern(rf"(?<=/token:){_ARGUMENT}"),)),
    (("--key", "--auth-key"), (Pattern(r"(?<=\s)--(?:auth-?)?key[\s=]{1,3}[\"']?(?P<bare>(?=[\w-]*\d)(?=[\w-]*[a-zA-Z])[\w-]{20,200})(?![\w./-])"),)),
    (("snowsql", "enable secret", "enable password"), (Pattern(rf"\benable (?:secret|password)\s{{1,3}}(?:\d\s{{1,3}})?{_ARGUMENT}"),)),
    (("curl",), (_Taken(
        Pattern(r"\bcurl\b[^\n]*+(?:(?<=\\)\n[^\n]*+)*+", re.IGNORECASE),
        Pattern(r"(?<=[\s\"',])(?:(?:-[a-zA-Z]{0,8}[uU]|--(?:proxy-)?user)[\s=,\"'\\]{0,8}[^\s:\"'\\/]{0,100}:(?![/:])"
                r"|(?:-[a-zA-Z]{0,8}b|--cookie)[\s=,\"'\\]{0,8}[\w.-]{1,100}=)"
                r"(?P<bare>[^\s\"'`\\]{3,}(?:(?<=;)\s[\w.-]{1,100}=[^\s\"'`\\]+)*)")),)),
)  # fmt: skip

_STORING = (
    r"vault\s(?:kv\s(?:put|patch)|write|login)|secrets?[\s:](?:set|put|create|add|write|versions\sadd|store)|create\ssecret|(?:create|put|update)-secret\S*|put-parameter"
    r"|config(?:uration)?[: ](?:set|create)|env[: ](?:set|add)|variables?\s(?:set|--set)|chamber\swrite|(?:poetry|composer|bundle)\sconfig|(?:bw|rbw)\s(?:unlock|login)"
    r"|rabbitmqctl\s(?:add_user|change_password|authenticate_user)|security\s(?:add-\w{1,20}-password|(?:unlock|create)-keychain|import|set-key-partition-list)"
    r"|openssl\spasswd|ansible-vault\sencrypt_string|rclone\s(?:obscure|config)|mosquitto_passwd|upwd\s|user:password|reset-admin-password|mc\salias\sset|(?:cargo|wandb|npm)\slogin"
    r"|smbpasswd|htpasswd|ldappasswd"
)
"""Commands whose purpose is to keep or to take a secret: whichever of their arguments is one by chance is the one."""

_STORED = Pattern(rf"(?:{_STORING}){_REST}")
_STORES = Pattern(_STORING)
_ONE = Pattern(r"(?<=[\s\"'=:])(?![-@$./])(?P<bare>[^\s\"'`|<>\\=]{6,400})(?=[\s\"'\\;}),]|\Z)")
# An option for the user, and one in the same command for the password: "-u ann -p ..." of any program.
_USER_AND = Pattern(
    r"(?<=\s)(?:-(?:u|U|au|D|user|a)|--user(?:name)?)[\s=]\S{1,100}\s(?:[^\n|;&]{0,200}?\s)??-(?:p|P|w|pw|ap|pass)[\s=]{1,3}[\"']?(?P<bare>[^\s\"'`|;]{4,200})"
)
_TAKES = Pattern(r"\s-(?:p|P|w|pw|ap|pass)[\s=]")
# A call that takes a user and a password in this order.
_LOGIN = Pattern(
    r"(?:log_?in|sign_?in|(?<=[.])sign|hmac|(?:create|add|register)_?user|auth|connect|getconnection|credentials?)\w{0,20}=?\("
)
_CALLED_WITH = Pattern(
    r"\s{0,8}(?:(?:[\"'][^\"'\n]{0,200}[\"']|[\w.]{1,60})\s{0,3},\s{0,8}){1,3}[\"'](?P<bare>[^\"'\s\n]{6,200})[\"']"
)
_NAME_LIKE = re.compile(r"[a-z][a-z0-9]*(?:[_.:-][a-z0-9]+)*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")

NAMES = frozenset(name for names, _ in _COMMANDS for name in names)
"""One of these stands, in lower case, in each text of which a command takes a secret."""

_OPTION = Pattern(r"(?<=[\s\"'])(?:--?[a-z]|/r?p)")
_NAMED = tuple((name, row) for row, (names, _) in enumerate(_COMMANDS) for name in names)
_NAMED_WITHOUT_OPTIONS = tuple(
    (name, row) for name, row in _NAMED if not all(isinstance(pattern, _Taken) for pattern in _COMMANDS[row][1])
)


def by_command(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a text stand that a command takes."""
    named = _NAMED if _OPTION.search(lower) else _NAMED_WITHOUT_OPTIONS
    # Most texts have none of them, and are many.
    for row in sorted({row for name, row in named if name in lower}):
        for match in (match for pattern in _COMMANDS[row][1] for match in pattern.finditer(text)):
            group = next((name for name, value in match.groupdict().items() if value and name != "quote"), None)
            if group and _is_secret(match, match[group], quoted=group == "quoted"):
                yield match.span(group)


def by_purpose(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a text stand that are by chance, as arguments of what takes a secret."""
    if _STORES.search(lower):
        for command in _STORED.finditer(text):
            for match in _ONE.within(text, command.start(), command.end()):
                if _is_by_chance(match["bare"]):
                    yield match.span("bare")
    found = list(_USER_AND.finditer(text)) if _TAKES.search(text) else []
    found += [match for call in _LOGIN.finditer(lower) if (match := _CALLED_WITH.match(text, call.end()))]
    yield from (match.span("bare") for match in found if _is_by_chance(match["bare"]))


def _is_by_chance(value: str) -> bool:
    return (
        not _NAME_LIKE.fullmatch(value)
        and not is_harmless(value)
        and not is_uuid(value)
        and (is_password_like(value) or is_key_like(value))
    )


def _is_secret(match: re.Match[str], value: str, *, quoted: bool) -> bool:
    # A word that is the password of many, glued to its option, is no placeholder.
    harmless = is_harmless(value) and not (value.isalpha() and match[0].startswith("-p") and match[0][2:3] not in " \t")
    if (
        harmless
        or _NUMBERS.fullmatch(value)
        or (match[0].endswith(f":{value}") and match[0].split(":")[0].split()[-1].isdigit())
    ):
        return False
    if value.startswith(("-", "$")) or (value.startswith(("public", "private")) and not _MIXED.search(value)):
        return False
    return quoted or not (value.startswith(("env:", "file:")) or (is_code(value) and ("(" in value or "/" in value)))
