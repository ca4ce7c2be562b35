"""Phrases that end a piece of work or only comment on it: it is thrown away, wanted no longer, kept, gone on with, so and so.

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
    r"|(?:稍后|晚点|回头|明天|等下|待会|之后|下午|晚上)(?:\S{0,3})(?:看|试|測|测|检查|验证)|我(?:去|先|再)?(?:看看"
    r"|试试|测试一下|试一下|看一下)"
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

_LEADS = (
    r"(?:(?:ok(?:ay)?|yes|no|so|and|now|then|please|actually|great|nice|bitte|ja|jetzt|nun|oui|maintenant|sí"
    r"|ahora|ora|agora|nu|teraz|да|теперь|好的?|现在|はい|네)[\s,.!，。、]+)*"
)

UNDO = Pattern(
    rf"{_LEADS}(?:(?:can|could) you (?:please )?|let's )?"
    r"(?:(?:discard|undo|revert|roll back|scrap|ditch|back out|throw away) (?:everything|(?:all"
    r"|the whole) (?:of )?(?:it|that|this|them|thing)"
    r"|it all|(?:all )?(?:of )?(?:these|those|your|the) (?:changes|edits|work)|that|this|it)"
    r"|verwirf (?:alles|das|es|die änderung\w*)|(?:mach|nimm|setze?) (?:bitte )?(?:alles|das(?: alles| ganze)?|es"
    r"|die änderung\w*)"
    r"(?: bitte| wieder)* (?:rückgängig|zurück)"
    r"|(?:annule|jette|abandonne|défais)[rz]? (?:tout(?: ça| cela)?|ça|cela|les (?:changements|modifications))"
    r"|(?:descarta|deshaz|revierte) (?:todo(?: eso| esto)?|eso|esto|los cambios)|(?:annulla|scarta"
    r"|butta(?: via)?) (?:tutto(?: quanto)?"
    r"|le modifiche)|(?:descart[ae]|desfa[zç]a?|revert[ae]) (?:tudo(?: isso)?|isso|as (?:mudanças|alterações))"
    r"|(?:gooi|draai|maak) (?:alles|dat|dit)(?: maar| weer)* (?:weg|terug|ongedaan)|(?:cofnij|odrzuć"
    r"|wycofaj) (?:wszystko|to|zmiany)"
    r"|(?:откати|отмени|выброси)(?:те)? (?:всё|все|это|изменения)|(?:hepsini|her şeyi|bunu) geri al"
    r"|(?:把)?(?:全部|所有|这些)?(?:修改|改动|更改)?(?:都|全部)?(?:撤销|撤回|回滚|还原|丢弃|放弃)(?:全部|所有"
    r"|掉)?(?:的?(?:修改|改动|更改))?"
    rf"|(?:全部|すべて|全て)(?:元に戻して|取り消して|破棄して)|(?:전부|다|모두) ?(?:되돌려|취소해|버려))(?: (?:again"
    rf"|please|now|wieder))*{ENDING}{END}",
    re.IGNORECASE,
)
"""Orders to throw all of the work away; "undo stack" and "revert the last release" name something else."""

OFFERS = Pattern(
    r"\b(?:(?:any|some)thing else|what else|(?:shall|should) i|(?:do you )?(?:want|like|need) me to|would you like|do you want"
    r"|(?:can|may) i (?:help|do)|need (?:any|some)thing|any(?: other| more| further)? (?:changes|questions|requests)"
    r"|what's next"
    r"|(?:sonst )?noch (?:etwas|was)|kann ich (?:sonst|noch)|(?:soll|sollen) (?:ich|wir)|möchtest du|willst du"
    r"|weitere (?:fragen|wünsche)"
    r"|autre chose|(?:veux|voulez|souhaite[sz])[- ](?:tu|vous)|dois-je|puis-je|algo más|alguna otra|quieres que"
    r"|¿(?:necesitas|deseas)"
    r"|(?:qualcos'|nient')?altro|vuoi che|devo|posso (?:aiutar|fare|ajudar)|(?:mais )?alguma (?:outra )?coisa"
    r"|algo mais|quer que"
    r"|(?:verder )?nog iets|zal ik|wil je|coś jeszcze|czy (?:mam|chcesz)|başka (?:bir )?(?:şey|isteğ)|ister misin"
    r"|något (?:mer|annat)|vill du|noe (?:mer|annet)|muuta)(?!\w)"
    r"|что-нибудь ещё|ещё что|чем(?:-то)? ещё|(?:хочешь|хотите)|нужно ли|щось ще|还有(?:什么|别的|其他)|还需要|要不要"
    r"|需要我|要我"
    r"|(?:ほか|他)に(?:何か)?|しましょうか|ますか|더 (?:필요|도와|할)|다른 (?:것|거)|드릴까요|할까요",
    re.IGNORECASE,
)
"""Questions of an agent that offer more; who says no to them says nothing of the work."""

_NO_MORE = (
    r"no(?:pe|ne)?|nah|not (?:now|yet|really|today)|(?:no|nothing)(?:thing)? (?:else|more)|nothing|none|that(?:'s| is"
    r"| was|ll be| will be)"
    r" (?:all|it|everything|enough)(?: for (?:now|today))?|i(?:'m| am) (?:good|fine|done|all set)|we(?:'re"
    r"| are) (?:good|done|all set)|(?:all )?good"
    r"|(?:all )?done|later|(?:many )?thanks?(?: you)?|thx|ok(?:ay)?|for (?:now|today)|bye|cheers"
    r"|nein|nee|nö|nichts(?: weiter| mehr)?|das (?:wars|war's|war es|war alles|ist alles|reicht)|danke?|vielen dank"
    r"|alles gut|lass (?:mal|gut sein|es)|passt(?: so)?|gut"
    r"|non|rien(?: d'autre)?|c'est (?:tout|bon)|ça (?:ira|suffit|va)|merci|nada(?: más| mais)?|eso es todo|todo bien"
    r"|tutto bene|tudo bem"
    r"|(?:muchas )?gracias|così|basta(?: così)?"
    r"|è tutto|(?:no,? )?grazie|niente(?: altro)?|não|(?:é )?só isso|obrigad[oa]|está bem|dat (?:is|was) (?:het|alles)"
    r"|niks|bedankt|dank je"
    r"|nie|to (?:wszystko|już wszystko)|dzięki|dziękuję|hayır|bu kadar|(?:hepsi )?yok|teşekkür\w*|nej|ingenting"
    r"|det (?:är|var|er) (?:allt|alt|bra)"
    r"|tack|takk|ei|ei muuta|kiitos|nem|köszönöm|ne|nic|díky|nu|mulțumesc|όχι|ευχαριστώ|нет|не(?:т)? надо|ничего"
    r"|это всё|это все|спасибо|всё|ні|дякую"
    r"|不(?:用|需要|了|要)(?:了)?|没(?:有)?(?:了|别的)?|就这些|就这样|谢谢|いいえ|いえ|大丈夫(?:です)?|ない(?:です)?"
    r"|以上(?:です)?|結構(?:です)?|ありがとう(?:ございます)?"
    r"|아니(?:요|오)?|없어(?:요)?|없습니다|괜찮아(?:요)?|괜찮습니다|감사합니다|고마워(?:요)?|لا|شكرا|לא|תודה|नहीं"
    r"|không|cảm ơn|tidak|terima kasih"
)
NO_MORE = Pattern(rf"(?:(?:{_NO_MORE})(?:[\s,.!…，。！、-]+|\Z)){{1,5}}", re.IGNORECASE)
"""Answers that only decline an offer."""

ON_IT = Pattern(
    rf"{_LEADS}(?:(?:can|could) you (?:please )?)?(?:please )?(?:fix|solve|repair|correct|apply|implement"
    rf"|resolve) (?:it|that|this|them|those|these"
    r"|(?:it|them|these|those) all|all of (?:it|them|that|these|those)|both)(?:(?: then| now| too| please| for me"
    r"| as well|[,.!]))*"
    rf"|(?:(?:bitte )?(?:behebe?|repariere?|korrigiere?|mach) (?:es|das|sie)(?: bitte| jetzt| dann)*"
    r"|(?:corrige|répare|fais|applique)[rz]?-(?:le|la|les)|arréglal[oa]s?|corrígel[oa]s?|correggil[oaie]"
    r"|sistemal[oaie]|(?:conserta|corrige) isso"
    r"|(?:repareer|fix|los) (?:het|dat)(?: op)?|napraw to|düzelt(?: bunu)?|исправь (?:это|его|её|их)?|почини (?:это"
    r"|его|её)?|виправ це"
    rf"|(?:请)?(?:修一下|修复(?:它|一下)|改一下|解决(?:它|一下))|直して|修正して|(?:고쳐|수정해)(?:줘)?){ENDING}[\s.!。！]*",
    re.IGNORECASE,
)
"""Orders without an object of their own: what they are about was said before."""
