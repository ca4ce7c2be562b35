"""Verb classes: what a task asks to be done, and which askings are opposites ("add" and "drop", "turn on" and "turn off").

A class holds verbs of general English and computing that ask for the same; a verb may be in several. The classes are named
by their first verb. They say nothing of what is acted upon, so they hold in any field.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from memp.text.vocabulary import DETERMINERS, QUANTIFIERS, words_of

_CLASSES = """
add append include insert introduce attach
create make generate set_up setup provision init initialise initialize establish found add write build introduce define
create register open
remove delete drop erase purge discard strip clear prune eliminate throw_away take_out get_rid clean_up rid
start launch begin boot run execute bring_up start_up resume spin_up kick_off activate trigger
stop halt kill terminate shut_down bring_down end abort quit suspend pause shut tear_down
restart reboot bounce cycle reload
open unseal
close seal
lock secure protect
unlock unprotect
enable activate turn_on switch_on power_on
disable deactivate turn_off switch_off power_off mute silence
heat warm boil melt thaw defrost preheat reheat warm_up heat_up cook bake roast
cool chill freeze refrigerate cool_down
fill load refill charge
empty drain unload flush
encrypt encode cipher
decrypt decode decipher
hash sign
deploy roll_out release publish ship go_live promote push
undeploy roll_back revert withdraw yank unpublish recall take_down rollback
undo revert roll_back take_back reverse unwind
install set_up
uninstall
upgrade update bump
downgrade
increase raise grow extend enlarge expand resize scale scale_up widen boost stretch lengthen
decrease lower reduce shrink shorten narrow resize scale scale_down cut_down trim minimise minimize
merge join combine unite squash fold unify concatenate consolidate stack
split separate divide cut slice partition chop break_up extract
attach mount connect plug link bind associate
detach unmount disconnect unplug unlink unbind dissociate eject
grant allow permit authorise authorize let_in give_access whitelist unblock
revoke deny forbid block ban prohibit refuse blacklist
back_up backup dump save
restore recover bring_back retrieve
import read_in load ingest restore bring_in
export
upload push publish send
download pull fetch get
send forward mail email deliver dispatch transmit post submit share publish
receive collect accept
buy order purchase book reserve rent hire get
cancel call_off annul withdraw
return send_back give_back
refund reimburse pay_back
charge bill invoice
pay transfer
subscribe sign_up enrol enroll register join
unsubscribe sign_off opt_out unregister leave
approve accept sign_off confirm
reject decline refuse
compress zip pack archive bundle
decompress unzip unpack extract
show display reveal unhide
hide conceal mask collapse
put place insert store put_away stow
take pick pick_up grab take_out withdraw get
log_in login sign_in
log_out logout sign_out
onboard hire welcome
offboard fire dismiss lay_off
pin freeze fix
unpin loosen relax
tighten harden
escalate
assemble mount put_together
disassemble dismantle take_apart
sell
dress put_on wear
undress take_off
approach
win
lose
follow
unfollow
mark flag tag label highlight
unmark untag
look examine inspect read view list print check_out see browse explore display
check verify validate audit ensure confirm review test inspect
find search locate look_up hunt identify detect spot discover
explain describe document summarise summarize comment report
fix repair mend solve resolve correct debug heal troubleshoot
change edit modify alter adjust amend rewrite customise customize reword update set correct switch
replace exchange swap substitute rotate renew refresh
rename relabel
move migrate transfer relocate shift port put bring carry
copy clone duplicate replicate mirror
convert transform translate turn_into export transcode
normalise normalize standardise standardize
test try benchmark profile
build compile assemble bake
schedule plan organise organize arrange
write draft compose author draw_up
clean wash rinse wipe scrub descale sanitise
sort rank reorder
filter select choose
count sum compute calculate total average
compare diff match
measure weigh
plot draw chart graph visualise visualize
monitor watch track observe
train fit learn
predict forecast
configure set
reset
install
notify alert warn remind inform tell
invite
record note log
ask request apply
analyse analyze investigate study diagnose
teach
hang
anonymise anonymize redact pseudonymise
optimise optimize speed_up tune accelerate
book
print
repot
fry grill poach
complain
skip bypass omit
require demand oblige
serve
review rate
"""

_OPPOSITES = """
add remove; create remove; start stop; restart stop; open close; lock unlock; enable disable; heat cool; fill empty;
encrypt decrypt; deploy undeploy; deploy undo; deploy remove; install uninstall; install remove; upgrade downgrade;
increase decrease; merge split; attach detach; add detach; grant revoke; back_up restore; back_up remove; import
export; upload download; send receive; buy cancel; buy return; refund charge; subscribe unsubscribe; approve reject;
compress decompress; show hide; put take; log_in log_out; onboard offboard; pin unpin; tighten unpin; assemble
disassemble; create disassemble; buy sell; dress undress; win lose; follow unfollow; mark unmark; grant stop; increase
remove; show remove; put remove; record remove; copy remove; write remove; start close; open stop; enable stop; start
disable; enable remove; subscribe cancel; buy refund; lock open; close unlock; start remove; approve cancel; schedule
cancel; deploy stop; send return; create stop; grant disable; revoke enable
"""

_ANTONYMS = """
heat: hot warm heated boiling | cool: cold cool cooled chilled frozen; open: open opened unlocked | close: closed shut locked;
fill: full filled | empty: empty emptied; wet damp | dry dried; dirty soiled | clean: clean cleaned;
enable: enabled active | disable: disabled inactive; public | private; encrypt: encrypted | decrypt: decrypted unencrypted;
compress: compressed zipped | decompress: uncompressed unzipped; visible shown | hidden invisible;
install: installed | uninstall: uninstalled; approve: approved accepted | reject: rejected declined; paid | unpaid;
read | unread; sorted | unsorted; ascending | descending; incoming inbound received | outgoing outbound sent;
oldest earliest | newest latest; largest biggest highest | smallest lowest; online | offline; raw uncooked | cooked baked fried
"""
"""States that exclude each other, some with the class of the verbs that bring them about: "a hot apple" is asked for, or "a cold
one", and who heats one asks for the first. Nobody who shows a thing asks for one that is shown."""

_TO_LEARN = frozenset(("look", "find", "show"))
"""Classes that all ask to be told something, however it is looked up: "list", "find" and "print" are not other tasks."""

_LIGHT = frozenset(
    (
        "bring",
        "do",
        "get",
        "give",
        "go",
        "have",
        "keep",
        "let",
        "make",
        "perform",
        "put",
        "run",
        "set",
        "take",
        "turn",
        "use",
    )
)
"""Light verbs: what they ask for is said by their object ("make a change", "put a rule into the firewall")."""

_PREFIXES = ("un", "de", "dis")
_BEFORE_STATES = DETERMINERS | QUANTIFIERS | words_of("is are be become stay as of in")
_PARTICLES = words_of("on off in out up down away back over into together apart rid of live")
_OPENERS = words_of(
    """please then and to must should can could will would lets let us you we i not never now also just kindly help need
    needs want wants try first next finally or but"""
)
_BEFORE_NOUNS = DETERMINERS | QUANTIFIERS
_SUBJECTS = words_of("i we you he she they it there who what when where why how if after before since as")
_NOT_VERBS = words_of("in on at of for with from by is are was were be been has have had do does did")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[.;:!?,\n]")
_SENTENCE = frozenset(".;:!?,\n")

MOST_TOKENS = 60
"""Words of a text whose verbs are looked for: what is asked stands at its beginning."""


class Asked(NamedTuple):
    """The classes of the verbs of a text: of its first word, of all that stand where verbs do; its first word, and the stems
    of all. `told`: it begins as a statement does, and not as an order; `light`: its first verb says little by itself.
    `states` are those that it names, `brought` those that its verbs bring about."""

    head: frozenset[str]
    verbs: frozenset[str]
    word: str
    stems: frozenset[str]
    told: bool
    light: bool
    states: frozenset[str]
    brought: frozenset[str]


class Agreement(NamedTuple):
    """How what one text asks compares with another: each from 0 to 1, at most one of them above 0."""

    same: float
    opposite: float
    other: float


def _read_classes() -> Mapping[str, frozenset[str]]:
    classes: dict[str, set[str]] = {}
    for line in _CLASSES.strip().splitlines():
        verbs = line.split()
        for verb in verbs:
            classes.setdefault(verb, set()).add(verbs[0])
    return {verb: frozenset(names) for verb, names in classes.items()}


def _read_opposites() -> frozenset[tuple[str, str]]:
    pairs = [tuple(pair.split()) for pair in _OPPOSITES.split(";") if pair.strip()]
    return frozenset((a, b) for pair in pairs for a, b in (pair, pair[::-1]))


def _read_antonyms() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """State, and class of verbs, to the side of a pair that it is on: "3+" and "3-" exclude each other."""
    states: dict[str, str] = {}
    classes: dict[str, str] = {}
    for number, pair in enumerate(_ANTONYMS.split(";")):
        for sign, side in zip("+-", pair.split("|"), strict=True):
            name, _, words = side.rpartition(":")
            states |= dict.fromkeys(words.split(), f"{number}{sign}")
            classes |= {name.strip(): f"{number}{sign}"} if name.strip() else {}
    return states, classes


_SIDE_OF, _SIDE_OF_CLASS = _read_antonyms()
_CLASS_OF = _read_classes()
_OPPOSED = _read_opposites()


_LEARNS = frozenset(("look", "find", "check", "explain", "analyse", "compare", "measure", "monitor"))
_QUESTIONS = words_of("why what which whether how")


def asks_to_learn(text: str) -> bool:
    """Whether a task asks for something to be found out, and not only done: "find out why the job fails"."""
    return bool(asked(text).verbs & _LEARNS) and not _QUESTIONS.isdisjoint(text.lower().split())


@lru_cache(maxsize=8_192)
def asked(text: str) -> Asked:
    """The verbs of a text, by rule: the words that stand where an English sentence has its verb."""
    tokens = [token.lower() for token in _TOKEN.findall(text)[:MOST_TOKENS]]
    head, verbs, word, light = frozenset[str](), set[str](), "", False
    for at, token in enumerate(tokens):
        if token in _SENTENCE or not _is_verb_place(tokens, at):
            continue
        classes = _classes_at(tokens, at)
        if not word and token not in _BEFORE_NOUNS and token not in _NOT_VERBS and token not in _OPENERS:
            word = stem(token)
            head = classes
            light = _is_light(tokens, at)
        verbs |= classes
    begin = next((token for token in tokens if token not in _OPENERS or token in _SUBJECTS), "")
    told = begin in _BEFORE_NOUNS | _SUBJECTS | _NOT_VERBS
    states = {_SIDE_OF[b] for a, b in pairwise(tokens) if b in _SIDE_OF and a in _BEFORE_STATES}
    brought = {_SIDE_OF_CLASS[name] for name in verbs if name in _SIDE_OF_CLASS}
    stems = frozenset(map(stem, tokens))
    return Asked(head, frozenset(verbs), word, stems, told, light, frozenset(states), frozenset(brought))


def _is_verb_place(tokens: Sequence[str], at: int) -> bool:
    return at == 0 or tokens[at - 1] in _SENTENCE or tokens[at - 1] in _OPENERS


def _classes_at(tokens: Sequence[str], at: int) -> frozenset[str]:
    """The classes of the verb at a place, with its particle if it has one within three words: "turn the lamp off"."""
    verb = next((form for form in forms(tokens[at]) if form in _CLASS_OF or _has_phrase(form)), "")
    if not verb:
        return frozenset()
    for particle in tokens[at + 1 : at + 5]:
        if particle in _SENTENCE:
            break
        if particle in _PARTICLES and f"{verb}_{particle}" in _CLASS_OF:
            return _CLASS_OF[f"{verb}_{particle}"]
    return _CLASS_OF.get(verb, frozenset())


def _is_light(tokens: Sequence[str], at: int) -> bool:
    """Whether a light verb stands at a place without a particle that gives it a meaning: "make", not "turn ... off"."""
    verb = next((form for form in forms(tokens[at]) if form in _LIGHT), "")
    return bool(verb) and _classes_at(tokens, at) == _CLASS_OF.get(verb, frozenset())


_PHRASED = frozenset(verb.split("_")[0] for verb in _CLASS_OF if "_" in verb)


def _has_phrase(verb: str) -> bool:
    return verb in _PHRASED


def forms(word: str) -> Iterable[str]:
    """The forms that a word may be an inflection of, the word itself first: "dropped" of "drop"."""
    yield word
    for ending in ("ing", "ed", "es", "s", "d"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            base = word[: -len(ending)]
            yield base
            if ending in ("ing", "ed"):
                yield f"{base}e"
                if base[-1] == base[-2]:
                    yield base[:-1]


def stem(word: str) -> str:
    """A word without its inflection, roughly: for comparison only."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e")


def _exclude(ours: Asked, theirs: Asked) -> bool:
    """Whether two texts ask for states that exclude each other, and for none of such a pair in common. A state that a text of
    an unknown verb names may be the one that it ends, as in "reopen the closed ticket"."""
    mine, other = ours.states | ours.brought, theirs.states | theirs.brought
    if not mine.isdisjoint(other):
        return False
    return (
        _opposed(ours.states, theirs.states)
        or _opposed(ours.brought, theirs.brought)
        or (bool(ours.head) and _opposed(ours.states, theirs.brought))
        or (bool(theirs.head) and _opposed(theirs.states, ours.brought))
    )


def _opposed(ours: Set[str], theirs: Set[str]) -> bool:
    return any(f"{side[:-1]}{'+' if side[-1] == '-' else '-'}" in theirs for side in ours)


def agreement(ours: Asked, theirs: Asked) -> Agreement:
    """Compare what two texts ask for, by the classes of their verbs and by negating prefixes."""
    if _negated(ours, theirs) or _negated(theirs, ours) or _exclude(ours, theirs):
        return Agreement(0.0, 1.0, 0.0)
    mine, other = ours.head or ours.verbs, theirs.head or theirs.verbs
    if not mine.isdisjoint(other):
        return Agreement(1.0, 0.0, 0.0)
    if any((a, b) in _OPPOSED for a in mine for b in other):
        return Agreement(0.0, 1.0, 0.0)
    if ours.word and ours.word == theirs.word:
        return Agreement(1.0, 0.0, 0.0)
    if not ours.verbs.isdisjoint(other) or not theirs.verbs.isdisjoint(mine):
        return Agreement(0.5, 0.0, 0.0)
    if mine & _TO_LEARN and other & _TO_LEARN:
        return Agreement(0.5, 0.0, 0.0)
    if ours.told or theirs.told:
        return Agreement(0.0, 0.0, 0.0)  # A statement says what is the matter, in whatever words.
    # A verb that no class has, or that means what its object says, may ask for anything.
    known = ours.head and theirs.head and not (ours.light or theirs.light)
    return Agreement(0.0, 0.0, 1.0 if known else 0.0)


def _negated(ours: Asked, theirs: Asked) -> bool:
    """Whether one text asks with a prefix for what the other asks without it: "lock" and "unlock", "connect" and
    "disconnect"."""
    return any(
        ours.word == f"{prefix}{theirs.word}" and len(theirs.word) > 2 and ours.word not in theirs.stems
        for prefix in _PREFIXES
    )
