"""A server's entry in a configuration file: what else stands there stays, in each format, byte for byte."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memp_clients.hosts.configs import ConfigFormat, FaultError, entry_in, with_entry, without_entry

ENTRY = {"command": "/opt/memp", "args": ["serve"], "env": {"MEMP_DB": "C:\\Users\\ä\\m.db"}}
JSON = ("mcpServers", "memp")
TOML = ("mcp_servers", "memp")
YAML = ("extensions", "memp")

BLANKS = st.sampled_from(["", "", " ", "\n", "\r\n  ", "\t", " // { one, \n", "/* , two */", "/* \n */ ", "\n\n    "])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """A value as somebody may write it: with comments and blanks anywhere, and trailing commas."""
    around = lambda text: draw(BLANKS) + text + draw(BLANKS)  # noqa: E731
    trailing = draw(st.sampled_from(["", ","]))
    if isinstance(value, dict):
        parts = [around(json.dumps(key)) + ":" + around(draw(written(inner))) for key, inner in value.items()]
        return "{" + ",".join(parts) + (trailing + draw(BLANKS) if parts else draw(BLANKS)) + "}"
    if isinstance(value, list):
        parts = [around(draw(written(inner))) for inner in value]
        return "[" + ",".join(parts) + (trailing + draw(BLANKS) if parts else draw(BLANKS)) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A document, often with servers, and its text."""
    value: dict[str, Any] = draw(st.dictionaries(st.text(max_size=4), VALUES, max_size=3))
    if draw(st.booleans()):
        others = st.dictionaries(st.text(max_size=4), VALUES, max_size=3)
        value["mcpServers"] = draw(others)
    return value, draw(BLANKS) + draw(written(value)) + draw(BLANKS)


@settings(max_examples=300, deadline=None)
@given(documents())
def test_any_json_with_comments_keeps_all_but_the_entry(document: tuple[dict[str, Any], str]) -> None:
    value, text = document
    source = text.encode()

    added = with_entry(source, "jsonc", JSON, ENTRY)
    assert entry_in(added, "jsonc", JSON) == ENTRY
    assert with_entry(added, "jsonc", JSON, ENTRY) == added

    back = without_entry(added, "jsonc", JSON)
    if value.get("mcpServers"):
        assert back == source
    else:
        # The object for the servers was made or filled, and stays, empty.
        assert with_entry(back, "jsonc", JSON, ENTRY) == added or entry_in(back, "jsonc", JSON) is None
    for comment in ("// { one, ", "/* , two */", "/* \n */"):
        assert back.decode().count(comment) == text.count(comment)


TABLES = [
    '[mcp_servers.a]\ncommand = "a" # keep\nargs = [\n  "x", # why\n  "[mcp_servers.memp]",\n]\n',
    '[mcp_servers.b.env]\nK = """\n[mcp_servers.memp]\n# no comment\n"""\n',
    "# about other\n[other]\nat = 2026-01-01T00:00:00Z\n",
    '[[array]]\nname = "x"\n\n[[array]]\nname = "y"\n',
    "[ 'quoted' . \"key\" ]\nx = 0x10\n",
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(order=st.permutations(TABLES), count=st.integers(0, 5), gap=st.sampled_from(["", "\n"]), last=st.booleans())
def test_any_order_of_toml_tables_keeps_all_but_the_entry(
    end: str, order: list[str], count: int, gap: str, last: bool
) -> None:
    text = 'top = "level" # mine\n' + gap + gap.join(order[:count])
    text = (text if last else text.rstrip("\n")).replace("\n", end)
    added = with_entry(text.encode(), "toml", TOML, ENTRY)
    expected = tomllib.loads(text)
    expected.setdefault("mcp_servers", {})["memp"] = ENTRY
    assert tomllib.loads(added.decode()) == expected
    assert with_entry(added, "toml", TOML, ENTRY) == added
    # A last line without an end gets one.
    assert without_entry(added, "toml", TOML).decode().rstrip() == text.rstrip()
    assert added.count(b"\r\n") == (added.count(b"\n") if "\r\n" in text else 0)


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers = { a = { command = "a" } } # inline\nx = 1\n',
        "[mcp_servers]\na = { command = 'a' }\n\n[z]\n",
        'mcp_servers.a.command = "a"\n',
        "mcp_servers = {}\n",
        "",
        "# only a comment\n",
    ],
)
def test_toml_servers_written_in_other_ways_are_understood(text: str) -> None:
    added = with_entry(text.encode(), "toml", TOML, ENTRY)
    assert entry_in(added, "toml", TOML) == ENTRY
    assert without_entry(added, "toml", TOML).decode() == text


def test_a_comment_behind_the_table_stays_when_the_table_goes() -> None:
    text = '[mcp_servers.memp]\ncommand = "m"\n\n[mcp_servers.memp.env]\nA = "b"\n\n# about other\n[other]\nx = 1\n'
    assert without_entry(text.encode(), "toml", TOML).decode() == "\n# about other\n[other]\nx = 1\n"


ENTRIES = [
    "  developer:\n    enabled: true\n    args:\n    - a\n    - 'b' # why\n    envs: {}\n",
    "  # about web\n  web:\n    enabled: false\n    note: |\n      memp:\n        text\n",
    '  "quoted":\n      deeper:\n        - {a: 1}\n',
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(order=st.permutations(ENTRIES), count=st.integers(1, 3), before=st.booleans(), after=st.booleans())
def test_any_order_of_yaml_entries_keeps_all_but_the_entry(
    end: str, order: list[str], count: int, before: bool, after: bool
) -> None:
    text = ("GOOSE_MODEL: x # mine\n" if before else "") + "extensions: # all\n" + "".join(order[:count])
    text = (text + ("\n# the end\nother: [1, 2]\n" if after else "")).replace("\n", end)
    added = with_entry(text.encode(), "yaml", YAML, ENTRY)
    assert entry_in(added, "yaml", YAML) == ENTRY
    assert with_entry(added, "yaml", YAML, ENTRY) == added
    assert without_entry(added, "yaml", YAML).decode() == text


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("extensions: {} # none yet\nother: 1\n", "extensions: {} # none yet\nother: 1\n"),
        ("extensions: {a: {b: 1}}\n", "extensions: {a: {b: 1}}\n"),
        ("extensions:\n", "extensions: {}\n"),
        ("extensions: null # c\n", "extensions: {} # c\n"),
        ("GOOSE_MODEL: x", "GOOSE_MODEL: x\nextensions: {}\n"),
        ("", "extensions: {}\n"),
        ("# only a comment\n", "# only a comment\nextensions: {}\n"),
    ],
)
def test_yaml_without_extensions_gets_them(text: str, back: str) -> None:
    added = with_entry(text.encode(), "yaml", YAML, ENTRY)
    assert entry_in(added, "yaml", YAML) == ENTRY
    assert without_entry(added, "yaml", YAML).decode() == back


def test_an_entry_is_written_as_its_neighbours_are() -> None:
    tabs = b'\xef\xbb\xbf{\r\n\t"mcpServers": {\r\n\t\t"a": {}, // mine\r\n\t}\r\n}'
    mine = b'\r\n\t\t"memp": {\r\n\t\t\t"command": "m"\r\n\t\t},'
    assert with_entry(tabs, "jsonc", JSON, {"command": "m"}) == tabs.replace(b"// mine", b"// mine" + mine)
    short = b'{"mcpServers":{"a":{"command":"a"}}}'
    assert with_entry(short, "jsonc", JSON, {"command": "m"}) == (
        b'{"mcpServers":{"a":{"command":"a"}, "memp": {"command": "m"}}}'
    )


@pytest.mark.parametrize("form", ["jsonc", "toml", "yaml"])
def test_an_update_keeps_what_a_person_added_to_the_entry(form: ConfigFormat) -> None:
    path = {"jsonc": JSON, "toml": TOML, "yaml": YAML}[form]
    mine = {"command": "/old", "args": [], "env": {"MEMP_API_KEY": "secret"}, "timeout": 9}
    source = with_entry(with_entry(None, form, path, mine), form, (path[0], "other"), {"command": "o"})
    updated = with_entry(source, form, path, ENTRY)
    env = {"MEMP_API_KEY": "secret", "MEMP_DB": "C:\\Users\\ä\\m.db"}
    assert entry_in(updated, form, path) == {"command": "/opt/memp", "args": ["serve"], "env": env, "timeout": 9}
    assert entry_in(updated, form, (path[0], "other")) == {"command": "o"}


def test_a_server_written_twice_goes_wholly() -> None:
    assert without_entry(b'{"mcpServers": {"memp": {}, "a": {}, "memp": {}}}', "jsonc", JSON) == (
        b'{"mcpServers": { "a": {}}}'
    )


BROKEN: list[tuple[ConfigFormat, bytes, str]] = [
    ("jsonc", b'{"mcpServers": {', "not valid JSON"),
    ("jsonc", b'{"a": 1 "b": 2}', "line 1, column 9"),
    ("jsonc", b"{'a': 1}", "double quotes"),
    ("jsonc", b'{"a": tru}', "a value was expected"),
    ("jsonc", b'{"a": "x\n"}', "a string that ends"),
    ("jsonc", b'{"a": "\\x"}', "wrong escape"),
    ("jsonc", b'{} {}', "the end was expected"),
    ("jsonc", b'{"a": NaN}', "a value was expected"),
    ("jsonc", b"[1, 2", "a comma or ]"),
    ("jsonc", b"[" * 100_000, "nested too deep"),
    ("jsonc", b'{"a": ' + b"9" * 5000 + b",}", "number is too long"),
    ("jsonc", b"[]", "does not hold an object"),
    ("jsonc", b'{"mcpServers": []}', "'mcpServers' is not an object"),
    ("jsonc", b'{"mcpServers": null}', "'mcpServers' is not an object"),
    ("jsonc", b'{"mcpServers": {"memp": "x"}}', "'mcpServers.memp' is not an object"),
    ("jsonc", '{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ("jsonc", '{"a": 1}'.encode("utf-16-le"), "zero bytes"),
    ("toml", b"a = \n", "not valid TOML"),
    ("toml", b'mcp_servers = "x"\n', "'mcp_servers' is not an object"),
    ("toml", b"[[mcp_servers]]\nx = 1\n", "'mcp_servers' is not an object"),
    ("yaml", b"a: [1\n", "not valid YAML"),
    ("yaml", b"a: 1\n---\nb: 2\n", "not valid YAML"),
    ("yaml", b"a: 1\na: 2\n", "not valid YAML"),
    ("yaml", b"- 1\n", "does not hold an object"),
    ("yaml", b"extensions: [1]\n", "'extensions' is not an object"),
    ("yaml", b"{a: 1}\n", "one line"),
    ("yaml", b"a: 1\n...\n", "marker"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "source", "told"), BROKEN)
def test_a_broken_file_is_told_with_its_place(form: ConfigFormat, source: bytes, told: str) -> None:
    with pytest.raises(FaultError, match=r"^it") as error:
        with_entry(source, form, {"jsonc": JSON, "toml": TOML, "yaml": YAML}[form], ENTRY)
    assert told in str(error.value)
