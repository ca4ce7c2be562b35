"""Secrets that a command takes, by the command's own grammar: `mysql -p...`, `redis-cli -a ...`, `echo ... | sudo -S`.

A short option such as -p means a password to one command and a port, a path or a patch to others, so each command has its own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from memp.text.patterns import Pattern
from memp.text.secrets.values import is_code, is_harmless

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
    (("zip",), (_taken("zip|unzip|zipcloak", r"-P\s{1,3}"),)),
    (("7z",), (_taken("7za?|7zr", r"-p(?=\S)"),)),
    (("smbclient", "rpcclient", "mount", "cifs"), (Pattern(rf"(?<=\s)-U\s{{0,3}}[\"']?[\w\\.-]{{1,60}}%{_ARGUMENT}"),)),
    (("snmp",), (_taken(r"snmp(?:walk|get|set|bulkwalk)", r"-c\s{1,3}"),)),
    (("freerdp", "rdesktop"), (_taken(r"[xw]?l?freerdp3?|rdesktop", r"(?:/p:|-p\s{1,3})"),)),
    (("net use", "net user"), (
        Pattern(rf"\bnet user\s{{1,3}}[\w.-]{{1,60}}\s{{1,3}}(?![/*]){_ARGUMENT}", re.IGNORECASE),
        Pattern(rf"\bnet use\s{{1,3}}(?:\w:|\*)?\s{{0,3}}\\\\\S{{1,200}}\s{{1,3}}(?![/*]){_ARGUMENT}", re.IGNORECASE))),
    (("wpa_passphrase",), (Pattern(rf"\bwpa_passphrase\s{{1,3}}\S{{1,60}}\s{{1,3}}{_ARGUMENT}"),)),
    (("htpasswd",), (Pattern(rf"\bhtpasswd\s[^\n]{{0,60}}?-\w{{0,6}}b\w{{0,6}}\s{{1,3}}\S{{1,100}}\s{{1,3}}\S{{1,60}}\s{{1,3}}{_ARGUMENT}"),)),
    (("openssl", "passin", "passout"), (
        _taken("openssl", r"-k\s{1,3}"),
        Pattern(rf"(?<=[\s\"'])-pass(?:in|out)?\s{{1,3}}[\"']?pass:{_ARGUMENT}"))),
    (("sudo", "passwd", "chpasswd", "cryptsetup", "docker login", "secrets create"), (
        Pattern(r"\b(?:echo|printf)\s{1,3}(?:-\w\s{1,3})?[\"']?(?:[\w.-]{1,40}[:=])?(?P<bare>[^\s\"'|]{3,200})[\"']?\s{0,3}\|\s{0,3}"
                r"(?:sudo\s{1,3}(?:-\w{1,3}\s{1,3}){0,3}?-\w{0,3}S|(?:sudo\s{1,3})?(?:ch)?passwd\b|cryptsetup|docker login|gcloud secrets)"),)),
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

NAMES = frozenset(name for names, _ in _COMMANDS for name in names)
"""One of these stands, in lower case, in each text of which a command takes a secret."""

_OPTION = Pattern(r"(?<=[\s\"'])(?:--?[a-z]|/p:)")
_WITHOUT_OPTIONS = tuple(
    (names, patterns) for names, patterns in _COMMANDS if not all(isinstance(pattern, _Taken) for pattern in patterns)
)


def by_command(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a text stand that a command takes."""
    rows = _COMMANDS if _OPTION.search(lower) else _WITHOUT_OPTIONS
    for names, patterns in rows:
        if any(name in lower for name in names):
            for match in (match for pattern in patterns for match in pattern.finditer(text)):
                group = next((name for name, value in match.groupdict().items() if value and name != "quote"), None)
                if group and _is_secret(match, match[group], quoted=group == "quoted"):
                    yield match.span(group)


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
