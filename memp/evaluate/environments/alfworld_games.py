"""ALFWorld's data: its games and their tasks, read from either form of its folder.

json_2.1.1/<split>/<kind>-.../<trial>/game.tw-pddl     what `alfworld-download` makes, under $ALFWORLD_DATA
games.jsonl.xz and common.json                         the same games in one file, and what they share
"""

import lzma
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from memp.domain.trajectory import Value
from memp.errors import ConfigError, InputError
from memp.evaluate.environments.environment import Task
from memp.evaluate.environments.textworld.grammar import Text, read_grammar

HOW_TO_GET = (
    "Get the games with `pip install --no-deps alfworld` and `alfworld-download`, "
    "and pass the folder that it fills ($ALFWORLD_DATA, with json_2.1.1 in it)."
)

_PREFIX = "Your task is to: "
_TASK_MARK = "@@TASK@@"


class Game(Value):
    """One game as its files have it: PDDL domain and problem, the grammar of its texts, and commands that win it."""

    domain: str
    problem: str
    grammar: str
    walkthrough: tuple[str, ...] = ()


class Games(Protocol):
    """A source of games: ALFWorld's data in one of its two forms."""

    def splits(self) -> tuple[str, ...]:
        """The names of the splits that are there."""
        ...

    def tasks(self, split: str) -> tuple[Task, ...]:
        """Raises InputError: there is no such split, or one of its files is broken."""
        ...

    def game(self, task_id: str) -> Game:
        """Raises InputError: there is no such game, or its file is broken."""
        ...


def open_games(folder: Path | str) -> Games:
    """The games in a folder, in either form.

    Raises:
        ConfigError: there are none.
    """
    folder = Path(folder).expanduser()
    if (folder / CompactGames.GAMES).is_file() and (folder / CompactGames.COMMON).is_file():
        return CompactGames(folder)
    for root in (folder / FolderGames.ROOT, folder):
        if root.is_dir() and any(root.glob("*/*/*/" + FolderGames.GAME)):
            return FolderGames(root)
    problem = "has no ALFWorld games" if folder.is_dir() else "is not a folder"
    raise ConfigError(f"'{folder}' {problem}. {HOW_TO_GET}")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


FileT = TypeVar("FileT", bound=_File)


class _Common(_File):
    pddl_domain: str
    grammar_template: str


class _Line(_File):
    game: str
    task: str
    pddl_problem: str
    walkthrough: tuple[str, ...] = ()


class _GameFile(_File):
    pddl_domain: str
    pddl_problem: str
    grammar: str
    walkthrough: tuple[str, ...] | None = None
    solvable: bool = False


class CompactGames:
    """Games in one compressed JSON-lines file. All are read once, and kept compressed in memory."""

    GAMES = "games.jsonl.xz"
    COMMON = "common.json"

    def __init__(self, folder: Path) -> None:
        self._file = folder / self.GAMES
        self._common = _read(_Common, folder / self.COMMON)
        self._tasks: dict[str, list[Task]] = {}
        self._lines: dict[str, bytes] = {}
        try:
            with lzma.open(self._file) as lines:
                for number, line in enumerate(lines, 1):
                    self._add(line, f"{self._file}, line {number}")
        except (lzma.LZMAError, EOFError, OSError) as error:
            raise InputError(f"The games in {self._file} cannot be read ({error}): copy the file again.") from None

    def _add(self, line: bytes, where: str) -> None:
        game = _parse(_Line, line, where)
        task = _task(game.game, game.task)
        if task.id in self._lines:
            raise InputError(f"{where} has the game '{task.id}' a second time: copy the file again.")
        self._tasks.setdefault(task.split, []).append(task)
        self._lines[task.id] = zlib.compress(line, 1)

    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(self._tasks))

    def tasks(self, split: str) -> tuple[Task, ...]:
        _check_split(split, self.splits())
        return tuple(sorted(self._tasks[split], key=lambda task: task.id))

    def game(self, task_id: str) -> Game:
        if task_id not in self._lines:
            raise InputError(f"There is no game '{task_id}' in {self._file}: take a task from tasks(split).")
        line = _Line.model_validate_json(zlib.decompress(self._lines[task_id]))
        return Game(
            domain=self._common.pddl_domain,
            problem=line.pddl_problem,
            grammar=self._common.grammar_template.replace(_TASK_MARK, line.task),
            walkthrough=line.walkthrough,
        )


class FolderGames:
    """Games in ALFWorld's own layout. As in ALFWorld, those not marked as solvable are left out."""

    ROOT = "json_2.1.1"
    GAME = "game.tw-pddl"
    UNSUPPORTED = ("movable", "Sliced")
    """Folders with these words are for ALFRED's robot only."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tasks: dict[str, tuple[Task, ...]] = {}

    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in self._root.iterdir() if any(path.glob("*/*/" + self.GAME))))

    def tasks(self, split: str) -> tuple[Task, ...]:
        if split not in self._tasks:
            _check_split(split, self.splits())
            self._tasks[split] = tuple(sorted(self._solvable(split), key=lambda task: task.id))
        return self._tasks[split]

    def _solvable(self, split: str) -> Iterable[Task]:
        for path in (self._root / split).glob("*/*/" + self.GAME):
            name = path.parent.relative_to(self._root).as_posix()
            if any(word in name for word in self.UNSUPPORTED):
                continue
            file = _read(_GameFile, path)
            if file.solvable:
                yield _task(name, _goal(file.grammar, path))

    def game(self, task_id: str) -> Game:
        path = self._root / task_id / self.GAME
        if not path.resolve().is_relative_to(self._root.resolve()) or not path.is_file():
            raise InputError(f"There is no game '{task_id}' in {self._root}: take a task from tasks(split).")
        file = _read(_GameFile, path)
        return Game(
            domain=file.pddl_domain,
            problem=file.pddl_problem,
            grammar=file.grammar,
            walkthrough=file.walkthrough or (),
        )


def _task(id: str, goal: str) -> Task:
    """A task named "<split>/<kind>-<objects>/<trial>"."""
    split, _, rest = id.partition("/")
    return Task(id=id, split=split, kind=rest.partition("-")[0], goal=goal)


def _goal(grammar: str, path: Path) -> str:
    """The task's sentence, as the game's own grammar states it."""
    try:
        symbols = read_grammar(grammar).rules["task"][0].symbols
    except (InputError, LookupError) as error:
        raise InputError(f"The game file {path} states no task ({error}). {HOW_TO_GET}") from None
    text = "".join(symbol.text for symbol in symbols if isinstance(symbol, Text))
    return text.removeprefix(_PREFIX)


def _check_split(split: str, known: tuple[str, ...]) -> None:
    if split not in known:
        there = ", ".join(known) or "none"
        raise InputError(f"There is no split '{split}' in this data, only: {there}. `alfworld-download` gets them all.")


def _read(kind: type[FileT], path: Path) -> FileT:
    try:
        return _parse(kind, path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). {HOW_TO_GET}") from None


def _parse(kind: type[FileT], text: bytes, where: str) -> FileT:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where} is broken: {field or 'it'}: {first['msg']}. {HOW_TO_GET}") from None
