"""Phrases that end a piece of work or only comment on it: it was thrown away, is wanted no longer, or is so and so now."""

import re

UNDONE = re.compile(
    r"(?:so |and |well,? |sorry,? |ok,? )*(?:i|we)(?:'ve| have| had to| just|'ll)* (?:"
    r"(?:revert(?:ed)?|undid|undone|undo|rolled back)(?= (?:it|that|this|them|everything"
    r"|all|your|the changes?)\b|\s*(?:[,.!;]|$))"
    r"|roll(?:ed)? (?:it|that|this|everything) back|back(?:ed)? (?:it|that|this) out|threw (?:it|that|this|\w+ work) away"
    r"|(?:do|did) it (?:myself|by hand|manually)\b)"
    r"|(?:ich habe?|habe?|hab) (?:das|es|alles|die änderung(?:en)?) (?:\w+ )?(?:zurückgesetzt|zurückgenommen"
    r"|rückgängig|verworfen)"
    r"|j'ai (?:tout )?annulé|he revertido|lo revertí|ho annullato|eu reverti|ik heb het teruggedraaid|я (?:всё |это )?откатил"
    r"|我(?:已经)?(?:回滚|撤销|还原)了|元に戻しました|되돌렸",
    re.IGNORECASE,
)
"""Sayings by which a person throws the work away."""

DROPPED = re.compile(
    r"(?:ok(?:ay)?|no|well|ah|oh|hmm+|nah|,|\s)*(?:never ?mind|nevermind|forget (?:it|that|about)|leave it|skip (?:it"
    r"|that)|drop it"
    r"|scratch that|let's not"
    r"|vergiss es|lass (?:es|gut sein|mal)|egal|laisse tomber|tant pis|olvídalo|déjalo|lascia (?:perdere|stare)|deixa pra lá"
    r"|laat maar|забудь|неважно|算了|もういい|됐어)",
    re.IGNORECASE,
)
"""Sayings by which a person wants the thing no longer, which may be for any reason."""

REMARK = re.compile(
    r"(?:(?:well|hm+|uh|oh|ah|ok|okay|so|and|funny|interesting|odd|strange|weird)[\s,.!…]+)*"
    r"(?P<refers>(?:that|this|it|they|these|those)(?:'s|'re|'ll| (?:now |just |only )?(?:is|are|was|were|looks?"
    r"|feels?|sits?|shows?|says?"
    r"|has|have|does|did|goes|went|comes?|came|takes?|took|gets?|got|seems?|sounds?|makes?|made|counts?|runs?|ran))\b"
    r"|(?:so )?now (?:it|that|the|one|they|there|all|every\w*|no\w*|my|our|we|i)\b)"
    r"|(?:there(?:'s| is| are)|the [\w-]+ (?:now |just |only )?(?:is|are|looks?|sits?|shows?|says?|has|have|does|goes"
    r"|comes?|gets?))\b",
    re.IGNORECASE,
)
"""Beginnings that say how something is, and ask for nothing; `refers` where it is what was just talked about."""

NOT_FAILING = re.compile(
    r"\b(?:no longer \w+|(?:doesn't|does not|don't|didn't) \w+ any ?more|no (?:more )?(?:errors?|problems?|failures?|issues?)"
    r"|without (?:an? |any )?(?:errors?|problems?)|never (?:better|again)|keine? (?:fehler|probleme?)(?: mehr)?|plus d'erreurs?"
    r"|sin errores|больше не \w+|stürzt nicht mehr ab)\b|没有?(?:报错|问题)|不(?:再)?报错|エラーなし",
    re.IGNORECASE,
)
"""Sayings that something fails no more, in the words of failure."""
