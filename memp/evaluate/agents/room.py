"""The state of a text game's room as far as a player has seen it: places, their contents, and the thing in the hand."""

from collections.abc import Iterable, Sequence

from memp.evaluate.agents.plan import trouble_of
from memp.evaluate.environments.commands import call_of, noun_of
from memp.text.entities import NUMBERED
from memp.text.failures.detection import failure_of


class Room:
    """Names of things are the game's: "mug 1". Places are the targets of the first "go to" commands."""

    def __init__(self, admissible: Iterable[str]) -> None:
        calls = [call_of(command) for command in admissible]
        self.places = tuple(call.args[0] for call in calls if call.verb == "go" and call.args)
        self.kinds = frozenset(map(noun_of, self.places))
        self.near: frozenset[str] = frozenset()
        """The places in reach; some lie together, and one need not go from one to the other."""
        self.holding: str | None = None
        self.visited: set[str] = set()
        """Places whose contents were seen."""
        self.closing: set[str] = set()
        """Kinds of place of which one was found closed."""
        self.contents: dict[str, set[str]] = {}
        self.failures: dict[str, str] = {}
        """Actions whose last try failed, each with its message."""
        self.trouble = ""
        """The last failure and its message, until the player clears it."""

    @property
    def failing(self) -> frozenset[str]:
        """Places where something that was to be done failed, and has not been done since."""
        calls = [call_of(action) for action in self.failures]
        return frozenset(call.args[-1] for call in calls if call.args and call.verb != "go")

    def where(self, noun: str, but: Iterable[str] = ()) -> tuple[str, str] | None:
        """(thing, place) of a thing of this kind that was seen, one in reach first; `but` are left out."""
        left_out = set(but)
        for place in sorted(self.contents, key=lambda place: (place not in self.near, place)):
            for thing in sorted(self.contents[place]):
                if noun_of(thing) == noun and thing not in left_out:
                    return thing, place
        return None

    def look(self, admissible: Sequence[str]) -> None:
        """Update from the possible commands: where one is, what can be taken there, and which place is closed."""
        offered = set(admissible)
        self.near = frozenset(place for place in self.places if f"go to {place}" not in offered)
        for place in self.near:
            if f"open {place}" in offered:
                self.closing.add(noun_of(place))
            else:
                self.visited.add(place)
        for command in admissible:
            verb, args = call_of(command)
            if verb == "take" and len(args) == 2:
                self.contents.setdefault(args[1], set()).add(args[0])

    def see(self, action: str, observation: str) -> None:
        """Update from an action's observation."""
        if failure_of(observation) is not None:
            self.failures[action] = observation
            self.trouble = trouble_of(action, observation)
            return
        self.failures.pop(action, None)
        verb, args = call_of(action)
        if verb in ("go", "open", "examine") and args and args[0] in self.places:
            shown = {f"{match[1].lower()} {match[2]}" for match in NUMBERED.finditer(observation)}
            self.contents[args[0]] = shown - set(self.places)
        elif verb == "take" and len(args) == 2:
            self.holding = args[0]
            self.contents.get(args[1], set()).discard(args[0])
        elif verb == "move" and len(args) == 2:
            self.holding = None
            self.contents.setdefault(args[1], set()).add(args[0])
