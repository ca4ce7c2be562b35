"""A text game of three rooms for tests: a lamp, a chest, a ball and a bell. Written for this suite."""

import json
from pathlib import Path

ID = "train/light_the_attic-Lamp-1/trial_1"

DOMAIN = """
;; rooms, and what is in them
(define (domain tiny)
  (:requirements :adl :typing)
  (:types player room thing - object box - thing)
  (:constants hall - room)
  (:predicates
    (at ?p - player ?r - room) (in ?t - thing ?r - room) (door ?a - room ?b - room)
    (held ?t - thing) (lit ?t - thing) (lamp ?t - thing) (open ?b - box) (inside ?t - thing ?b - box)
    (rung ?r - room) (seen ?t - thing) (lost ?t - thing))
  (:functions (total-cost) - number)
  (:action walk
    :parameters (?p - player ?a - room ?b - room)
    :precondition (and (at ?p ?a) (door ?a ?b))
    :effect (and (not (at ?p ?a)) (at ?p ?b) (increase (total-cost) 1)))
  (:action pick
    :parameters (?p - player ?r - room ?t - thing)
    :precondition (and (at ?p ?r)
                       (or (in ?t ?r) (exists (?b - box) (and (in ?b ?r) (open ?b) (inside ?t ?b))))
                       (not (exists (?o - thing) (held ?o))))
    :effect (and (held ?t) (not (in ?t ?r)) (forall (?b - box) (not (inside ?t ?b)))))
  (:action drop
    :parameters (?p - player ?r - room ?t - thing)
    :precondition (and (at ?p ?r) (held ?t))
    :effect (and (not (held ?t)) (in ?t ?r)))
  (:action unlock
    :parameters (?p - player ?r - room ?b - box)
    :precondition (and (at ?p ?r) (in ?b ?r) (not (open ?b)))
    :effect (open ?b))
  (:action switch
    :parameters (?t - thing)
    :precondition (and (lamp ?t) (held ?t))
    :effect (and (when (lit ?t) (not (lit ?t))) (when (not (lit ?t)) (lit ?t))))
  (:action ring
    :parameters (?p - player)
    :precondition (forall (?b - box) (imply (in ?b hall) (open ?b)))
    :effect (forall (?t - thing ?r - room) (when (and (at ?p ?r) (in ?t ?r)) (seen ?t))))
  (:action wish
    :parameters (?t - thing)
    :precondition (exists (?c - thing, ?r - room) (in ?c ?r))
    :effect (lost ?t)))
"""

PROBLEM = """
(define (problem tiny-1)
  (:domain tiny)
  (:objects me - player  attic cellar - room  lamp_1 ball_1 ball_2 - thing  chest_1 - box)
  (:init (at me hall) (door hall attic) (door attic hall) (door hall cellar) (door cellar hall) (door hall hall)
         (in lamp_1 hall) (in chest_1 hall) (in ball_2 cellar) (lamp lamp_1) (inside ball_1 chest_1)
         (= (total-cost) 0))
  (:goal (and (exists (?t - thing) (and (lamp ?t) (lit ?t)))
              (exists (?b1 - thing) (exists (?b2 - thing)
                (and (not (= ?b1 ?b2)) (not (lamp ?b1)) (in ?b1 attic) (in ?b2 attic) (lit ?b2)))))))
"""

WALKTHROUGH = (
    "open chest",
    "get ball one",
    "walk to attic",
    "put ball one",
    "walk to hall",
    "get lamp",
    "switch lamp",
    "walk to attic",
    "put lamp",
)

NAMES = {"lamp_1": "lamp", "ball_1": "ball one", "ball_2": "ball two", "chest_1": "chest"}

RULES = {
    "intro": [{"rhs": "Welcome.\n\n#around#\n\n#task#"}],
    "task": [{"rhs": "Your task is to: light the attic."}],
    "around": [
        {
            "condition": "at(p:player, r:room) & in(t:thing, r:room)",
            "rhs": "In the [{r.name | at(p:player, r:room)}] there is [{#thing(t)# | at(p:player, r:room) & "
            "in(t:thing, r:room)}].",
        },
        {"rhs": "There is nothing here."},
    ],
    "thing(t)": [{"rhs": "{t.indefinite} {t.name}"}],
    "list_empty": [{"rhs": "nothing"}],
    "list_separator": [{"rhs": ", "}],
    "list_last_separator": [{"rhs": "&"}],
    "gone": [{"condition": "not_in(t:thing, r:room)", "rhs": "The {t.name} is gone."}, {"rhs": "Still here."}],
}

LIGHT = {"light": [{"condition": "lit(t:thing)", "rhs": "On."}, {"rhs": "Off."}]}


def _action(name: str, template: str, feedback: str, rules: dict[str, object] | None = None) -> str:
    grammar = f'grammar :: """\n# its own\n{json.dumps(rules)}""";' if rules else ""
    return f'action {name} {{ template :: "{template}"; feedback :: "{feedback}"; {grammar} }}\n'


GRAMMAR = (
    f'# the texts\ngrammar :: """\n{json.dumps(RULES, indent=1)}\n""";\n'
    + _action("walk", "walk to {b}", "#around#")
    + _action("Pick", "get {t}", "You take {t.definite + ' ' + t.name}. #gone#")
    + _action("drop", "put {t}", "You put down {t.definite} {t.name or t.id}.")
    + _action("unlock", "open [{b.name | in(b:box, r:room)}]", "#opened#", {"opened": [{"rhs": "It opens."}]})
    + _action(
        "switch", "switch {t}", "#light#", {"light": [{"condition": "lit(t:thing)", "rhs": "On."}, {"rhs": "Off."}]}
    )
    + _action("ring", "ring", "You have seen [{t.name | seen(t:thing)}].")
    + _action("wish", "wish for {t}", "No.")
)


def write_folder(root: Path, id: str = ID, **changes: object) -> Path:
    """The tiny game in ALFWorld's layout; the folder that $ALFWORLD_DATA would name."""
    fields = {
        "pddl_domain": DOMAIN,
        "pddl_problem": PROBLEM,
        "grammar": GRAMMAR,
        "walkthrough": WALKTHROUGH,
        "solvable": True,
    }
    path = root / "json_2.1.1" / id / "game.tw-pddl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(fields | changes))
    return root
