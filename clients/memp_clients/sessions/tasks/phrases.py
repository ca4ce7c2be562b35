"""Phrases of short messages in a session, in some twenty languages: consent, praise, complaints, "again", and words of failure.

They are words that mean the same in any project. A language that is not here is not misread: its messages count as
requests, and `sequel` still sees an error text or words that a message shares with the task.
"""

import re

from memp.text.patterns import Pattern
from memp_clients.sessions.tasks.endings import END, ENDING

_MARKS = r"[\s,.!;:…，。！、；：~～-]"


def _any(*parts: str) -> str:
    return "|".join("|".join(part.split(" / ")) for part in parts)


_YES = _any(
    "yes / yep / yeah / yup / y / ok / okay / k / sure / fine / right / correct / agreed / approved? / please",
    "go on / go ahead / go for it / go / continue / carry on / keep going / proceed / resume / do it / do that / next",
    r"option [\da-e] / \d{1,2} / [a-d]",
    "ja / jawohl / genau / mach weiter / weiter / einverstanden / los / gut / bitte",
    "oui / vas-y / d'accord / continue / allez / s[ií] / dale / adelante / vale / continúa / sigue / claro / de acuerdo",
    "sì / va bene / procedi / continua / certo / sim / pode / prossiga / segue / isso / doe maar / ga door / prima",
    "tak / dalej / kontynuuj / jasne / evet / devam(?: et)? / tamam / ano / pokračuj / jo / fortsätt / igen",
    "да / давай / продолжай / дальше / хорошо / ок / так / добре / далі",
    "继续 / 繼續 / 请继续 / 好 / 好的 / 是 / 是的 / 可以 / 行 / 对 / 對 / 嗯 / 没问题 / 沒問題 / 同意 / 开始吧 / 来吧 / "
    "接着 / 接着做",
    "はい / うん / 続けて / 続けてください / お願いします / 了解 / 進めて / 進めてください / どうぞ / オーケー",
    "네 / 예 / 응 / 계속 / 계속해 / 계속해줘 / 계속해주세요 / 진행해 / 진행해줘 / 좋아 / 그래",
    "نعم / تابع / استمر / כן / תמשיך / हाँ / हां / जारी रखो / vâng / tiếp tục / ya / lanjut / lanjutkan",
)
CONSENT = Pattern(
    rf"(?:(?:{_YES})(?:{_MARKS}+|$)(?:(?:please|then|with (?:it|that|the plan)|that|and|bitte|por favor)(?:{_MARKS}+"
    rf"|$))?){{1,4}}",
    re.IGNORECASE,
)
CONTINUES = Pattern(
    r"(?:(?:ok|okay|yes|good|great|now|please|then|ja|gut|oui|sí|да|好的?|はい|네)[\s,.!，。、]+)*(?:continue|go on"
    r"|carry on|keep (?:going|on)|proceed|resume"
    r"|(?:mach |fahre? )?(?:weiter|fort)|continuez?|continúa|sigue|continua|prossiga|ga (?:door|verder)|kontynuuj"
    r"|devam|продолжай|продолжи|继续|繼續|接着|続けて|계속)"
    r"(?: (?:with|on|by|mit|avec|con|com|met|z|с)\b|(?=[\u3040-\u9fff\uac00-\ud7af])|(?<=[\u3040-\u9fff\uac00-\ud7af]))",
    re.IGNORECASE,
)
"""Beginnings that tell the agent to go on with what it does."""

_ONCE_MORE = _any(
    r"(?:please )?(?:retry|try (?:it |that |this )?again|again|once more|one more time|redo(?: it| that| this)?"
    r"|rerun(?: it)?|re-run(?: it)?)",
    r"(?:try|do|run) (?:it|that|this) (?:again|once more)",
    r"(?:bitte )?(?:noch ?mal|nochmals|noch einmal|erneut)(?: versuchen)? / versuch'?s? (?:es )?(?:noch ?mal"
    r"|noch einmal|erneut)",
    r"réessaie[rz]? / (?:essaie )?encore(?: une fois)? / recommence[rz]? / (?:inténtalo |prueba )?(?:otra vez"
    r"|de nuevo) / reintenta(?:r|lo)?",
    r"riprova / di nuovo / ancora una volta / (?:tenta(?:r)? |tente )?(?:de novo|novamente|outra vez) / opnieuw / "
    r"probeer (?:het )?(?:opnieuw|nog eens)",
    r"spróbuj (?:ponownie|jeszcze raz) / jeszcze raz / ponów / tekrar(?: dene)? / yeniden dene / försök igen / "
    r"zkus to znovu / znovu",
    r"(?:попробуй |давай )?(?:ещё|еще) раз / повтори / снова / заново / спробуй ще раз / ще раз",
    "(?:请|請)?(?:重试|重試|再试|再試|再来|再來|重来|重來|重新来|重做)(?:一次|一下|一遍|吧)* / (?:重新|再)(?:跑|运行"
    "|執行|执行|试|試|做|来|來)(?:一次|一下|一遍|吧)*",
    "もう(?:一度|一回)(?:お願いします|やって|試して|実行して)?(?:ください)? / 再試行(?:して)?(?:ください)? / "
    "リトライ(?:して)?(?:ください)? / やり直して(?:ください)?",
    r"다시(?: ?(?:해|해줘|해봐|시도|시도해|시도해줘|해주세요))? / 재시도(?:해줘)? / 한 ?번 더",
    "أعد المحاولة / مرة أخرى / נסה שוב / שוב / फिर से(?: कोशिश करो)? / thử lại / coba lagi / ulangi",
)
AGAIN = Pattern(
    rf"(?:(?:ok|okay|no|yes|please|ja|nein|好|不)?{_MARKS}*)(?:{_ONCE_MORE}){_MARKS}*(?:please|bitte|吧)?{_MARKS}*",
    re.I,
)

_WORKS = r"(?: (?:now|again|fine|well|great|nicely|perfectly|here|everywhere|as (?:it should|expected)|like a charm))*"
_GOOD = _any(
    r"well done / good job / lgtm / (?:it |that |this )?looks (?:good|great) / good (?:work|stuff)",
    r"(?:very |really |so |just |absolutely )?(?:great|perfect|nice|awesome|excellent|cool|wonderful|brilliant|amazing"
    r"|fantastic|beautiful|lovely|gorgeous|superb|neat|sweet)(?: (?:work|job|stuff|one))?",
    r"bravo / kudos / chapeau / spot on / nailed it / love it / phew / you(?:'re| are) the best",
    rf"(?:now )?(?:it|this|that|everything|all)(?: all)?(?: now)? works{_WORKS} / works{_WORKS} / all good",
    rf"(?:it|that|this)(?:'s| is) working{_WORKS} / (?:that|this) (?:fixed|did|solved) it",
    r"all (?:tests )?(?:green|pass(?:ing)?)",
    r"(?:(?:that|this|it)(?:'s| is) )?(?:exactly|just|precisely) (?:what|as|like|how) (?:i|we) "
    r"(?:wanted|asked(?: for)?|needed|meant)",
    r"(?:you |that |this |it )?(?:saved?|saves) (?:me|us|my|our) (?:\w+ ?){0,4} / (?:you're |you are )?(?:a "
    r"|my )?lifesaver / (?:you )?made my day",
    r"(?:my|our|the) (?:\w+ ){1,2}(?:is|are) (?:very |so |really )?(?:happy|delighted|pleased|thrilled|impressed)",
    r"du hast (?:mir|uns) (?:\w+ ){1,3}gerettet / (?:alles )?wie (?:bestellt|gewünscht|besprochen) / passt (?:genau|perfekt)",
    r"tu me sauves(?: la vie)? / (?:exactement )?comme (?:prévu|demandé|voulu) / me (?:has salvado"
    r"|salvaste)(?: la vida)? / tal como (?:quería|pedí)",
    r"mi hai salvato(?: la vita)? / (?:você )?me salvou / je bent een held / (?:ты |вы )?меня спас(?:ла?|ли)? / то что нужно",
    r"(?:\S{0,4})省了我?(?:不少|很多|好多)?(?:事|时间|功夫) / "
    r"救了我(?:一命)? / 正是我(?:想要|需要)的 / 思った通り / イメージ通り / 딱 (?:좋|원하던)\S{0,4}",
    r"that's it / as (?:expected|wanted|requested) / confirmed / (?:i )?can confirm / (?:much|way|so much) better",
    r"no more (?:problems?|errors?|issues?) / no (?:problems|errors|issues)(?: any ?more| now| left)?",
    r"super / perfekt / klasse / prima / läuft / passt / funktioniert / geht / toll / sehr gut / wunderbar / stimmt / genau so",
    r"spitze / großartig / hervorragend / keine? (?:fehler|probleme?) mehr / formidable / magnifique / parfait / génial / nickel",
    r"impeccable / ça marche / plus d'erreurs? / excelente / fenomenal / magnifico / perfecto / genial / estupendo",
    r"(?:ya )?(?:funciona|sin errores|no falla) / perfetto / ottimo / funziona / perfeito / valeu / funcionou / ótimo / top",
    r"het werkt / geweldig / helemaal goed / toppen / snyggt / flott / loistava\w* / mahtava\w* / szuper / τέλεια / μπράβο",
    r"paráda / świetnie / działa / harika / çalışıyor / skvělé / отлично / супер / круто / (?:всё |все |теперь )?работает",
    r"больше не (?:падает|ломается) / чудово / เยี่ยม",
    r"完美 / 太好了 / 太棒了 / 很好 / 可以了 / 搞定 / 好了 / 没问题了 / 成功了 / 能用了 / 辛苦了 / 帮了?大忙 / 赞",
    r"没有?(?:报错|问题)了 / 不报错了 / エラーが(?:出なく|なく)なり / 完璧 / 動いた / 動きました / 動くようになり / いいね",
    r"助かりました / バッチリ / 直った / 直りました / さすが / 最高 / 問題(?:なさそう|ありません)",
    r"완벽 / 잘 ?된다 / 잘 ?돼 / 됐다 / 잘 ?되네 / 좋습니다 / 더 이상 (?:오류|에러)",
    r"👍 / 👌 / 🎉 / 🙏 / 💯 / ✅ / ❤ / ممتاز / מעולה / mantap",
)
_GRATEFUL = _any(
    r"danke / vielen dank / merci / (?:muchas )?gracias / grazie / obrigad[oa] / bedankt / dank ?je / dzięki / dziękuję",
    r"teşekkür\w* / (?:mange )?takk? / díky / kiitos / köszönöm / köszi / ευχαριστώ / mulțumesc / multumesc / mersi / спасибо",
    r"дякую / ขอบคุณ / 谢谢 / 謝謝 / 感谢 / 感謝 / 多谢 / ありがとう / 감사 / 고마워 / 고맙 / شكرا / תודה / धन्यवाद",
    r"शुक्रिया / cảm ơn / terima kasih",
)
_MUCH = r"(?: (?:so much|very much|a lot|a million|again|now|man|mate|all|everyone|jetzt|wieder|теперь|ahora))*"
PRAISE = Pattern(
    rf"(?:(?:ok|okay|yes|ah|oh|wow|ja|да|好的?|はい|네){_MARKS}+)?(?:"
    r"(?:thanks|thank you) for (?!nothing\b)(?:that|this|it|the|your|all|\w+ing)\b"
    r"|(?:it |that |now )?no longer (?:crash|fail|hang|break|throw|happen)\w*"
    # One word more says how much: "grazie mille". In English it may be a thing: "thank you page".
    rf"|(?:(?:many )?thanks|thank you|thx|ty){_MUCH}{END}|(?:{_GRATEFUL})(?: \w+)?{ENDING}{END}"
    rf"|(?:{_GOOD}){_MUCH}{ENDING}{END})",
    re.IGNORECASE,
)
"""Praise or thanks that fill a clause: "nice URLs for the shop" and "いいねボタン" praise nothing."""

_STILL = _any(
    r"still\b(?! (?:need|want|to do|to be|please|open\b))",
    r"it(?:'s)? still / (?:the )?same (?:error|problem|issue|thing|result|again) / nothing (?:changed|happens|happened)",
    r"immer noch / noch immer / weiterhin / (?:gleicher|derselbe|selber) fehler / toujours (?:pas|la même|le même"
    r"|cassé|une|des|en)",
    r"(?:todavía|aún) (?:no|falla|sale|da) / sigue (?:sin|fallando|igual|roto|dando|saliendo) / mismo error / la même erreur",
    r"ancora (?:non|rotto|lo stesso|errore) / ainda (?:não|falha|quebrado|dá|está|com) / nog (?:steeds|altijd) / "
    r"nadal / wciąż / hâlâ / hala",
    r"fortfarande / fortsatt / stadig(?:væk)? / edelleen / vieläkään / még mindig / ακόμα δεν / tot nu / încă nu / "
    r"stále / всё ещё / все еще / всё еще / по-прежнему / опять / та же ошибка / досі / все ще",
    r"还是(?!说) / 還是(?!說) / 仍然 / 依旧 / 依然 / 还没 / 還沒 / 又(?:报错|失败|不|出) / 同样的(?:错误|问题) / まだ / "
    r"相変わらず / 同じエラー / 아직(?:도)? / 여전히 / 같은 에러",
    "لا يزال / ما زال / עדיין / अभी भी / vẫn / masih",
)
_WRONG = _any(
    r"(?:no|nope|wrong|hmm,? no)\s*(?:[,.!:;]|$)",
    r"(?:no,? )?(?:that|this|it)(?:'s| is| was) (?:wrong|not |incorrect|broken)",
    r"(?:it |that |this )?(?:doesn't|does not|didn't|did not) (?:work|help|fix) / (?:it's |it is )?not working / "
    r"you broke / that broke",
    r"you (?:\w+ ){1,4}(?:the )?wrong\b / (?:no,? )?i (?:meant|asked (?:for|you)|said|wanted)\b / (?:that's "
    r"|this is )?not what i / (?:(?:that|this)(?:'s| is) )?(?:exactly|just) what i (?:didn't|did not|never)"
    r" / you (?:forgot|missed|broke)\b",
    r"you(?:'ve| have)? (?:wiped|overwrote|overwritten|lost|ruined)\b",
    r"du hast (?:\S+ ){0,4}(?:falsch|vergessen) / ich meinte / je (?:voulais|parlais) / tu as oublié / me refería / "
    r"quise decir / я имела? в виду",
    r"我说的是 / 我的意思是 / 你改错了 / そうじゃな / 그게 아니",
    r"why did you / don't do that / that's not (?:it|what|right)",
    r"nein\s*[,.!:] / (?:das |es )?(?:geht|funktioniert|klappt|läuft) (?:so )?(?:leider )?nicht / "
    r"stimmt (?:so )?nicht / das (?:ist|war) (?:falsch|nicht)",
    r"non\s*[,.!:] / (?:ça|cela) (?:ne )?(?:marche|fonctionne) pas / c'est (?:faux|pas) / (?:eso )?no (?:funciona"
    r"|sirve|va|anda)\b",
    r"non (?:funziona|va)\b / não (?:funciona|funcionou|deu)\b / (?:het )?werkt (?:nog )?niet / nie działa",
    r"ei (?:toimi|näy|löydy) / nem (?:működik|látszik|jó|megy) / δεν (?:λειτουργεί|δουλεύει|εμφαν) / nu (?:merge"
    r"|funcționează|apare)"
    r" / (?:det )?(?:virker|fungerer|funkar|fungerar) (?:ikke|inte) / nja\b / "
    r"(?:うーん、?)?(?:ちょっと)?思って(?:い)?た(?:の|もの)と違",
    r"çalışmıyor / funkar inte / nefunguje / нет\s*[,.!] / не работает / не то\b / "
    r"не помогло / не працює",
    r"不对 / 不對 / 没用 / 沒用 / 没有?(?:生效|变化|效果|好) / 不工作 / 不能用",
    r"違う / 違います / 動かない / 動きません / 直って(?:い)?(?:ない|ません) / うまくいか / 안 ?(?:돼|됨"
    r"|되|된)[^\s]{0,4} / 틀렸 / 아니(?:야|요)?[,. ]",
    "لا يعمل / לא עובד / काम नहीं / không (?:chạy|hoạt động|được) / tidak (?:bisa|jalan|berfungsi)",
)
_WRONG_ALONE = _any(
    r"stop(?: (?:it|that|this))? / (?:undo|revert) (?:that|this|it|everything|(?:your|the|those|all) changes?)",
    r"thanks for nothing / nice try / falsch / fout / źle / (?:está )?mal / incorrecto / sbagliato / (?:está )?errado / yanlış",
    r"olmadı / неправильно / 不行 / 错了 / 錯了 / 撤销 / 回退 / だめ / ダメ",
)
"""Complaints that fill a clause: "stop words", "falsche IBANs" and "撤销按钮" are things."""

COMPLAINT = Pattern(
    rf"(?:(?:but|and|hmm+|sorry|aber|mais|pero|ma|mas|но|но|但|但是|でも|근데){_MARKS}+)?"
    rf"(?:{_STILL}|{_WRONG}|(?:{_WRONG_ALONE}){ENDING}{END})",
    re.IGNORECASE,
)
BUT = Pattern(
    r"\b(?:but|however|except|although|though|aber|jedoch|außer|mais|sauf|pero|excepto|però|mas|porém|maar|ale|ama|но|але)\b"
    r"|但|不过|可是|でも|けど|하지만|근데"
    r"|\bnot? (?:working|quite|there)\b|n't work",
    re.IGNORECASE,
)
"""Words that take back the praise before them, or accept only a part."""

GOING_ON = Pattern(
    rf"(?:(?:ok|but|and|so|hmm+|no|now|{_MARKS})*)?(?:still|again|also|now|and now|same|yet|{_STILL}"
    r"|auch|jetzt|wieder|encore|toujours|maintenant|ahora|otra vez|todavía|también|ora|ancora|anche|agora|também|ook|nu"
    r"|też|teraz|şimdi|также|теперь|опять|снова|现在|又|也|还|再|今度|また|이제|또)(?![a-z])",
    re.IGNORECASE,
)
"""Beginnings that go on with what was talked about."""

FAILS = Pattern(
    r"\b(?:fails?|failed|failing|never (?!mind)[a-z]+s?|(?:nobody|no one|none of \w+) (?:can|could)|unsupported"
    r"|thanks for nothing|crash(?:es|ed|ing)?|breaks|broke|doesn't|does not|didn't|can't|cannot|won't|no longer"
    r"|nothing happens|hangs|freezes|not (?:working|found|showing|loading|visible)|throws|still|disappear(?:s|ed)"
    r"|vanish(?:es|ed)"
    r"|(?:is|are|was|were|it's|stays?|got|gets)(?: now| always| just| all| completely)? (?:broken|wrong|missing|empty"
    r"|blank|stuck|lost|gone|undefined|dead|down)"
    r"|(?:isn't|aren't|wasn't|weren't|(?:is|are|was|were) (?:not|never)) (?:\w+ )?(?:initialized|defined|there|shown"
    r"|saved|loaded)"
    r"|(?:gives?|shows?|get(?:s|ting)?|got|see|says?|have|there(?:'s| is)) (?:an? |the |this "
    r"|me an? )?(?:\w+ )?(?:error|exception)"
    r"|\w{2,}(?:Error|Exception))\b"
    rf"|{_STILL}"
    r"|\b(?:fehl(?:t|en)|saknas|mangler|puuttuu|hiányzik|lipsește|(?:toimi|näy|hittar|visas|virker|fungerer|fungerar)\b"
    r".{0,20}\b(?:ei|inte|ikke)|ei (?:toimi|näy|löydy)|nem (?:működik|látszik|jelenik)|δεν (?:\w+ ){0,2}(?:λειτουργεί|δουλεύει)"
    r"|nu (?:merge|funcționează|apare))\b"
    r"|\b(?:schlägt\b.{0,40}\bfehl|stürzt\b.{0,40}\bab|abgestürzt|verschwunden|ist (?:jetzt |wieder )?(?:leer|kaputt"
    r"|falsch|weg)"
    r"|(?:wirft|zeigt|kommt|gibt|bringt)\b.{0,30}\bfehler|(?:funktioniert|geht|klappt|kommt|lädt"
    r"|zeigt)\b.{0,40}\b(?:nicht|nichts|kein\w*))\b"
    r"|\b(?:plante|échoue|est (?:cassée?|vide)|(?:ne|n')\s?\w+ (?:toujours |plus |rien |même )?pas|rien ne|donne une erreur)\b"
    r"|\b(?:falla|fallan|está (?:rot[oa]|vací[oa])|da (?:un )?error|no (?:funciona|sale|aparece|carga|pasa|guarda"
    r"|muestra|deja))\b"
    r"|\b(?:fallisce|è (?:rott[oa]|vuot[oa])|dà (?:un )?errore|non (?:funziona|va|appare|carica|mostra)|falha|quebrou"
    r"|está (?:vazi[oa]|quebrad[oa])"
    r"|dá (?:um )?erro|não (?:funciona|aparece|carrega|salva|mostra|abre|chega))\b"
    r"|\b(?:is (?:kapot|leeg)|(?:werkt|doet|toont)\b.{0,30}\bniet|nie (?:działa|wyświetla|ładuje)|jest pust[ye]"
    r"|çalışmıyor|görünmüyor"
    r"|hata veriyor|funkar inte|nefunguje)\b"
    r"|выдаёт ошибк|выдает ошибк|падает|упал|слома|не (?:работает|показыва|загружа|сохраня|открыва|видн|отобража"
    r"|появля)|не працює"
    r"|报错|報錯|不(?:行|了|对|對|显示|工作|生效|见|出来)|没(?:有)?(?:反应|显示|生效|变化|出现)|崩溃|坏了|打不开"
    r"|エラーが(?:出|で|発生)|できない|できません|されない|されません|動か(?:ない|ず|なく)|動きません|落ち(?:る|ます)"
    r"|壊れ|おかしい|のまま"
    r"|(?:에러|오류)가 (?:나|발생|뜨)|실패(?:해|했|하고)|안 ?(?:돼|됨|되|나|보)|깨져|반응이 없|그대로"
    r"|לא (?:עובד|מוצג)|tidak (?:bisa|muncul)",
    re.IGNORECASE,
)
"""Sayings that something does not do what it should."""

MENTIONS = Pattern(
    r"\b(?:errors?|failures?|broken|wrong|missing|empty|blank|undefined|exceptions?|fehler\w*|kaputt|leer|erreurs?"
    r"|cassée?|vide|error(?:es)?"
    r"|rot[oa]|vací[oa]|errore|rott[oa]|vuot[oa]|erro|vazi[oa]|fout|kapot|leeg|błąd|błędy|hata\w*|fel|chyba)\b"
    r"|ошибк|помилк|错误|錯誤|失败|失敗|异常|空白|エラー|에러|오류|실패|خطأ|שגיאה|त्रुटि|lỗi|gagal",
    re.IGNORECASE,
)
"""Words for what is wrong, which a request may have too: "show an error when the list is empty"."""

REPAIR = Pattern(
    r"(?:please |can you |could you |now |ok |and )*(?:fix|repair|debug|solve|resolve|correct)\b"
    r"|(?:bitte )?(?:behebe|repariere|korrigiere)\b|corrige|répare|arregla|corrige|correggi|sistema|conserta|исправь|почини"
    r"|修复|修正|修一下|解决|直して|修正して|고쳐",
    re.IGNORECASE,
)
ASKS = Pattern(
    r"\b(?:please|can you|could you|would you|let's|i want|i'd like|we need|bitte|kannst du|peux-tu|pouvez|puedes"
    r"|por favor|puoi|pode)\b"
    r"|пожалуйста|можешь|请|請|帮我|ください|해줘|해주세요",
    re.IGNORECASE,
)
WHY = Pattern(
    r"(?:but |and |hmm,? |wait,? )?(?:why|how come)\b|warum|wieso|pourquoi|por qué|perché|por que|waarom|dlaczego"
    r"|neden|почему|зачем|为什么|為什麼|为何"
    r"|なぜ|なんで|どうして|왜",
    re.IGNORECASE,
)
ADMITS = Pattern(
    r"\b(?:could not|couldn't|cannot|can't|unable to|was not able|did(?:n't| not) manage|not (?:yet |fully )?(?:done"
    r"|implemented|finished"
    r"|working|complete|verified|supported)|still (?:fails?|failing|missing|broken|needs?|to do)|remains? (?:to|red"
    r"|open)|incomplete"
    r"|i stop here|untested|placeholder|stubbed|mocked out|skipped (?:it|this|that|the))\b"
    r"|\b(?:noch nicht|konnte (?:\S+ ){0,4}nicht|fehlt noch|n'ai pas (?:pu|réussi)|reste à|no (?:pude|he podido)"
    r"|falta por|non sono riuscit"
    r"|não consegui)\b|не удалось|ещё не|未完成|尚未|无法|没能|できませんでした|まだ(?:です|でき)|못했|아직",
    re.IGNORECASE,
)
"""Words of an agent that says that something is not done."""

ORDERS = Pattern(
    r"(?:füge?|zeige?|mach|baue?|ändere|entferne|lösche|lass|stelle?|schreibe?|benenne|verschiebe|ersetze|erstelle"
    r"|setze?|nimm|prüfe?"
    r"|ajoute[rz]?|affiche[rz]?|fais|faites|mets|change[rz]?|supprime[rz]?|crée[rz]?|rends|remplace[rz]?|passe[rz]?|écris"
    r"|añade|agrega|muestra|haz|cambia|quita|elimina|crea|pon|escribe|aggiungi|mostra|fai|rimuovi|sostituisci|adiciona"
    r"|faz|muda|remove|cria"
    r"|voeg|toon|maak|verander|verwijder|dodaj|pokaż|zrób|zmień|usuń|ekle|göster|yap|değiştir"
    r"|добавь|покажи|сделай|измени|удали|создай|замени|напиши|додай|зроби)\b"
    r"|(?:把|给|給|将|將|让|讓|添加|增加|修改|删除|实现|新增|改成|写|加)",
    re.IGNORECASE,
)
"""Beginnings of orders in languages whose verbs memp.text.tasks.verbs does not know."""

WANTED = Pattern(
    r"\b(?:should|must|ha(?:s|ve) to|need(?:s)? to|needs?|would like|want(?:s)?|make sure"
    r"|soll(?:te|en)?|muss|müssen|möchte|il faut|doit|devrait|hay que"
    r"|debe|necesito|quiero|deve|bisogna|precisa|нужно|надо|должн)\b"
    r"|需要|应该|想要|必須|してほしい|したい|해야",
    re.IGNORECASE,
)
"""Words by which a sentence says what is wanted."""
