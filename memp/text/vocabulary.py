"""Word lists: stop words, generic verbs, states, file extensions. General English and shell, of no domain."""


def words_of(text: str) -> frozenset[str]:
    """The set of the words of `text`."""
    return frozenset(text.split())


STOP = words_of(
    """a an the some any this that these those it its them they he she we you i me my your our their is are was were be
    been being am do does did done have has had will would shall should can could may might must and or but nor so
    if then than else when while as of in on at to into onto from with without under over by for about after before
    between through up down off out inside using via not no yes please there here what which who whom whose how why
    where each every all both one other another such only same too very just also again also let s t now new make
    sure there's"""
)
GENERIC_VERBS = words_of(
    """put place find look go take get move examine use give need want help try ensure make set show tell see keep
    bring pick
    check run"""
)
ARTICLES = words_of("a an the some")
DETERMINERS = ARTICLES | words_of("this that these those my our your its his her their each every another")
QUANTIFIERS = words_of("all any")
PREPOSITIONS = words_of("at by for from in inside into of on onto over to under via with")
OR = words_of("or oder ou eller")
"""Words for "or" in some languages of Europe."""

AND_OR = OR | words_of("and nor und et o u y e och og en of")
"""Words in these languages that join the last thing of a list to those before it."""

NUMBER_WORDS = words_of("two three four five six seven eight nine ten")
STATE_WORDS = words_of(
    """clean cleaned cool cooled cold hot heated warm sliced dirty empty full open opened closed
    wet dry frozen broken fixed sorted"""
)
COUNTED = words_of(
    """line lines exit code status step steps port page row column item number version of to in on at by for
    than top first last next size level and or be is was down up over with under about after before
    left right from into"""
)
QUOTES = "\"'`"
EXTENSIONS = words_of(
    """py pyi js mjs ts jsx tsx md rst txt json jsonl yaml yml toml cfg ini conf html htm css scss c h cc cpp hpp rs go
    java kt rb php sh bash sql csv tsv xml lock log ipynb env png jpg jpeg svg pdf tar gz zip tf vue swift lua pl
    gradle proto db sqlite bak patch diff service"""
)
