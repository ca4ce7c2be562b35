"""One decision on several procedures of the list: a preview of what it does to each, the act, and the taking back of it."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from memp.domain.effects import effects_of
from memp.domain.procedure import Ref
from memp.errors import InputError
from memp.memory import ProceduralMemory
from memp.update import review
from memp.update.deciding import Act, Each, decide_each
from memp.update.undoing import take_back_each
from memp_clients.page.asking import PAGE, Ask, Undo
from memp_clients.page.procedure import losing_page_of, loss_of, newest_lines, require_same_loss
from memp_clients.screen.views import many

WORDS = {
    "approve": ("Approve", "validated"),
    "pin": ("Pin", "pinned"),
    "unpin": ("Unpin", "unpinned"),
    "reject": ("Archive", "archived"),
    "restore": ("Bring back", "back in recall"),
}
"""What can be decided on several at once: on its button, and of what it was done to."""


def planned(ask: Ask) -> Response:
    """What the decision would do to each that is chosen, and which it cannot be made on.

    Raises:
        InputError: there is no such decision, or none is chosen.
    """
    store, act = ask.memory.store, _act(ask)
    ids = _ids(ask.texts("id"))
    rows = {p.id: p for p in store.procedures(ids, scopes=ask.scopes, active=False)}
    # States first: who changes one meanwhile makes the form another's, and nothing is lost.
    states = {i: review.state_of(store, p) for i, p in rows.items()}
    each = decide_each(
        store, ask.memory.options, [Ref(procedure_id=i) for i in ids], act, "", states, rehearse=True
    )  # fmt: skip
    told = dict(zip(ids, each, strict=True))
    return ask.page(
        "several.html", act=act, words=WORDS[act][0], list=_list(ask), reason=ask.text("reason", 500),
        able=[(rows[i], one.said, states[i]) for i, one in told.items() if one.number is not None],
        unable=[one for one in each if one.number is None],
        effects={i: effects_of(p.script) for i, p in rows.items() if act == "approve"},
    )  # fmt: skip


def decided(ask: Ask) -> Response:
    """Decide on each that is as the preview had it; the others are left alone, and told.

    Raises:
        InputError: there is no such decision, or none is chosen.
    """
    act = _act(ask)
    chosen = [text.partition(" ") for text in ask.texts("of")]
    ids = _ids([number for number, _, _ in chosen])
    states = dict(zip(ids, (state for _, _, state in chosen), strict=True))
    refs = [Ref(procedure_id=i) for i in ids]
    each = decide_each(ask.memory.store, ask.memory.options, refs, act, ask.text("reason", 500), states)
    left = [_left(ask.memory, i, one) for i, one in zip(ids, each, strict=True) if one.number is None]
    for sentence in left:
        ask.desk.say(ask.visitor, sentence)
    done = [one for one in each if one.number is not None]
    names = ", ".join(one.label for one in done)
    sentence = f"{many(len(done), 'procedure')} {'is' if len(done) == 1 else 'are'} {WORDS[act][1]}: {names}."
    back = _back(ask)
    undo = _undo([one.number for one in done if one.number is not None], back) if done else None
    return ask.done(back, sentence if done else "Nothing was changed.", undo)


def _left(memory: ProceduralMemory, procedure_id: int, one: Each) -> str:
    """Why one was left alone, and what was done to it meanwhile."""
    newest = newest_lines(memory, procedure_id)[:1] if one.changed else []
    return f"{one.said} {' '.join(newest)}".strip()


def _undo(numbers: Sequence[int], back: str) -> Undo:
    def act(memory: ProceduralMemory) -> str:
        done, left = take_back_each(memory.store, memory.options.seen, numbers)
        taken = f"{many(len(done), 'decision')} {'is' if len(done) == 1 else 'are'} taken back." if done else ""
        return " ".join(filter(None, [taken, *left]))

    return Undo(back, act)


def losing_several(ask: Ask) -> Response:
    """What goes where several procedures are forgotten."""
    ids = _ids(ask.texts("id"))
    return losing_page_of(ask, ids, many(len(ids), "procedure"), _back(ask))


def forgotten(ask: Ask) -> Response:
    """Delete several procedures for good.

    Raises:
        ChangedMeanwhileError: something else would go by now than what was shown; nothing is deleted.
    """
    ids = _ids(ask.texts("id"))
    lost = loss_of(ask, ids)
    require_same_loss(ask, lost)
    review.forget(ask.memory.store, lost)
    names = ", ".join(f"p{i}" for i in ids)
    are = "is" if len(ids) == 1 else "are"
    return ask.done("/procedures", f"{many(len(ids), 'procedure')} {are} deleted, with every word: {names}.")


def _act(ask: Ask) -> Act:
    act = ask.chosen("act", *WORDS)
    if not act:
        raise InputError("There is no such decision.")
    return cast("Act", act)


def _ids(texts: Sequence[str]) -> list[int]:
    ids = list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19))
    if not ids:
        raise InputError("No procedure is chosen: tick those that you mean in the list.")
    if len(ids) != len(texts) or len(ids) > PAGE:
        raise InputError(f"Choose procedures of one page of the list, {PAGE} at most.")
    return ids


def _list(ask: Ask) -> str:
    """The filters of the list that the form came from; no path comes from a form."""
    return urlencode([(name, value) for name, value in parse_qsl(ask.text("list")) if name != "all"])


def _back(ask: Ask) -> str:
    filters = _list(ask)
    return f"/procedures?{filters}" if filters else "/procedures"


PAGES = (
    ("/procedures/decide", planned, decided),
    ("/procedures/forget", losing_several, forgotten),
)
