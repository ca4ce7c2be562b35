"""Phrases that end a piece of work or only comment on it: it was thrown away, is wanted no longer, is kept, or is so and so.

Requests begin like all of them ("skip it for guests", "now the footer"), so each holds for a whole clause, and a message says no
more than that only where each of its clauses does (memp_clients.sessions.tasks.user.says_only).
"""

import re

from memp.text.patterns import Pattern

END = r"(?=\s*(?:$|[^\w\s'-])|\s+[-–])"
"""The end of a clause: the message ends, or a sign stands there."""

ENDING = r"(?:(?![をがのにへ])[\u3040-\u309f]{1,8}|[\uac00-\ud7af]{1,4}|[了啦呀啊哦你您]{1,2})?"
"""Endings of words in scripts without spaces."""

UNDONE = Pattern(
    r"(?:so |and |well,? |sorry,? |ok,? )*(?:i|we)(?:(?:'ve| have)?(?: just)? (?:"
    r"(?:reverted|undid|undone|rolled back)(?= (?:it|that|this|them|everything|all|your|the changes?)\b|\s*(?:[,.!;]|$))"
    r"|rolled (?:it|that|this|everything) back|backed (?:it|that|this) out|threw (?:it|that|this|your work) away"
    rf"|did it (?:myself|by hand|manually){END})"
    r"| had to (?:revert|undo|roll back)(?= (?:it|that|this|them|everything|all|your|the changes?)\b|\s*(?:[,.!;]|$)))"
    r"|(?:ich habe?|habe?|hab) (?:das|es|alles|die änderung(?:en)?) (?:\w+ )?(?:zurückgesetzt|zurückgenommen"
    r"|rückgängig|verworfen)"
    r"|j'ai (?:tout )?annulé|he revertido|lo revertí|ho annullato|eu reverti|ik heb het teruggedraaid|я (?:всё |это )?откатил"
    r"|我(?:已经)?(?:回滚|撤销|还原)了|元に戻しました|되돌렸",
    re.IGNORECASE,
)
"""Sayings by which a person threw the work away."""

DROPPED = Pattern(
    r"(?:ok(?:ay)?|no|well|ah|oh|hmm+|nah|,|\s)*(?:never ?mind|forget (?:it|that|about)|leave it|skip (?:it|that)|drop it"
    r"|scratch that|let's not"
    r"|vergiss es|lass (?:es|gut sein|mal)|egal|laisse tomber|tant pis|olvídalo|déjalo|lascia (?:perdere|stare)|deixa pra lá"
    r"|laat maar|забудь|неважно|算了|もういい(?:です)?|됐어(?:요)?)(?!\w)",
    re.IGNORECASE,
)
"""Sayings by which a person wants a thing no longer, which may be for any reason: the task where nothing more is said."""

FILLER = Pattern(
    r"(?:well|hm+|uh|oh|ah|ok(?:ay)?|so|sorry|yes|no|but|then|funny|interesting|odd|strange|weird|by the way|btw)(?!\w)",
    re.IGNORECASE,
)
"""Words that say nothing by themselves."""

_IS = (
    r"is|are|was|were|isn't|aren't|wasn't|weren't|looks?|feels?|seems?|sounds?|sits?|shows?|says?|works?|worked|pass(?:es|ed)?"
    r"|fails?|failed|doesn't|don't|didn't|can't|cannot|won't|did|went|came|took|got|made|ran"
)
_DOES = r"has|have|hasn't|haven't|does|goes|comes?|takes?|gets?|makes?|counts?|runs?|stays?|starts?"
_VERB = rf"(?:'s|'re| (?:now |just |only |really |all )?(?:{_IS})| (?:now|just) (?:{_DOES}))\b"
"""Verbs of how something is. How something does may be how it is to do ("it goes before the header"), if not said of now."""

_NEW = r"(?:this|these|those) (?:is|are) (?:the|an?|my|our|what|how|where|for)\b"
_IT = rf"(?!{_NEW})(?:that|this|it|they|these|those|everything|nothing)"
_THING = r"the(?: [\w-]+){1,3}?"
_NOBODY = rf"(?:nobody|no one|everyone|everybody)(?:{_VERB}| can\b)"
_SOME = rf"(?:{_IT}|{_THING}|he|she|(?:one|all|every)(?: [\w-]+){{0,3}}?)"
_NOW = rf"(?:and )?(?:so )?now (?:{_SOME}(?:{_VERB}| (?:{_DOES})\b)|{_NOBODY})"
_WE = r"(?:i|we)(?:'ve| have| had)? (?:found|got|did|saw|made|went|was|were|forgot|\w{2,}ed)\b"

NOW = Pattern(_NOW, re.IGNORECASE)
"""Clauses that say how something is since then."""

STATEMENT = Pattern(
    rf"(?:{FILLER.pattern}\s+|and )*(?:(?P<refers>{_IT}{_VERB}|{_NOW})|there(?:'s| is| are)\b|{_THING}{_VERB}|{_NOBODY}|{_WE})",
    re.IGNORECASE,
)
"""Clauses with a subject and a verb that say how something is; `refers` where it is what was just talked about. "This is the
logo" shows something new, for which a request follows or is meant."""

LATER = Pattern(
    r"\b(?:i|we)(?:'ll| will| am going to|'m going to| are going to|'re going to| have to| need to| still have to"
    r"| want to|'d like to)"
    r" (?:\w+ ){0,3}?(?:test|try|check|look|verify|see (?:if|whether|how)|review|take a look|have a look|report back"
    r"|let you know|get back|find out)\b"
    r"|\b(?:let me|will|going to|gonna) (?:\w+ )?(?:test|try|check|look|verify|review|report|have a look)\b"
    r"|\b(?:ich|wir) (?:\w+ ){0,4}?(?:schau\w*|test\w*|prüf\w*|probier\w*|seh\w*|guck\w*|kontrollier\w*|meld\w*)\b"
    r"|\b(?:schau|teste|prüfe|probiere|gucke|melde) (?:ich|mich|mir|es|das)\b|\bwerde (?:\w+ ){0,4}?(?:testen|prüfen"
    r"|probieren|ansehen|anschauen|schauen)"
    r"|\b(?:je|on) (?:vais |va |l'|le |la |les )?(?:\w+ ){0,2}?(?:teste\w*|vérifie\w*|regarde\w*|verra\w*|essaie\w*"
    r"|essaye\w*|tester|vérifier|regarder|voir)\b"
    r"|\b(?:lo|la|los|las|voy a|vamos a|mañana|luego) (?:\w+ ){0,2}?(?:prueb\w*|probar\w*|revis\w*|mir[oaé]\w*|ver[eé]"
    r"|compr?ob\w*|compruebo)\b"
    r"|\b(?:lo|la|li|le) (?:prov\w*|guard\w*|controll\w*|verific\w*|test\w*)\b|\b(?:domani|stasera"
    r"|più tardi) (?:\w+ ){0,2}?(?:prov|guard|controll|verific)\w*"
    r"|\bvou (?:\w+ )?(?:testar|ver|olhar|verificar|conferir)\b|\b(?:testo|confiro|vejo|olho) (?:isso )?(?:amanhã"
    r"|depois|mais tarde)"
    r"|\bik (?:\w+ ){0,3}?(?:test|kijk|probeer|bekijk|check)\w*\b|\b(?:sprawdzę|zobaczę|przetestuję|przejrzę)\b"
    r"|\b(?:test edece|dene(?:rim|yece)|bakar(?:ım|ız)|bakaca)\w*"
    r"|(?:проверю|посмотрю|попробую|протестирую|гляну|перевірю|подивлюся)"
    r"|(?:稍后|晚点|回头|明天|等下|待会|之后|下午|晚上)(?:\S{0,3})(?:看|试|測|测|检查|验证)|我(?:去|先|再)?(?:看看|试试|测试一下|试一下|看一下)"
    r"|(?:後で|あとで|明日|今夜|のちほど)\S{0,6}(?:見|確認|試|テスト)|(?:確認|テスト|試)(?:して)?(?:み|し)?(?:ます|ておきます)$"
    r"|(?:나중에|내일|이따)\s?\S{0,6}\s?(?:볼게|보겠|확인|테스트)|(?:확인|테스트)해 ?(?:볼게|보겠)",
    re.IGNORECASE,
)
"""Sayings that somebody will look at the result later: thanks beside them are politeness."""

NOT_FAILING = Pattern(
    r"\b(?:no longer \w+|(?:doesn't|does not|don't|didn't) \w+ any ?more|no (?:more )?(?:errors?|problems?|failures?|issues?)"
    r"|without (?:an? |any )?(?:errors?|problems?)|never (?:better|again)|keine? (?:fehler|probleme?)(?: mehr)?|plus d'erreurs?"
    r"|sin errores|больше не \w+|stürzt nicht mehr ab)\b|没有?(?:报错|问题)|不(?:再)?报错|エラーなし",
    re.IGNORECASE,
)
"""Sayings that something fails no more, in the words of failure."""

_KEPT = (
    r"(?: (?:it|that|this|them|everything|all|these|those|now|please|to \w+|into \w+|with (?:the|a) message"
    r"|(?:the|my|your|all) (?:changes?|work|fix|branch|pr)|on (?:this|a|the) branch)\b)*"
)
KEEP = Pattern(
    r"(?:(?:ok|okay|good|fine|now|and|then|please|yes|can you|gut|jetzt|bitte|好的?|はい|да|ja|oui|sí)[\s,.!，。、]+)*"
    rf"(?:(?:git )?(?:commit|push|merge|ship){_KEPT}{END}|(?:create|open|make|raise) (?:a "
    r"|the )?(?:pr|pull request|mr"
    r"|merge request|commit)\b"
    rf"|(?:committ?e|pushe|merge)(?: (?:das|es|alles|bitte|le tout))*{END}|fais un commit|haz (?:un )?commit|commita"
    rf"|сделай коммит|закоммить|запушь|(?:提交|推送|合并|并)+(?:一下|吧|代码)*{END}"
    rf"|(?:コミット|プッシュ|マージ|커밋|푸시){ENDING}{END})",
    re.IGNORECASE,
)
"""Requests to keep what was done: "merge the two columns" and "プッシュ通知" are none."""
