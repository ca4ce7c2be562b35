"""Phrases by which a person comes back to what was just done, as it is wrong: "oh wait, it ...", "I tried it: ...".

They point at the task before without a word of it: by an alarm, a pronoun, "since this change". Each alone is also how a request
begins, so what follows must say what is, and not what is to be.
"""

import re

from memp.text.patterns import Pattern

_DREAD = (
    r"oh no|uh[- ]?oh|oops|whoops|damn(?: it)?|argh+|ouch|yikes|shit|oh nein|verdammt|so ein mist|mist|oh non|zut"
    r"|mince|oups|ay no|uy"
    r"|cavolo|accidenti|ih|ai não|o nee|oei|verdorie|o nie|ojej|eyvah|о нет|ой|блин|чёрт|ой ні|ouh|å nei|å nej|voi ei"
)
_HALT = (
    r"wait(?: a (?:minute|second|sec|moment)| what| no)?|hold on|hang on|moment(?: mal)?|warte(?: mal)?|halt|attends"
    r"|attendez|espera(?: aí)?"
    r"|un momento|aspetta|wacht(?: even)?|czekaj|chwila|bekle|подожди|стоп|погоди|зачекай|vänta|vent|odota"
)
_SIGNS = r"[\s,.!…:，。！、—–-]"
ALARM = Pattern(
    rf"(?:(?:oh|ah|hm+|ugh|um+|hey|no|ok|okay|nein|non|нет){_SIGNS}+)*?(?:(?P<dread>(?:{_DREAD})(?!\w)|糟糕|糟了"
    rf"|不好了?|哎呀|しまった|まずい|헉|이런)"
    rf"|(?:{_HALT})(?!\w)|等等|等一下|待って|あれ|잠깐(?:만)?|어라){_SIGNS}*",
    re.IGNORECASE,
)
"""Calls of alarm before what is wrong; `dread` where the call itself says that something is."""

_HELP = r"(?:also|now|just|still|again|only|even|then|already)"
IT = Pattern(
    rf"(?:and |but |now |so )*(?:(?:it|they|everything)\b|(?:this|that|these|those|you)(?='s\b| (?:{_HELP} )*(?:is|was"
    rf"|are|were|has|had|have|does|did"
    r"|do|doesn't|didn't|isn't|can't|won't|fail(?:s|ed)|crash(?:es|ed)|br(?:eaks|oke)|throws|threw|gives|gave|return(?:s|ed)"
    r"|show(?:s|ed)|times|timed|hangs|hung|stop(?:s|ped)|delete[sd]|remove[sd]|wipe[sd]|kill(?:s|ed)|ruin(?:s|ed))\b)"
    r"|(?:es|das|jetzt|ça|cela|il|elle|eso|esto|ahora|questo|adesso|isso|agora|het|dat|to|teraz|это|он|она|оно|теперь"
    r"|це|bu|şimdi|det|se)\b)"
    r"|它|这个?|现在|それ|これ|今度|그게|이게|이제",
    re.IGNORECASE,
)
"""Subjects that name nothing new."""

TRIED = Pattern(
    rf"(?:(?:so|ok|okay|well|hm+|and|just|also){_SIGNS}+)*(?:(?:i|we)(?:'ve| have)?(?: just| now)? (?:tried|tested"
    rf"|checked|ran|used|deployed"
    r"|installed)\b|just (?:tried|tested)\b|(?:i'm |now )*(?:getting|seeing)\b|(?:when|if) i (?:try|test|run|use"
    r"|open) (?:it|this|that)\b"
    r"|(?:ich )?habe? (?:es|das|sie|ihn|mal|gerade|eben| )*(?:ausprobiert|getestet|probiert)|(?:gerade"
    r"|eben) (?:getestet|ausprobiert)"
    r"|j'ai (?:essayé|testé)|je viens (?:de (?:le |la )?tester|d'essayer)|(?:lo|la) (?:he )?(?:probé|probado)|acabo de probar"
    r"|(?:l'|)ho (?:appena )?(?:provat|testat)[oa]|appena provat[oa]|(?:eu )?(?:testei|acabei de testar)|(?:ik heb het"
    r"|net) (?:getest"
    r"|geprobeerd|uitgeprobeerd)|(?:przetestował|sprawdził|wypróbował)\w*|(?:я )?(?:попробовал|проверил"
    r"|протестировал)а?|(?:denedim|test ettim)"
    r"|(?:jag har |)(?:testade|provade|testat)|我?(?:刚|刚刚|刚才)?(?:试了|试过|测了|测试了|跑了)|(?:試し|テストし"
    r"|動かし|使っ)て?(?:み|たら|まし|た)"
    r"|(?:해|써|테스트해|돌려) ?(?:봤|보니))",
    re.IGNORECASE,
)
"""Reports of who tried what was made."""

OWN = Pattern(
    r"(?:i|we|ich|wir|je|j'|yo|ik|я|eu|my|mein|sorry|forgot|missed|wrong|rush|problem|vergessen|oublié|olvidé|забыл)\b"
    r"|我|ごめん",
    re.IGNORECASE,
)
"""Beginnings by which a person speaks of an own slip, or of nothing that is wrong ("no rush")."""

DOING = Pattern(r"[A-Za-z]{2,}ing\s(?:.{0,80}\s)?(?:gives?|returns|shows|throws|fails|crashes|breaks|does|is|takes)\b")
"""A subject that says what somebody does: "swapping two seats returns a 403"."""

SINCE = Pattern(
    r"\b(?:since (?:this|that|your|the|today's|yesterday's) (?:change|fix|update|deploy\w*|commit|patch|merge"
    r"|migration|release)|since then"
    r"|(?:after|because of|with) (?:this|that|your|the) (?:change|fix|update|deploy\w*|commit|patch|merge|migration)|seitdem"
    r"|(?:seit|nach|durch) (?:dieser|der|deiner|die|diese|deine|dem|deinem) (?:änderung|anpassung|umbau|update|fix)"
    r"|(?:depuis|après) (?:ce|cette|ton|ta|le|la) (?:changement|modif\w*|mise à jour|correction)"
    r"|desde (?:este|ese|el|tu) (?:cambio|arreglo)|desde (?:essa|a|sua) (?:mudança|alteração)|dopo (?:questa|la tua"
    r"|la) modifica"
    r"|sinds (?:deze|die|je) (?:wijziging|aanpassing)|od (?:tej|tamtej) zmiany|bu değişiklikten (?:sonra|beri))\b"
    r"|после (?:этого|этих|твоих|изменени|правк)|改完|改了(?:之后|以后)|这次(?:修改|改动)|変更(?:してから|の後|以降)"
    r"|(?:변경|수정) (?:후|이후)",
    re.IGNORECASE,
)
"""Words by which a report names the work itself."""

_BAD = r"(?:empty|blank|wrong|garbage|garbled|null|nan|undefined|stale|outdated|duplicated?s?|broken|corrupt(?:ed)?)"
_STATUS = r"(?<![\w.])[45]\d\d(?![\w%]|[.,]\d|\s+\w+s\b)"
WRONG = Pattern(
    r"\b(?:(?:gives?|gave|returns?|returned|shows|showed|gets?|getting|got|produces?|produced|prints|printed|writes"
    r"|wrote|answers|answered"
    rf"|leaves|left|sends|sent|responds(?: with)?)(?: me| us)?(?: an?| the| only| just| with)*(?: \w+)? (?:{_STATUS}"
    rf"|{_BAD}\b|nothing\b)"
    rf"|(?:is|are|was|were)(?: now| always| just| all| completely| still| suddenly)* (?:{_BAD}|doubled|unreachable"
    rf"|offline|unreadable)\b"
    r"|(?:went|goes|gone) (?:down|offline|dark|blank|missing)\b|(?:kill|ruin|destroy|corrupt)(?:s|ed) (?:the|my|our"
    r"|all|every|its|half)\b|(?:wip|ignor|duplicat|truncat|garbl)e[sd] (?:the|my|our|all|every|its|half)\b|(?:is|'s"
    r"|are) ignoring\b|ne (?:s'|se )\w+ (?:plus|pas)\b|tim(?:es|ed) out\b|(?:ran|runs) out of memory\b|(?:all|every"
    r"|half)(?: of)? (?:my|our|the) [\w ]{1,40}(?:are|is"
    r"|were) (?:gone|lost)\b"
    rf"|(?:ist|sind|war|bleib(?:t|en)|liefert|gibt|zeigt|kommt|kommen|wirft)\b.{{0,40}}?(?:\bleer\w*|\bfalsch\w*"
    rf"|\bkaputt|\btot\b|\bweg\b|\bdoppelt|{_STATUS})"
    rf"|(?:est|sont|donne|renvoie|affiche|reste)\b.{{0,40}}?(?:\bvides?\b|\bfau(?:x|sse)s?\b|\bcassée?s?\b"
    rf"|\ben panne\b|{_STATUS})"
    rf"|(?:está|están|da|devuelve|muestra|sale|queda)\b.{{0,40}}?(?:\bvací[oa]s?\b|\bmal\b|\brot[oa]s?\b"
    rf"|\bcaíd[oa]s?\b|{_STATUS})"
    rf"|(?:è|sono|dà|restituisce|mostra|resta)\b.{{0,40}}?(?:\bvuot[oaie]\b|\bsbagliat[oaie]\b|\brott[oaie]\b|{_STATUS})"
    rf"|(?:está|dá|devolve|mostra|fica|retorna)\b.{{0,40}}?(?:\bvazi[oa]s?\b|\berrad[oa]s?\b|\bquebrad[oa]s?\b"
    rf"|\bfora do ar\b|{_STATUS})"
    rf"|(?:is|zijn|geeft|toont|blijft)\b.{{0,40}}?(?:\bleeg\b|\bkapot\b|\bverkeerd\b|{_STATUS})|jest (?:pust|błędn|zepsut)\w+"
    rf"|(?:är|er) (?:tomt?|trasigt?|tomme?)\b|(?:boş|yanlış|bozuk) (?:geliyor|çıkıyor|görünüyor)|çöktü\b)"
    rf"|(?:пуст(?:ой|ая|ое|ые)|неправильн\w+|лежит|сломан\w*|(?:выдаёт|выдает|возвращает|отдаёт) .{{0,20}}?{_STATUS})(?!\w)"
    rf"|(?:是|都|变成)空|(?:是|全)错|挂了|超时|(?:返回|报)\s?[45]\d\d|空(?:です|になっ|のファイル)|間違って"
    rf"|タイムアウト|[45]\d\d(?:が返|エラー)|비어 ?있|틀렸|죽었|[45]\d\d (?:에러|오류)",
    re.IGNORECASE,
)
"""Sayings that something is empty, wrong or down, or answers with an error's status."""

ERROR = Pattern(
    r"Traceback \(most recent|^\s{0,12}at \S[^\n]{0,200}:\d+|File \"[^\"\n]{1,300}\", line \d+|\b\w{0,60}(?:Error"
    r"|Exception)\b(?=\s?[:(\[])"
    r"|^\w{2,60}(?:Error|Exception)\b|\berror(?:\[\w{1,10}\]| TS\d+)?: |\b(?:HTTP|status|code)[ /:]{1,2}(?:\d\.\d )?[45]\d\d\b"
    r"|\b[45]\d\d (?:Internal|Not Found|Bad|Unauthorized|Forbidden|Service|Gateway)|\bis not a (?:function|constructor)\b"
    r"|\b(?:is not|not) defined\b|\bundefined (?:is not|method|reference|variable)|[Cc]annot (?:read|find|open|set|access) \w+"
    r"|\bE(?:NOENT|ACCES|CONNREFUSED|ADDRINUSE|PERM)\b|\bexit(?:ed with)? (?:code|status) [1-9]|\bpanic: |[Ss]egmentation fault"
    r"|\bnpm ERR!|^FAIL(?:ED)?\b|\b[1-9]\d* failed\b|\bNullPointerException\b|\bORA-\d+|\bSQLSTATE",
    re.MULTILINE,
)
"""Texts of errors, in any language: traces, named errors, statuses."""
