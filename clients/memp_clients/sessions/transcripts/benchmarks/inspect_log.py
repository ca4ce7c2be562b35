"""Inspect's evaluation logs: .eval, a zip with a file a sample, and .json, one document. Their scores are true outcomes.

.json is {version, status, eval: {run_id, task, model, ...}, samples: [sample]}; .eval holds header.json (while it is written only
_journal/start.json) with the same eval, and samples/<id>_epoch_<n>.json. A sample is {id, epoch, input, messages, scores:
{scorer: {value}}, model_usage, error?, attachments}; a large one may be written in pieces: samples/<id>_epoch_<n>/sample.json
and messages/<start>.json.
"""

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, moment, spent, text, words
from memp_clients.sessions import zstandard
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.packed import too_much
from memp_clients.sessions.parsing import MAX_LINE, parsed
from memp_clients.sessions.regular import open_regular
from memp_clients.sessions.tasks.checks.results import status_in
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent, Verdict, When

SAMPLE = "inspect_sample"
"""Field of the records that are made of the files in a zip."""

UNPACKED = f"its samples are {zstandard.MISSING}, or `inspect log convert --to json` first"
BUILT_IN = frozenset("match includes pattern answer exact f1 choice math model_graded_qa model_graded_fact".split())
"""Scorers of Inspect's own (inspect.aisi.org.uk/scorers.html): all grade from 0, wrong, to 1, right."""

_ACCURACY = re.compile(r"\baccuracy\b")
_REFERENCE = "attachment://"
_GRADES = {"C": 1.0, "CORRECT": 1.0, "I": 0.0, "INCORRECT": 0.0, "P": 0.5, "N": 0.0}


def sniff(record: JsonObject) -> bool:
    if SAMPLE in record:
        return True
    return isinstance(record.get("samples"), list) and {"task", "model"} <= set(mapping(record.get("eval")))


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        evaluation, known = mapping(record.get("eval")), _known(record)
        samples = [record[SAMPLE]] if SAMPLE in record else items(record.get("samples"))
        if not samples:
            yield Fault(place, f"the evaluation ({text(record.get('status')) or 'no status'}) holds no sample")
        for at, sample in enumerate(map(mapping, samples), 1):
            where = place if SAMPLE in record else ", ".join(filter(None, [place, f"sample {at}"]))
            try:
                yield from _sample(sample, evaluation, known, where)
            except InputError as error:
                yield Fault(where, str(error))


def _sample(sample: JsonObject, evaluation: JsonObject, known: frozenset[str], place: str) -> Iterator[Event | Fault]:
    name = f"{sample.get('id')}_epoch_{sample.get('epoch', 1)}"
    if mapping(sample.get("error")):
        said = " ".join(text(mapping(sample.get("error")).get("message")).split())
        yield Fault(place, f"the run broke off: {said[:200] or 'an error'}")
        return
    if mapping(sample.get("invalidation")):
        yield Fault(place, "the sample was declared invalid")
        return
    session = "/".join(filter(None, [text(evaluation.get("run_id")), name]))
    yield About(session, "inspect", text(evaluation.get("model")) or None)
    yield When(moment(sample.get("completed_at")))
    read = _Messages(mapping(sample.get("attachments")))
    yield Asked(read.asked(sample.get("input")), place, whole=True)
    for message in items(sample.get("messages")):
        yield from read.events(mapping(message))
    for usage in map(mapping, mapping(sample.get("model_usage")).values()):
        written = usage.get("input_tokens_cache_write")
        yield Spent(spent(usage.get("input_tokens"), usage.get("output_tokens"), written))
    scores = mapping(sample.get("scores"))
    verdict = _verdict(scores, known)
    if verdict is not None or scores:
        said = _said(scores, scores)
        yield Ended(
            verdict, "" if verdict else f"the scores agree on nothing, or say not whether more is better: {said}"[:200]
        )


class _Messages:
    """Reads messages; long texts stand once, as attachments."""

    def __init__(self, attachments: JsonObject) -> None:
        self._attachments = attachments

    def asked(self, given: object) -> str:
        """The task: the input, or what the user says in it."""
        if isinstance(given, str):
            return self._whole(given)
        said = [mapping(message) for message in items(given)]
        return "\n".join(self._words(one.get("content")) for one in said if one.get("role") == "user")

    def events(self, message: JsonObject) -> Iterator[Event]:
        if message.get("role") == "assistant":
            yield Said(self._words(message.get("content")))
            for call in map(mapping, items(message.get("tool_calls"))):
                if text(call.get("function")) != "submit":
                    yield Called(text(call.get("id")), text(call.get("function")), call.get("arguments"))
        elif message.get("role") == "tool" and message.get("function") != "submit":
            error = mapping(message.get("error"))
            output = self._words(message.get("content")) or text(error.get("message"))
            yield Answered(text(message.get("tool_call_id")), output, bool(error), status_in(output))

    def _words(self, content: object) -> str:
        if isinstance(content, str):
            return self._whole(content)
        parts = [mapping(part) for part in items(content)]
        return self._whole(words([{**part, "text": part.get("text", part.get("reasoning"))} for part in parts]))

    def _whole(self, content: str) -> str:
        if not content.startswith(_REFERENCE):
            return content
        return text(self._attachments.get(content.removeprefix(_REFERENCE))) or content


def _known(record: JsonObject) -> frozenset[str]:
    """The scorers of which more is better: Inspect's own, and those whose accuracy the log counts. Of any other number, an edit
    distance as well as a rate of attacks, the best may be 0."""
    listed = [mapping(one) for one in items(mapping(record.get("eval")).get("scorers"))]
    listed += [mapping(one) for one in items(mapping(record.get("results")).get("scores"))]
    counted = [one for one in listed if _ACCURACY.search(json.dumps(one.get("metrics")))]
    return BUILT_IN | {text(one.get(key)) for one in counted for key in ("name", "scorer")}


def _verdict(scores: JsonObject, known_scorers: frozenset[str]) -> Verdict | None:
    """What the scorers say, where they agree; of a score on a scale of its own nobody knows what is good."""
    values = {
        name: _value(mapping(score).get("value"), graded=_is_graded(name, known_scorers))
        for name, score in scores.items()
    }
    known = {value for value in values.values() if value is not None}
    if not known or len({value >= 1 for value in known}) > 1:
        return None
    named = _said(scores, [name for name, value in values.items() if value is not None])
    return Verdict("success" if min(known) >= 1 else "failure", f"environment: score {named}"[:200])


def _said(scores: JsonObject, names: Iterable[str]) -> str:
    return ", ".join(f"{name} {mapping(scores[name]).get('value')}" for name in names)


def _is_graded(name: str, known: frozenset[str]) -> bool:
    """Whether of a scorer more is better; the second of a name is numbered."""
    last = name.rsplit("/", 1)[-1]
    return not known.isdisjoint({name, last, last.rstrip("0123456789")})


def _value(value: object, *, graded: bool) -> float | None:
    """A grade, or a score between 0 and 1 of a scorer of which more is better; None for any other."""
    if isinstance(value, str):
        if value.strip().upper() in _GRADES:
            return _GRADES[value.strip().upper()]
        if not graded:
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if graded and isinstance(value, bool | int | float) and 0 <= value <= 1 else None


def stored_values(source: str) -> Iterator[Placed] | None:
    """The samples of a .eval file, one at a time; None where the file is none."""
    path = Path(source)
    if not path.is_file() or not os.access(path, os.R_OK):
        return None
    with open_regular(path) as file:
        if file.read(4) != b"PK\x03\x04":
            return None
    if not zipfile.is_zipfile(path):
        return iter([("", Fault("", "a zip whose end is missing, where it says what it holds"))])
    return _samples(path)


def _samples(path: Path) -> Iterator[Placed]:
    with zstandard.zips().ZipFile(path) as archive:
        names = list(dict.fromkeys(archive.namelist()))
        if why := too_much(sum(info.file_size for info in archive.infolist()), path.stat().st_size):
            yield "", Fault("", why)
            return
        start = next((name for name in ("header.json", "_journal/start.json") if name in names), None)
        if start is None:
            yield "", Fault("", "a zip that is no evaluation log of Inspect's")
            return
        header = _member(archive, start)
        if isinstance(header, Fault):
            yield start, header
            return
        evaluation = {key: mapping(header).get(key) for key in ("eval", "results")}
        samples = [name for name in names if name.startswith("samples/")]
        whole = [name for name in samples if name.count("/") == 1 and name.endswith(".json")]
        pieces = [name for name in samples if name.endswith("/sample.json")]
        for name in whole:
            sample = _member(archive, name)
            yield name, sample if isinstance(sample, Fault) else {**evaluation, SAMPLE: sample}
        for name in pieces:
            sample = _put_together(archive, name, samples)
            yield name, sample if isinstance(sample, Fault) else {**evaluation, SAMPLE: sample}
        if not samples:
            yield start, Fault(start, "the log holds no sample yet")


def _put_together(archive: zipfile.ZipFile, name: str, names: list[str]) -> object:
    """A sample that is written in pieces."""
    sample = _member(archive, name)
    if isinstance(sample, Fault):
        return sample
    lists: dict[str, list[object]] = {}
    for kind in ("messages", "attachments"):
        folder = f"{name.removesuffix('sample.json')}{kind}/"
        pieces = [piece for piece in names if piece.startswith(folder) and Path(piece).stem.isdecimal()]
        if sum(archive.getinfo(piece).file_size for piece in pieces) > MAX_LINE:
            return Fault(name, f"its {kind} are over {MAX_LINE >> 20} MB")
        for piece in sorted(pieces, key=lambda piece: int(Path(piece).stem)):
            part = _member(archive, piece)
            if isinstance(part, Fault):
                return part
            lists.setdefault(kind, []).extend(items(part))
    attachments = {str(at): value for at, value in enumerate(lists.get("attachments", []))}
    return {**mapping(sample), "messages": lists.get("messages", []), "attachments": attachments}


def _member(archive: zipfile.ZipFile, name: str) -> object:
    """A file of the zip; a Fault where it cannot be read."""
    zips, info = zstandard.zips(), archive.getinfo(name)
    if info.file_size > MAX_LINE:
        return Fault(name, f"the sample is over {MAX_LINE >> 20} MB")
    try:
        value = parsed(archive.read(info))
        return Fault(name, value) if isinstance(value, str) else value
    except NotImplementedError:
        return Fault(
            name, UNPACKED if info.compress_type == zstandard.METHOD else "compressed in a way that Python cannot read"
        )
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, zips.BadZipFile, *zstandard.damage()) as error:
        return Fault(name, f"the file is damaged here: {error}")
