"""The lexicon of verb classes: which verbs ask for the same, which classes are opposites, which states exclude each other.

A class holds verbs of general English and computing that ask for the same; a verb may be in several. The classes are named
by their first verb. They say nothing of what is acted upon, so they hold in any field.
"""

from collections.abc import Mapping

from memp.text.vocabulary import words_of

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
free release liberate rescue set_free let_out let_go
imprison capture arrest jail lock_up confine trap
lend loan
borrow
wrap
unwrap
fold
unfold
plant sow
uproot dig_up pull_out
inflate blow_up pump_up
deflate
praise
criticise criticize blame
light ignite kindle
extinguish put_out blow_out
wake wake_up awaken
teach train instruct
brew cook bake prepare make
raise lift hoist
lower let_down
win earn
spend
arrive enter
leave exit depart
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
cancel; deploy stop; send return; create stop; grant disable; revoke enable; free imprison; free lock; free close;
unlock imprison; lend borrow; wrap unwrap; fold unfold; plant uproot; inflate deflate; praise criticise;
light extinguish; raise lower; arrive leave; buy offboard; brew sell; create sell
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

TO_LEARN = frozenset(("look", "find", "show"))
"""Classes that all ask to be told something, however it is looked up: "list", "find" and "print" are not other tasks."""

LIGHT = words_of("bring do get give go have keep let make perform put run set take turn use")
"""Light verbs: what they ask for is said by their object ("make a change", "put a rule into the firewall")."""


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


SIDE_OF, SIDE_OF_CLASS = _read_antonyms()

CLASS_OF = _read_classes()
"""A verb, with its particle if it has one ("turn_off"), to its classes."""

OPPOSED = _read_opposites()
"""Pairs of classes that ask for opposites, in both orders."""

PHRASED = frozenset(verb.split("_")[0] for verb in CLASS_OF if "_" in verb)
"""Verbs that a particle gives another meaning: "turn" of "turn off"."""
