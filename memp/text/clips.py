"""Shorten texts: cut after so many characters, in the middle or at the end, never inside a {placeholder}."""

from memp.text import templates


def clip(text: str, limit: int) -> str:
    """`text`, cut after `limit` characters; a cut is marked."""
    if len(text) <= limit:
        return text
    return f"{templates.without_cut(text[: limit - 6]).rstrip()} [...]"


def clip_middle(text: str, limit: int) -> str:
    """`text` without its middle where it is longer than `limit` characters: the end of a command says what it does as well."""
    if len(text) <= limit:
        return text
    half = (limit - 7) // 2
    end = text[-half:]
    end = end.partition("}")[2] if "}" in end[:42] and "{" not in end[: end.index("}")] else end
    return f"{templates.without_cut(text[:half]).rstrip()} [...] {end.lstrip()}"


def first_line(text: str) -> str:
    """The first line that says something, without the white space around it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
