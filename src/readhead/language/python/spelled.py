"""The helpers of files whose vocabulary tells unknown words apart by their spelling, in either style.

They say what :func:`readhead.program.spelling.shape_of` and :func:`readhead.program.spelling.spelled` say; a test
compares them.
"""

from __future__ import annotations

SHAPE_OF = '''
def shape_of(word):
    """The shape of a word as it is written."""
    letters = [c for c in word if c.isalpha()]
    digits = any(c.isdecimal() for c in word)
    if word.lower().startswith(("http://", "https://", "www.")):
        return "url"
    if len(word) > 1 and word[0] in "@#":
        return "user" if word[0] == "@" else "hashtag"
    if not letters:
        return "number" if digits else "punctuation"
    if digits:
        return "alphanumeric"
    if word.lower() == word.upper():
        return "uncased"
    if word.isupper():
        return "initial" if len(letters) == 1 or "." in word else "upper"
    if word == word.lower():
        return "hyphenated" if "-" in word.strip("-") else "lower"
    return "title" if word.istitle() or word == word.capitalize() else "mixed"
'''

SPELLED = '''
def spelled(word, spellings, unknown):
    """What stands for an unknown word: its shape with the longest of its endings that is listed."""
    if type(word) is not str or word == unknown:
        return unknown
    shapes = "url user hashtag number alphanumeric punctuation initial upper title mixed"
    shapes = [*shapes.split(), "hyphenated", "lower", "uncased"]
    shape, dash, text = word.removeprefix("<unk:").removesuffix(">").partition("-")
    if shape not in shapes or word != f"<unk:{shape}{dash}{text}>":
        shape, text = shape_of(word), word.lower()
    found = [s for s in spellings if s == shape]
    for spelling in spellings:
        if spelling.startswith(f"{shape}-") and text.endswith(spelling[len(shape) + 1 :]):
            found.append(spelling)
    return f"<unk:{max(found, key=len)}>" if found else unknown
'''
