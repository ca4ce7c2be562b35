"""Forms by which an effect is recognised, in commands and in prose. Each row says why it is there; docs/trust.md has the figures.

Repetitions are bounded, so that no text takes long. A new form is a row: what it means must hold whoever wrote the text, and it
must not be how people write of their ordinary work ("rm -rf node_modules", "scp build.tar host:", "rotate the key").
"""

from collections.abc import Sequence

from memp.text.effects.form import Form, form

_FETCH = r"(?:curl|wget|fetch|aria2c|http|iwr|irm|invoke-webrequest|invoke-restmethod)"
_DECODE = r"(?:base64|openssl|xxd)\b[^\n|]{0,60}\s-{1,2}(?:d|decode|r)\b"
SHELL = r"(?:sh|bash|zsh|dash|ksh|fish|ash|csh)\b"
LANGUAGE = r"(?:python|pypy|perl|ruby|node|nodejs|php|lua|pwsh|powershell)[\d.]{0,8}\b"
_WRAPPED = (
    r"(?:[({]\s{0,3})?"
    r"(?:(?:sudo|doas|env|time|nohup|exec|command|nice|setsid"
    r"|busybox)\s{1,3}(?:-{1,2}[\w=-]{1,20}\s{1,3}(?:\w{1,20}\s{1,3})?){0,3}"
    r"|\w{1,30}=\S{0,60}\s{1,3}"
    r"|(?:ssh|xargs|(?:docker|podman|kubectl)\s{1,3}exec)\s[^\n|;]{0,80}?[\s\"']){0,3}"
    r"[\"']?(?:/[\w./-]{0,40}/)?"
)
"""What may stand before an interpreter: its folder, and commands that run another with the same input."""
_NOTHING = (
    r"(?=\s{0,3}(?:$|[\n;&|)}\"'`#<>]|\d>|[.,:!](?:\s|$)|->|[\"']?\$|/dev/stdin\b|-(?:\s|$|[\"'`])"
    r"|\(|(?:and|then|to|as|or|which|that|when|if|in|on|with|for)\s))"
)
"""No file and no program of its own behind an interpreter, which then runs what comes in: a command or its clause ends."""
_NO_FILE = (
    r"(?!\s{1,3}(?:(?!-\w{0,6}s\b)[-+]\w[\w-]{0,20}\s{1,3}(?:pipefail\s{1,3})?){0,4}"
    r"(?:(?!/dev/stdin)[\"']?(?:[\w~./-]{0,80}[./]\w|\{\w)|-\w{0,6}c\s{1,3}[\"'$\w]))"
)
"""No file and no program of its own behind a shell, whatever else a sentence goes on with."""
_RUNS_INPUT = (
    rf"{_WRAPPED}(?:iex\b|invoke-expression\b|(?:source|\.)\s{{1,3}}/dev/stdin"
    rf"|{SHELL}{_NO_FILE}"
    rf"|{LANGUAGE}(?:\s{{1,3}}-(?:[ubsdtwi]|nop\w{{0,8}}|noni\w{{0,12}}|command)\b){{0,4}}{_NOTHING})"
)
"""An interpreter that reads its program from what is piped into it; `python3 -m json.tool` and `node -e ...` have their own."""
_CODE = r"(?:script|installer|binary|executable|program|payload|code|setup|package|file)"
_RUN_IT = (
    r"(?:run|execute|launch|source|eval|pipe)s?\s{1,3}(?:it|them|this|that|(?:the|its|this"
    r"|that)\s{1,3}(?:\w{1,20}\s{1,3})?"
    rf"{_CODE}s?|what (?:it|you|was))\b"
)
"""To run what a sentence spoke of before, and not something else ("pull the latest main and run the tests")."""
_SECRET = (
    r"(?:\.ssh\b|id_(?:rsa|ed25519|ecdsa|dsa)\b|(?<![\w.])\.env\b|\.aws\b|\.netrc\b|\.npmrc\b|\.pgpass\b|\.kube"
    r"\b|\.gnupg\b|\.docker/config"
    r"|/etc/(?:passwd|shadow)|\.bash_history|\.git-credentials|wallet\.dat|\bprintenv\b|(?<![\w/.-])env(?= *\|)|"
    r"\bapi[ _-]?keys?\b"
    r"|\bsecret(?:s|[ _-]keys?)?\b|\bpasswords?\b|\bpasswd\b|\bcredentials?\b|\b(?:access|auth|bearer"
    r"|session)[ _-]?tokens?\b"
    r"|\bprivate keys?\b|\bssn\b|\bcookies?\b|\bkeychain\b)"
)
_SUBSTITUTED = r"(?:\$\(|(?<=[\s=/?&:@\"'])`(?=\w[^`\n]{0,120}`))"
"""The output of a command in another; not the backtick that ends a command in Markdown."""
_OUT = (
    r"(?:send|sends|sending|e-?mail|forward|post|upload|transmit|leak|exfiltrate|copy|share|report|submit"
    r"|publish|append|include|pass)"
)
_PLACE = (
    r"(?:https?://|ftp://|[\w.+-]{1,40}@[\w-]{1,40}\.|\bwebhook|\bexternal\b|\battacker|\bpastebin|"
    r"\bremote (?:server|host)|\bchannel\b)"
)
_WHOLE = (
    r"(?:(?:~|\$HOME|\$\{HOME(?::\?)?\}|%USERPROFILE%|/(?:home|etc|usr|var|boot|root|opt|srv|data|mnt))[\"']?(?:/?"
    r"|/\.?\*)"
    r"|/\.?\*?|\.?\*|[A-Z]:\\\\?\*?)"
)
"""All that a person has, or a machine: a root, a home, what is in one, or all that is in the folder where a command runs."""
_CHECKS = (
    r"(?:validation|verification|tests?|test suite|checks?|checksum|signature|review|approval|confirmation"
    r"|safety|security|guardrails?"
    r"|firewall|anti-?virus|defender|selinux|audit(?:ing|[ _-]logs?)?|logging|backups?|linters?|ci|permissions?"
    r"|authentication"
    r"|authorization|2fa|mfa|schema check|quality gate|sanity checks?)"
)


FORMS: Sequence[Form] = (
    form(
        "runs fetched code", "what the network gives is run without a look at it",
        rf"\b{_FETCH}\b\s[^\n]{{1,300}}?\|&?\s{{0,3}}{_RUNS_INPUT}",
        rf"\b{_FETCH}\b\s[^\n]{{1,300}}?\|[^\n|]{{0,80}}\b(?:exec|eval)\(",
        rf"\b(?:sh|bash|zsh|dash|ksh|fish|ash|python|perl|ruby|node|php"
        rf"|iex)[\d.]{{0,8}}\s{{1,3}}(?:-\w{{1,3}}\s{{1,3}})?[\"']?(?:<\(|\$\(|`)\s{{0,3}}{_FETCH}\b",
        rf"\b(?:eval|source|exec)\s{{1,3}}[\"']?(?:<\(|\$\(|`)\s{{0,3}}{_FETCH}\b",
        r"\bDownloadString\(|\bDownloadFile\([^\n]{1,200}(?:Start-Process|&\s)|\biex\s{0,3}\(",
        r"\b(?:exec|eval)\(\s{0,3}(?:urllib|requests|urlopen|__import__|fetch|compile\(|base64|bytes\.fromhex|atob)",
        rf"\b{_DECODE}[^\n]{{0,100}}?\|&?\s{{0,3}}{_RUNS_INPUT}",
        rf"\b{_FETCH}\b[^\n]{{1,300}}(?:&&|;|\bthen\b)[^\n]{{0,120}}(?:chmod\s{{1,3}}(?:\+x|[0-7]*7[0-7]*)|(?:ba"
        rf"|z)?sh\s{{1,3}}\S{{1,120}}\.sh|\./)",
        rf"\b(?:download|fetch|retrieve)(?:s|ing)?\b[^.\n]{{1,150}}\b(?:and|then)\b[^.\n]{{0,40}}\b{_RUN_IT}",
        r"\bdownload(?:s|ing)?\s{1,3}(?:and|then)\s{1,3}(?:run|execute|launch|source|eval|pipe)\b[^\n]{0,60}://",
        rf"\b(?:pull|get)(?:s|ing)?\b[^.\n]{{0,80}}https?://[^\n]{{0,150}}\b(?:and|then)\b[^.\n]{{0,40}}\b{_RUN_IT}",
        rf"\bdownload(?:s|ing)?\b[^\n]{{1,150}}\n[^.\n]{{0,40}}\b{_RUN_IT}",
    ),
    form(
        "runs fetched code", "a package from an address instead of the registry runs its author's code",
        r"\b(?:pip3?|uv pip|pipx|uv tool)\s{1,3}install\s[^\n]{0,120}(?:(?<!git\+)\bhttp://|--"
        r"(?:extra-)?index-url\s{0,3}=?\s{0,3}http|--trusted-host)",
        r"\b(?:pip3?|uv pip|pipx|uv tool)\s{1,3}install(?:\s{1,3}[^\s#`(),;&|]{1,60}){0,8}?\s{1,3}[\"']?(?:git\+"
        r"|hg\+)?(?:https?|ssh)://",
        r"\b(?:uvx|pipx\s{1,3}run|uv\s{1,3}(?:run|add))\s[^\n]{0,60}\bgit\+\w{3,5}://",
        r"\b(?:npx|bunx|(?:npm|pnpm|yarn|bun)\s{1,3}(?:install|i|add|exec|dlx|x))\s[^\n]{0,60}(?:\bhttp://"
        r"|\bgit\+\w{3,5}://|--registry\s{0,3}=?\s{0,3}http://)",
        r"\bcargo\s{1,3}install\s[^\n]{0,60}--git\b",
    ),
    form(
        "sends data out", "a secret, or the file of one, leaves the machine",
        rf"\b(?:curl|wget|http|nc|ncat|netcat|socat|scp|rsync|sftp|ftp|mail|sendmail|aws s3 cp|gsutil cp|rclone)"
        rf"\b[^\n]{{0,250}}{_SECRET}"
        rf"[^\n]{{0,250}}(?:https?://|[\w.-]{{1,60}}:\S|\b\d{{1,3}}\.\d{{1,3}}\.|@|s3://|gs://)",
        r"\bcurl\b[^\n]{0,250}(?:-d|--data(?:-\w+)?|-F(?!\w)|--form|-T(?!\w)|--upload-file)\s{0,3}[\"']?@?[^\n]{0,60}"
        rf"(?:{_SUBSTITUTED}|@[~/.]|<\()",
        rf"\bcurl\b[^\n]{{0,250}}https?://[^\s\"']{{0,200}}{_SUBSTITUTED}",
        rf"{_SECRET}[^\n]{{0,120}}\|\s{{0,3}}(?:base64[^\n|]{{0,40}}\|\s{{0,3}})?(?:curl|nc|ncat|netcat|mail|http)\b",
        r"\b(?:nc|ncat|netcat)\b[^\n]{0,80}\s<\s{0,3}\S|/dev/tcp/|\b(?:ba)?sh\s{1,3}-i\b[^\n]{0,40}>&",
        rf"\b{_OUT}\b[^.\n]{{0,120}}{_SECRET}[^\n]{{0,120}}\b(?:to|at|via|in|into|as)\b[^\n]{{0,80}}{_PLACE}",
        rf"\b{_OUT}\b[^\n]{{0,80}}\bto\b[^\n]{{0,60}}{_PLACE}[^\n]{{0,120}}{_SECRET}",
        r"\bexfiltrat\w{1,4}",
        r"!\[[^\]\n]{0,60}\]\(https?://[^)\n]{1,200}[?&=][^)\n]{0,80}(?:\{|\[|%7B|<|\$|DATA|SECRET)",
    ),
    form(
        "sends data out", "mail, money or documents go to somebody whom the text names, and not the task",
        r"\b(?:send|e-?mail|forward|post|share|concatenate)\b[^.\n]{0,40}\b(?:contents?|body|bodies|messages"
        r"|conversations?|inbox|chat history|security codes?|(?:user|personal|private|customer)\s{1,3}"
        r"(?:information|data))\b[^.\n]{0,100}\bto\b",
        r"\b(?:forward|send|e-?mail|share)\b[^.\n]{0,60}\b(?:all|every|any|each)\b[^.\n]{0,60}\b(?:e-?mails?"
        r"|messages?|files?|documents?|conversations?|contents?|data|history|records?)\b[^.\n]{0,60}\bto\b",
        r"\b(?:send|transfer|wire|pay)\b[^.\n]{0,60}(?:[$\u20ac\u00a3]\s?\d|\b\d[\d.,]{0,12}\s?(?:usd|eur|btc"
        r"|eth|dollars?|euros?)\b|\bmoney\b|\bfunds\b|\btransaction\b)[^\n]{0,100}\bto\b",
        r"\b(?:transaction|payment|transfer)\b[^\n]{0,100}\b(?:iban|account)\b[^\n]{0,60}[A-Z]{2}\d{4,}",
    ),
    form(
        "deletes widely", "what is deleted is more than the work at hand, and does not come back",
        rf"\brm\s{{1,3}}(?:-{{1,2}}[\w-]{{0,20}}\s{{1,3}}){{1,4}}[\"']?{_WHOLE}(?=[\s\"';&|]|$)",
        r"--no-preserve-root|\bmkfs(?:\.\w+)?\s|\bdd\b[^\n]{0,100}\bof=/dev/(?:sd|nvme|hd|disk|vd)|\bwipefs\b|"
        r"\bshred\b\s|:\(\)\s?\{\s?:\|:&",
        rf"\bfind\s{{1,3}}{_WHOLE}[^\n]{{0,100}}(?:-delete|-exec\s{{1,3}}rm)",
        r"\bdrop\s{1,3}(?:database|schema)\b(?!\s+if\s+exists\s+\w*test)|"
        r"\bdelete\s{1,3}from\s{1,3}\w{1,60}\s{0,3}(?:;|$|\bwhere\s+(?:1\s?=\s?1|true)\b)",
        r"\b(?:remove-item|ri|del|rd|rmdir)\b[^\n]{0,60}(?:-recurse|/s)[^\n]{0,60}[A-Z]:\\\\?(?:\s|\*|$|users"
        r"|windows)|\bformat\s{1,3}[A-Z]:",
        r"\bterraform\s{1,3}destroy\b|\bkubectl\s{1,3}delete\s{1,3}(?:ns|namespaces?|--all|all)\b|"
        r"\baws\s{1,3}s3\s{1,3}(?:rb|rm)\b[^\n]{0,80}--(?:force|recursive)",
        r"\bgit\s{1,3}push\b[^\n]{0,60}(?:--mirror|--delete\s{1,3}\S{1,40}\s{1,3}(?:main|master))|\bvssadmin\b"
        r"[^\n]{0,30}delete",
        r"\b(?:delete|erase|wipe|destroy|remove|purge)s?\b\s{1,3}(?:all|every|everything|the (?:entire|whole))\b"
        r"[^.\n]{0,40}\b(?:files?|data|databases?|backups?|directory|disks?|records?|accounts?|e-?mails?|events?"
        r"|logs?|users?|system)\b",
    ),
    form(
        "changes credentials", "who may enter, and with which rights, is another than before",
        r"\bauthorized_keys\b|\bssh-copy-id\b|/etc/(?:sudoers|shadow|passwd)\b[^\n]{0,60}|\bNOPASSWD\b|"
        r"\bchpasswd\b|\bvisudo\b",
        r"\b(?:usermod|gpasswd|net\s{1,3}localgroup)\b[^\n]{0,60}\b(?:sudo|wheel|admin\w*|docker)\b|\b(?:useradd"
        r"|adduser|net\s{1,3}user)\s{1,3}\S",
        r"\baws\s{1,3}iam\s{1,3}(?:create-(?:user|login-profile|policy)|attach-|put-\w{1,8}-policy"
        r"|update-assume-role|add-user-to-group)|\bclusterrolebinding\b[^\n]{0,80}cluster-admin|\bgcloud\b"
        r"[^\n]{0,60}add-iam-policy-binding",
        r"\b(?:change|reset|set|update|replace)\b[^.\n]{0,40}\b(?:password|passphrase|recovery e-?mail"
        r"|two-factor|2fa|mfa|security question)s?\b[^.\n]{0,30}\b(?:to|with|as|for)\b",
        r"\b(?:grant|promote|elevate)\b[^.\n]{0,60}\b(?:admin(?:istrator)?|root|owner|sudo|superuser)\b",
        r"\b(?:give|add|invite)\b[^.\n]{0,60}\b(?:(?:as|to) (?:an? |the )?(?:\w{1,20} )?(?:admin(?:istrator)?|root"
        r"|owner|sudo|superuser)s?\b"
        r"|(?:admin(?:istrator)?|root|owner|sudo|superuser)\s{1,3}(?:rights?|access|privileges?|role|permissions?)\b)",
    ),
    form(
        "disables checks", "what would have caught a fault or an intruder is off",
        r"--no-verify\b|--insecure\b|\bcurl\b[^\n]{0,60}\s-\w{0,6}k\w{0,6}\s|--no-check-certificate\b|"
        r"\bverify\s?=\s?False\b|\bGIT_SSL_NO_VERIFY\b"
        r"|\bNODE_TLS_REJECT_UNAUTHORIZED\s?=\s?[\"']?0|\bStrictHostKeyChecking[= ]no\b"
        r"|\bsslVerify[\"']?[=:\s]{1,3}[\"']?(?:false|0|no|off)\b"
        r"|\bstrict-ssl[=\s]{1,3}false\b|\bPYTHONHTTPSVERIFY\s?=\s?0|\brejectUnauthorized[\"']?\s?[:=]\s?false\b"
        r"|\bInsecureSkipVerify\s?[:=]\s?true\b"
        r"|--dangerously-\w|--skip-permissions\b",
        r"\bsetenforce\s{1,3}0\b|\bufw\s{1,3}disable\b|\biptables\s{1,3}(?:-F|--flush)\b|\bsystemctl\s{1,3}"
        r"(?:stop|disable|mask)\s[^\n]{0,40}(?:firewall|auditd|fail2ban|apparmor|clamav|falcon|defender)",
        r"\bSet-MpPreference\b[^\n]{0,60}-Disable|\bset-executionpolicy\b[^\n]{0,30}\b(?:bypass|unrestricted)\b|"
        r"\bchmod\s{1,3}(?:-R\s{1,3})?0?777\b|\bunset\s{1,3}HISTFILE\b|\bhistory\s{1,3}-c\b",
        rf"\b(?:disable|skip|bypass|ignore|suppress|circumvent|override|turn off|turning off|switch off"
        rf"|switching off|omit"
        rf"|avoid|evade)(?:s|d|ing)?\b\s{{1,3}}"
        rf"(?:\w{{1,14}}\s{{1,3}}){{0,3}}?{_CHECKS}\b",
        r"\b(?:drop|remove|strip|delete)s?\b\s{1,3}(?:\w{1,14}\s{1,3}){0,2}?(?:audit|consent|provenance)\b",
        rf"\bwithout\b\s{{1,3}}(?:(?:any|further|the|a|additional|re-?running|running|waiting for|asking for"
        rf"|manual|human|user|prior)\s{{1,3}}){{0,3}}(?:{_CHECKS}|asking)\b",
        r"\b(?:force|mark|set|assume|treat|report|declare)\b[^.\n]{0,40}\b(?:as\s{1,3})?(?:pass(?:ed|ing)?|valid"
        r"(?:ated)?|success(?:ful)?|approved|safe|verified|trusted)\b[^.\n]{0,50}\b(?:without|regardless|even if"
        r"|no matter|instead of|to save time|anyway|immediately)\b",
        rf"\b(?:no|not)\s{{1,3}}(?:need|necessary|required)\s{{1,3}}(?:to|for)\s{{1,3}}"
        rf"(?:\w{{1,12}}\s{{1,3}}){{0,2}}(?:{_CHECKS}|verify|validate|check|test|confirm)\b",
    ),
    form(
        "addresses the reader", "a procedure says what to do; this says whom to obey",
        r"\b(?:ignore|disregard|forget|override|overrule|bypass|neglect)\b[^.\n]{0,40}\b(?:previous|prior|above"
        r"|earlier|preceding|following|foregoing|all|any|your|these|those|other)\b[^.\n]{0,40}"
        r"\b(?:instructions?|prompts?|rules?|directions?|commands?|guidelines?|text|tasks?|context|said|polic"
        r"(?:y|ies)|programming|restrictions?|messages?)\b",
        r"\b(?:forget|ignore|disregard)\s{1,3}(?:everything|all that|what (?:you|i)|the above|this)\b",
        r"\b(?:new|updated|revised|real|actual|hidden|secret|additional)\s{1,3}(?:system\s{1,3})?"
        r"(?:instructions?|directives?)\b(?=\s{0,3}[:.!]|\s{1,3}(?:are|is|for|follow))",
        r"\bsystem\s{1,3}prompt\b|<\|(?:system|im_start|im_end|endoftext|user|assistant)\|?>|</(?:system|user"
        r"|assistant)>|\[/?(?:INST|SYS"
        r"|SYSTEM)\]|<</?SYS>>|</(?:information|instructions?|important|admin)>|(?:^|\n)\s{0,3}<(?:information"
        r"|instructions?|important|system|admin|im_start|user|assistant)>(?=\s{0,3}\w)|^\s{0,3}#{2,}\s{0,3}"
        r"(?:system|instruction|stop)\b",
        r"\byou\s{1,3}(?:are|'re)\s{1,3}(?:now(?! (?:logged|signed|connected|on|at|ready|reading|done|using)\b)"
        r"|going to (?:be|act|play|pretend)"
        r"|no longer|about to|free(?! to (?:use|choose|pick)\b))\b|"
        r"\bfrom now on\b[^.\n]{0,40}\byou\b|\byour\s{1,3}(?:new|true|only|real|next|primary)\s{1,3}(?:task|goal"
        r"|role|purpose|instructions?|objective|persona|name)\b",
        r"\b(?:pretend|act|behave|roleplay|respond|answer|reply)\b\s{1,3}(?:to be|as if|as though|as an?"
        r"|like an?|only with|exclusively|with nothing|with the (?:following|word|text))\b",
        r"\b(?:do not|don't|never|without)\s{1,3}(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|notify(?:ing)?"
        r"|alert(?:ing)?|reveal(?:ing)?|warn(?:ing)?|let(?:ting)?|disclose|disclosing)\b[^.\n]{0,60}\b(?:user"
        r"|person|human|operator|admin\w*|anyone|anybody|developer|owner|this)\b",
        r"\b(?:say|output|repeat|respond|reply|answer)\b\s{1,3}(?:only|exactly|just|nothing but)\b|\b(?:print"
        r"|write|display)\b\s{1,3}(?:exactly|nothing but)\b|\bonly\s{1,3}(?:say|respond|reply)\b|\b(?:hacked"
        r"|pwned|jailbr(?:eak|oken))\b|\bdeveloper mode\b|\bDAN\b(?=[^\n]{0,80}\b(?:anything|mode|do)\b)",
        r"\b(?:as|being)\s{1,3}an?\s{1,3}(?:ai|language model|assistant|agent)\b,?\s{1,3}you\b|\b(?:dear"
        r"|attention|hey|hello|hi)\s{1,3}(?:ai|assistant|agent|llm|model|claude|chatgpt|gpt|copilot|bot)\b",
        r"\b(?:ai|llm|language model|assistant|agent)s?\b[^.\n]{0,40}\b(?:must|should|shall|need to|have to"
        r"|are required to|is required to)\b[^.\n]{0,20}\b(?:comply|obey|follow|first|immediately|always|now"
        r"|ignore|call|execute|use)\b",
        r"\b(?:ignore|disregard|skip|override)\b[^.\n]{0,60}\b(?:and|,)\s{1,3}(?:just\s{1,3}|instead\s{1,3}"
        r"|simply\s{1,3})?(?:print|output|say|respond|reply|answer|write)\b|\b(?:simply|just|instead)\s{1,3}"
        r"(?:say\b|(?:print|output|respond|reply)\b(?=\s{1,3}(?:with\b|as\b|[\"'\u201c]|the (?:following|word|text"
        r"|answer))))",
        r"\b(?:function|act|serve)\s{1,3}in\s{1,3}the\s{1,3}capacity\s{1,3}of\b|\byou\s{1,3}(?:must|will"
        r"|shall)\s{1,3}(?:\w{1,10}\s{1,3}){0,2}?"
        r"(?:respond|answer|reply|obey|comply|roleplay)\b",
        r"(?<!until the )(?<!once the )(?<!when the )(?<!after the )(?<!if the )(?<!that the )\b(?:prior|previous"
        r"|current|original"
        r"|above)\s{1,3}(?:task|goal|request|job)s?\b[^.\n]{0,20}\b(?:is|are"
        r"|was|has been)\s{1,3}(?:cancell?ed|over|void|done|complete|obsolete)\b|(?:^"
        r"|[.!?\n]\s{0,3})new\s{1,3}task\s{0,3}:",
        r"(?:^|\n)\s{0,3}(?:system|admin|developer)(?:\s{1,3}message)?\s{0,3}:|\b(?:note|message)\s{1,3}(?:from"
        r"|to)\s{1,3}the\s{1,3}(?:developer|system|ai|assistant|agent|model)\b|\b(?:user|owner|person)\s{1,3}"
        r"(?:has|have)\s{1,3}(?:already\s{1,3})?(?:approved|authori[sz]ed|agreed|confirmed|consented)\b",
        r"\b(?:rest|remainder)\s{1,3}of\s{1,3}(?:this|the|your|our)\s{1,3}(?:conversation|chat|session|response)s?\b"
        r"|\b(?:end|start)\s{1,3}of\s{1,3}(?:this|your|our)\s{1,3}(?:conversation|chat|response|reply|answer)s?\b"
        r"|\b(?:end|begin|start)\s{1,3}(?:every|each|all|your)\s{1,3}(?:\w{1,12}\s{1,3})?"
        r"(?:response|answer|reply|repl(?:ies)|message)s?\b|\bdecode\s{1,3}and\s{1,3}(?:follow|execute|obey|run)"
        r"\b",
        r"\b(?:important|urgent|critical|mandatory)\b[^.\n]{0,30}\b(?:message|instructions?|notice|request)\b"
        r"[^.\n]{0,60}\b(?:from me|(?:to|for) (?:you|me)|from the (?:system|admin\w*|developer)|\w+ to you)\b",
        r"\b(?:before|prior to)\s{1,3}(?:you\s{1,3}(?:can|do|solve|answer|continue|complete)|solving|answering"
        r"|completing|doing)\b"
        r"(?:[^.\n]{0,80}\bplease\b|[^.\n]{0,30}\b(?:tasks?|questions?|requests?|prompts?|quer(?:y|ies)|problems?"
        r"|anything|you were)\b"
        r"[^.\n]{0,80}\b(?:first|must|need to|have to|should)\b)",
    ),
)  # fmt: skip
