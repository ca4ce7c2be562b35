"""Requests that ask for what is else a fault: a test that fails, a reproduction, a program that refuses, tests taken away."""

import re

MAX_READ = 4_000
"""Characters of a request that are read."""


def asks_for_red(task: str) -> bool:
    """Whether a task asks for something that fails: a failing test or a reproduction, and not to mend it as well."""
    text = task[:MAX_READ].replace("’", "'")
    return _RED.search(text) is not None and not _MENDS.search(_NOT_MENDED.sub(" ", text))


def asks_to_show(task: str) -> bool:
    """Whether a task asks to show something by a test, which then may be green or red, as it is."""
    return _SHOWS.search(task[:MAX_READ]) is not None


def asks_to_refuse(task: str) -> bool:
    """Whether a task asks that something fails, rejects or exits with a status: then it is no fault where it does."""
    return asks_for_red(task) or _REFUSES.search(task[:MAX_READ]) is not None


def asks_to_weaken(task: str) -> bool:
    """Whether a task asks itself to skip, silence or remove something, or to write anew what tests compare with."""
    return _WEAKENS.search(task[:MAX_READ]) is not None


def asks_to_undo(task: str) -> bool:
    """Whether a task asks to throw changes away."""
    return _UNDOES.search(task[:MAX_READ]) is not None


_UNDOES = re.compile(
    r"\b(?:revert|undo|roll(?:s|ing)? ?back|throw\w* (?:\w+ ){0,4}?away|discard|reset|restore|stash|back ?out|abandon)\b"
    r"|\b(?:zurücksetz|rückgängig|verw[ei]rf|zurücknehm|annul|abandonn|rétabli|deshac|deshaz|revier|descart|restaur"
    r"|ripristin|annull|desfa)"
    r"|\bterugdraai|\bcofn|откат|отмени|сбрось|скасуй|回滚|撤销|还原|恢复|丢弃|元に戻|取り消|破棄|되돌|취소|폐기",
    re.IGNORECASE,
)
_PROBLEM = r"(?:bugs?|crash\w*|errors?|failures?|faults?|issues?|problems?|hang|deadlock|race|leak|overflow|exception|regression)"
_RED = re.compile(
    r"\b(?:an?|some|any|new|one|minimal|small|the same)\s+(?:[\w-]+\s+){0,3}?(?:failing|red"
    r"|broken)\s+(?:[\w-]+\s+){0,2}?(?:tests?|specs?|cases?|checks?)\b"
    r"|\b(?:write|add|create|start with|commit|give me|need"
    r"|want)\s+(?:[\w-]+\s+){0,2}?failing\s+(?:[\w-]+\s+){0,2}?(?:tests?|specs?)\b"
    r"|\b(?:an?|some|new|one)\s+(?:[\w-]+\s+){0,3}?(?:tests?|specs?|cases?|script|program|snippet|example)\s+(?:that"
    r"|which|to)\s+(?:currently\s+|still\s+|now\s+)?"
    r"(?:fails?|crashes|reproduces?|shows?\s+(?:the|this|that)\s+(?:[\w-]+\s+){0,3}?"
    rf"{_PROBLEM}|demonstrates?|exposes?|triggers?|proves?\s+(?:the|this|that)\s+(?:[\w-]+\s+){{0,3}}?{_PROBLEM})"
    r"|\b(?:show|demonstrate|see|watch)\s+(?:me\s+|us\s+)?(?:how|when|where|that)\b[^.!?\n]{0,60}?\b(?:crashes|fails"
    r"|breaks|hangs|goes wrong)\b"
    r"|(?<!the )\bred (?:\w+ )?tests? (?:first|for|only)\b|\b(?:reproduce|repro)\b|\breproducer\b|\breproduction\b"
    r"|\bprovoke\s+(?:the|this|that)\b"
    rf"|\b(?:trigger|demonstrate)\s+(?:the|this|that)\s+(?:[\w-]+\s+){{0,3}}?{_PROBLEM}"
    # German, Dutch, Scandinavian
    r"|\b(?:eine?[nrms]?|schreib\w*\s+(?:[\w-]+\s+){0,5}?)\s*(?:\w+\s+)?(?:fehlschlagende[nrms]?|scheiternde[nrms]?"
    r"|rote[nrms]?)\s+(?:\w+\s+)?\w*test"
    r"|\beine?[nrms]?\s+\w*test\w*,?\s+(?:der|die|das)\b.{0,60}\b(?:fehlschlägt|scheitert|rot ist)"
    r"|\breproduzier|\bnachstell|\bstelle?\b.{0,80}\bnach\b(?=\s*[.,;!?]|\s*$)"
    r"|\been\s+(?:\w+\s+)?(?:falende|mislukkende)\s+(?:\w+\s+)?test|\been\s+test\s+die\s+(?:faalt|mislukt)|\breproduceer"
    r"|\b(?:ett?|en)\s+(?:fallerande|misslyckad|feilende|fejlende)\s+test|\båterskapa|\breproduser"
    # French, Spanish, Italian, Portuguese, Romanian
    r"|\bun\s+tests?\s+(?:unitaires?\s+)?(?:qui\s+échoue|en\s+échec|rouge)|\breprodui[srt]\w*"
    r"|\b(?:prueba|test)s?\s+(?:\w+\s+)?que\s+(?:falle|fallen)\b|\breprodu(?:ce|cir|zca|zco)\b"
    r"|\bun\s+test\s+(?:\w+\s+)?che\s+(?:fallisc|non\s+pass)|\briproduc|\briproduci"
    r"|\bum\s+teste\s+(?:\w+\s+)?que\s+falh|\breprodu(?:z|za|zir)\b|\btest\s+care\s+(?:eșuează|pică)|\breproduci"
    # Slavic, Turkish
    r"|\btest\w*,?\s+który\s+nie\s+przechodzi|\bodtwórz|\bzreprodukuj|\bpadající\s+test|\breprodukuj"
    r"|падающ\w+\s+(?:\w+\s+)?тест|тест\w*,?\s+котор\w+\s+(?:падает|не\s+проходит)|воспроизв|відтвор|тест,?\s+що\s+падає"
    r"|başarısız\s+olan\s+(?:bir\s+)?test|yeniden\s+üret"
    # Chinese, Japanese, Korean and others
    r"|(?:失败|失敗|不通过|报错|红)的?(?:单元)?(?:测试|測試|用例)|(?:复现|複現|重现|重現)"
    r"|(?:失敗|落ち)(?:する|る)(?:単体)?テスト|再現|실패하는\s*(?:단위\s*)?테스트|재현"
    r"|اختبار\S*\s+(?:فاشل|يفشل)|אעתק|test\s+yang\s+gagal|test\s+thất\s+bại|tái\s+hiện",
    re.IGNORECASE,
)
"""Words that ask for a test that fails, or to bring a fault about. "The failing test" is one that is there already."""

_SHOWS = re.compile(
    r"\b(?:prove|show|demonstrate)\s+(?:\w+\s+){0,2}?(?:with|in|by|through)\s+(?:an?|one|some|unit"
    r"|the)?\s*(?:[\w-]+\s+){0,2}?(?:tests?|specs?)\b"
    r"|\b(?:beweise?|zeige?|belege?)\b.{0,20}?\b(?:mit|durch|per)\s+(?:\w+\s+){0,2}?\w*tests?\b|\b(?:prouve|montre"
    r"|démontre)\w*\s+(?:par|avec)\s+(?:\w+\s+)?test"
    r"|\b(?:demuestra|muestra|comprueba)\s+con\s+(?:\w+\s+)?(?:prueba|test)|\b(?:dimostra|mostra)\s+con\s+(?:\w+\s+)?test"
    r"|\b(?:prove|mostre|demonstre)\s+com\s+(?:\w+\s+)?teste|\b(?:bewijs|toon)\s+(?:\w+\s+)?met\s+(?:\w+\s+)?test"
    r"|(?:докажи|покажи)\s+(?:\w+\s+)?тестом|用\S{0,4}(?:测试|用例)\S{0,2}(?:证明|展示|说明)|テストで\S{0,4}(?:示|証明)|테스트로\s?(?:증명|보여)",
    re.IGNORECASE,
)
"""Words that ask to show by a test how something is, which may be a fault."""

_NOT_MENDED = re.compile(
    r"\bI(?:'ll| will| can)?\s[^.,;!?\n]{0,30}?\b(?:myself|fix|mend|implement|make|repair)\b[^.,;!?\n]*"
    r"|\b(?:do not|don't|dont|not|no|without|before|never|nothing|rather than|instead of|later|until)\b[^.,;!?\n]{0,40}?"
    r"\b(?:fix\w*|repair\w*|mend\w*|solv\w*|correct\w*|patch\w*|chang\w*|touch\w*)"
    r"|\b(?:nicht|nichts|ohne|noch nicht|bevor|kein\w*)\b[^.,;!?\n]{0,40}?\b(?:beheb\w*|reparier\w*|korrigier\w*|fix\w*|änder\w*)"
    r"|\b(?:fix\w*|behebe|repariere|korrigiere)\s+(?:\w+\s+){0,3}?(?:nicht|nichts|not|later|nothing)\b"
    r"|\bne\s+(?:\w+\s+){0,2}?(?:corrige|répare|change)\w*|\bsans\s+(?:\w+\s+)?(?:corriger|réparer)|\b(?:sin"
    r"|no)\s+(?:\w+\s+)?(?:arregl|corrig|corrij|cambi)\w*"
    r"|\b(?:senza|non)\s+(?:\w+\s+)?(?:corregg|sistem|ripar)\w*|\b(?:sem|não)\s+(?:\w+\s+)?(?:corrig|corrij|consert)\w*"
    r"|(?:не|ничего не)\s+(?:\w+\s+)?(?:исправ|чин)\w*|(?:不要|不用|先不|别|暂不|勿)(?:\S{0,4})(?:修复|修正|修改|改)"
    r"|(?:修正|修復|直)(?:は|し|さ)?(?:しないで|ないで|なくて|せずに|不要)|(?:고치지|수정하지)\s?(?:마|말)",
    re.IGNORECASE,
)
"""Sayings that something is not to be mended, or not yet."""

_MENDS = re.compile(
    r"\b(?:fix|fixes|fixed|fixing|repair|mend|solve|resolve|correct it|patch it|make (?:it|them|that|the tests?"
    r"|everything) (?:pass|green)|get (?:it|them) (?:to pass|green)"
    r"|then implement|(?:to|must|should) pass|green)\b|\bgrün\b|\bslagen\b|\bau vert\b|\ben verde\b"
    r"|зелен|(?<!不)通过|通るように|통과"
    r"|\b(?:beheb|reparier|korrigier)\w*|\bcorrige|\brépare|\barregl|\bcorrig|\bcorregg|\bsistema(?:lo|la)?\b|\bconsert"
    r"|исправ|почин|виправ|(?:修复|修正|解决|修好|改好)|直し|고치|고쳐|수정",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:must|should|shall|has to|have to|needs? to|let|make|makes?|so that|ensure|ensures|want"
    r"|wants?)\b(?:(?!\bnot\b|n't\b|\bnever\b|\bno longer\b|\bstops?\b)[^.!?\n]){0,80}?"
    r"\b(?:fails?|reject\w*|refus\w*|abort\w*|exits?\s+(?:with|non|1|2|code)|non-?zero|raises?|throws?|errors? out"
    r"|den(?:y|ies)|block)\b"
    r"|\b(?:soll|muss|müssen)\b[^.!?\n]{0,80}?\b(?:ablehn\w*|abbrech\w*|fehlschlag\w*|scheitern|abweis\w*|verweiger\w*)"
    r"|\b(?:doit|devrait)\b[^.!?\n]{0,80}?\b(?:échouer|refuser|rejeter)|\b(?:debe|debería"
    r"|deve)\b[^.!?\n]{0,80}?\b(?:fallar|rechazar|rifiutare|fallire|falhar|rejeitar)"
    r"|(?:должн\w*)[^.!?\n]{0,80}?(?:падать|отклон|отверг|отказ)|(?:应该?|必须|要)[^。\n]{0,40}?(?:报错|拒绝|失败)|(?:拒否|エラーに)する|거부",
    re.IGNORECASE,
)
_WEAKENS = re.compile(
    r"\b(?:skip|xfail|disabl|quarantin|ignor|exclud|mut(?:e|ing)\b|delet|remov|drop\b|dropping|deselect|silenc|suppress"
    r"|get rid|retir"
    r"|snapshots?\b|golden|baselines?\b|expected (?:output|result)s?|clean ?up|prun|no-verify|revert|undo|throw away)"
    r"|\b(?:überspring|deaktivier|ignorier|entfern|lösch|ausschließ|unterdrück|verw[ie]rf|zurücksetz)"
    r"|\b(?:désactiv|supprim|retir|enlèv|saut)|\b(?:omit|desactiv|elimin|quita|borra|salta)|\b(?:disattiv|rimuov|cancell|ignora)"
    r"|\b(?:remov|exclu|apag)|\b(?:verwijder|overslaan)|\busuń|\bpomiń|пропус|отключ|удал|убер|видал"
    r"|跳过|忽略|删除|移除|禁用|快照|スキップ|無効|削除|除外|スナップショット|건너뛰|스킵|삭제|제거|비활성",
    re.IGNORECASE,
)
"""Words that ask for less: then fewer tests are no evasion."""
