"""The sweep: every program that there is, compiled, against the interpreter, on every variable that can be read off.

Values are compared with their types. What cannot be compiled has to say which budget it would break: the size of
something (values, combinations, cells, units, width) or the error of the precision; never a missing feature.
"""

from __future__ import annotations

import collections
import functools
import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

import readhead as rh
from compile.agreement import answered, difference
from readhead import rasp
from readhead.compile import run
from readhead.compile.compiler import compile_program
from readhead.errors import CompileError
from readhead.language.rasp import from_rasp
from readhead.language.rasp.elaborate import run_file
from readhead.language.rasp.modules import LIBRARY_FOLDER
from readhead.learn.learner import learn
from readhead.program.nodes import SOp
from readhead.program.program import Program
from readhead.rasp.l import programs as rasp_l_programs
from readhead.tasks import TASKS, load_dataset
from readhead.transformer.model import Transformer
from strategies import LETTERS, contents, programs

ROOT = Path(__file__).resolve().parents[2]
EXHAUSTIVE, LONG = 5, 40

ALPHABETS = {
    "caesar": "axz",
    "dyck": "(){}",
    "shuffle_dyck": "(){}",
    "long_addition": "059+",
    "palindrome": "ab",
    "histogram": "ab§",
    "double_histogram": "ab§",
    "sort": "§ab",
}
"""The tokens of each file; of others ``abc``."""

SIZES = ("size budget", "error budget")


def _files():
    return sorted([*(ROOT / "examples").glob("*.rasp"), *LIBRARY_FOLDER.glob("*.rasp")])


@functools.cache
def _outputs(file):
    """The s-ops that a RASP file defines at its top level."""
    session = run_file(file.read_text("utf-8"), str(file))
    return tuple(n for n, b in session.own.items() if isinstance(b.value, SOp) and not n.startswith("_"))


ALL = "*"
"""All that a file defines, together; so that each has a reading, and none is fused with what reads it."""

NAMES = [(file, name) for file in _files() for name in _outputs(file)]
LAST = [(file, _outputs(file)[-1]) for file in _files() if _outputs(file)]
TOGETHER = [(file, ALL) for file, _ in LAST]
QUICK = [
    (file, name)
    for file, name in LAST
    if file.stem in ("histogram", "sort", "reverse", "induction", "caesar")
]
"""Those that take a moment at the greatest length too."""


def _id(file_or_name):
    return (
        f"{file_or_name.parent.name}/{file_or_name.stem}" if isinstance(file_or_name, Path) else file_or_name
    )


def _written(file, name):
    """A program of a file, and its alphabet."""
    text, alphabet = file.read_text("utf-8"), ALPHABETS.get(file.stem, "abc")
    if name != ALL:
        return from_rasp(text, str(file), name), alphabet
    defined = run_file(text, str(file)).own
    return Program(tuple(defined[n].value for n in reversed(_outputs(file)))), alphabet


def _python():
    """Programs written in Python: the standard library, and what only the extensions can say."""
    tokens, indices, length = rasp.tokens, rasp.indices, rasp.length
    same, earlier = rasp.select(tokens, tokens, "=="), rasp.select(indices, indices, "<")
    number = rasp.table({"a": 1, "b": 2, "c": -3}, tokens, default=0).named("number")
    up_to_here = rasp.select(indices, indices, "<=")
    return {
        "has_focus": rasp.has_focus(same & earlier),
        "count": rasp.count(tokens, "a"),
        "contains": rasp.contains(tokens, "a"),
        "average": rasp.average(number),
        "load_from_location": rasp.load_from_location(tokens, length - 1 - indices),
        "shift": rasp.shift(tokens, 2, "-"),
        "shift back": rasp.shift(tokens, -1, "-"),
        "mark_first_instance": rasp.mark_first_instance(tokens, "a"),
        "mark_last_instance": rasp.mark_last_instance(tokens, "a"),
        "select_from_first": rasp.aggregate(rasp.select_from_first(tokens, "a"), indices, -1),
        "select_from_last": rasp.aggregate(rasp.select_from_last(tokens, "a"), indices, -1),
        "sort": rasp.sort(tokens, tokens),
        "sort by number": rasp.sort(tokens, number),
        "select_next_identical": rasp.aggregate(rasp.select_next_identical(tokens), indices, -1),
        "selector_width_bos": rasp.selector_width_bos(same),
        "frac_prevs": rasp.aggregate(up_to_here, rasp.indicator(tokens == "a")),
        "sum": rasp.aggregate_sum(up_to_here, number, 0),
        "max": rasp.aggregate_max(same & earlier, indices, -1),
        "min": rasp.aggregate_min(~same, number, 9),
        "closest": rasp.aggregate_pick(rasp.closest(same & earlier), indices),
        "position": rasp.where(tokens == tokens[0], tokens[-1], "-"),
        "round": round(rasp.aggregate(earlier, number, 0) * 2),
        "powers": (indices % 3) ** 2 - abs(number),
        "texts": rasp.as_str(rasp.selector_width(same)) + tokens,
    }


RASP_L = {
    "count": ("0", "1", "2", "-1", "-2"),
    "mode": ("0", "1", "-1", "-2"),
    "copy_unique": ("0", "1", "-1", "-2"),
    "addition_forward": ("0", "9", "10", "-4"),
    "addition_reversed": ("0", "9", "10", "-4"),
    "parity_scratchpad": ("0", "1", "-2", "-6"),
}
"""RASP-L's programs with their tokens: the negative ones are marks, 10 is a hint."""

PYTHON = _python()


def everything(alphabet, longest=EXHAUSTIVE):
    """All sequences up to a length."""
    return [list(s) for n in range(longest + 1) for s in itertools.product(alphabet, repeat=n)]


def a_few(alphabet, longest=LONG, count=6, seed=0):
    """Random sequences, from none to the most tokens; some of a few tokens only, so that they repeat."""
    draw = random.Random(seed)
    lengths = [0, 1, longest - 1, longest, longest, *(draw.randint(2, longest) for _ in range(count))]
    return [draw.choices(draw.choices(alphabet, k=2) if n % 2 else alphabet, k=n) for n in lengths]


def compiled(program, alphabet, longest, precision=None):
    """A blueprint; None where it would break a budget."""
    try:
        return compile_program(program, vocabulary=alphabet, max_length=longest, precision=precision)
    except CompileError as error:
        assert any(budget in error.why for budget in SIZES), str(error)
        return None


def parted(blueprint, sequences):
    """Where a blueprint departs from its program, as text; None where nowhere."""
    program = blueprint.program
    good = answered(program, sequences)
    found = program.trace_batch(good).diff(run.trace(blueprint, good), common_only=True)
    if found is not None:
        return str(found)
    kept = [s for s in good if s or program.kind == "token_labels"]
    answers = zip(kept, program.run_batch(kept), run.answers(blueprint, kept), strict=True)
    return next((f"{s}: {a!r}, not {b!r}" for s, a, b in answers if repr(a) != repr(b)), None)


def sweep(program, alphabet, precision):
    """Everything that is short."""
    blueprint = compiled(program, alphabet, EXHAUSTIVE, precision)
    if blueprint is None:
        assert "float64" == compile_program(program, vocabulary=alphabet, max_length=EXHAUSTIVE).precision
        pytest.skip("too fine for float32; the compiler takes float64")
    assert precision == blueprint.precision
    assert set(program.variables) >= set(blueprint.readings) | set(blueprint.fused)
    assert parted(blueprint, everything(alphabet)) is None


def sweep_long(program, alphabet, precision=None):
    """Some that is long, where the program fits into its budgets at that length."""
    blueprint = compiled(program, alphabet, LONG, precision)
    if blueprint is None:
        pytest.skip("refused at this length, for its budget")
    assert parted(blueprint, a_few(alphabet)) is None


both = pytest.mark.parametrize("causal", [False, True], ids=["bidirectional", "causal"])
precisions = pytest.mark.parametrize("precision", ["float32", "float64"])


@both
@precisions
@pytest.mark.parametrize(("file", "name"), LAST + TOGETHER, ids=_id)
def test_texts(file, name, causal, precision):
    program, alphabet = _written(file, name)
    sweep(replace(program, causal=causal), alphabet, precision)


@pytest.mark.slow
@both
@precisions
@pytest.mark.parametrize(("file", "name"), NAMES, ids=_id)
def test_every_name_of_the_texts(file, name, causal, precision):
    program, alphabet = _written(file, name)
    sweep(replace(program, causal=causal), alphabet, precision)
    sweep_long(replace(program, causal=causal), alphabet, precision)


@pytest.mark.slow
@both
@precisions
@pytest.mark.parametrize("name", PYTHON)
def test_python_of_four_tokens(name, causal, precision):
    sweep(PYTHON[name].program(causal=causal), "abcd", precision)
    sweep_long(PYTHON[name].program(causal=causal), "abcd", precision)


@pytest.mark.parametrize(("file", "name"), QUICK, ids=_id)
def test_some_long_texts(file, name):
    program, alphabet = _written(file, name)
    sweep_long(program, alphabet)


@pytest.mark.slow
@both
@pytest.mark.parametrize(("file", "name"), LAST, ids=_id)
def test_long_texts(file, name, causal):
    program, alphabet = _written(file, name)
    sweep_long(replace(program, causal=causal), alphabet)


@both
@precisions
@pytest.mark.parametrize("name", PYTHON)
def test_python(name, causal, precision):
    sweep(PYTHON[name].program(causal=causal), "abc", precision)


@precisions
@pytest.mark.parametrize("name", RASP_L)
def test_rasp_l(name, precision):
    sweep(getattr(rasp_l_programs, name)(), RASP_L[name], precision)


def test_every_program_is_swept():
    assert {f.stem for f in _files()} == {f.stem for f, _ in LAST} | {"standard"}
    assert 40 <= len(NAMES)
    functions = {n for n in vars(rasp.library) if n in rasp.__all__ and n not in ("SOp", "Selector")}
    assert functions <= set(PYTHON)


@pytest.mark.parametrize("name", ["sorted", "reverse", "hist2", "most_freq", "induction", "dyck2"])
def test_the_model_of_torch_agrees(name):
    program, alphabet = _written(*next(found for found in NAMES if found[1] == name))
    blueprint = compile_program(program, vocabulary=alphabet, max_length=6)
    model = Transformer.from_blueprint(blueprint)
    inputs = answered(blueprint.program, everything(alphabet, 4) + a_few(alphabet, 6))
    expected = blueprint.program.trace_batch(inputs)
    found = expected.diff(model.trace_batch(inputs), common_only=True)
    assert found is None or found.variable is None
    assert blueprint.program.run_batch(inputs) == model.run_batch(inputs)


@st.composite
def closed_programs(draw):
    """A program of the interpreter's tests for one vocabulary and length, inputs, and a precision."""
    program = draw(programs(max_steps=25))
    vocabulary = program.vocabulary
    if vocabulary.tokens is None:
        tokens = draw(st.sampled_from([LETTERS, LETTERS[:2], ("1", "2", "a", "B")]))
        vocabulary = replace(vocabulary, tokens=tokens)
    shortest = 0 if program.kind == "token_labels" or vocabulary.markers else 1
    lengths = [n for n in (0, 1, 2, 4, 5, 6, 10) if n >= shortest]
    program = replace(program, vocabulary=vocabulary, max_length=draw(st.sampled_from(lengths)))
    sequences = draw(st.lists(contents(program), min_size=1, max_size=8))
    return program, sequences, draw(st.sampled_from([None, None, "float64"]))


def tried(drawn):
    """What compiling a program gives: ``"compiled"``, or the budget that it would break."""
    program, sequences, precision = drawn
    try:
        blueprint = compile_program(program, precision=precision)
    except CompileError as error:
        named = [budget for budget in SIZES if budget in error.why]
        assert len(named) == 1, str(error)
        assert error.what.startswith("variable "), str(error)
        return named[0]
    assert difference(blueprint, sequences) is None
    return "compiled"


SLOW = list(HealthCheck)
STEPS = (Phase.generate, Phase.shrink)


@settings(max_examples=300, suppress_health_check=SLOW, deadline=None, phases=STEPS)
@given(closed_programs())
def test_random_programs(drawn):
    event(tried(drawn))


@pytest.mark.slow
def test_nine_of_ten_random_programs_compile():
    counts = collections.Counter()

    @settings(max_examples=3000, suppress_health_check=SLOW, deadline=None, phases=STEPS, database=None)
    @given(closed_programs())
    def each(drawn):
        counts[tried(drawn)] += 1

    each()
    print(dict(counts))
    assert counts.total() >= 3000
    assert counts["compiled"] >= 0.9 * counts.total()


@functools.cache
def learned(task):
    """The program that the quick preset learns, and its test inputs."""
    dataset = load_dataset(task, seed=0, examples=300)
    found = learn(dataset, preset="quick", method="gradient", restarts=1)
    return found.program, [example.tokens for example in dataset.test]


@pytest.mark.parametrize("task", sorted(TASKS))
def test_learned_programs(task):
    program, inputs = learned(task)
    assert isinstance(program, Program)
    longest = max(map(len, inputs)) if program.max_length is None else program.max_length
    blueprint = compile_program(program, max_length=longest)
    assert parted(blueprint, inputs) is None
    model = Transformer.from_blueprint(blueprint)
    assert program.run_batch(inputs) == model.run_batch(inputs)


def test_saved_programs():
    program = rh.load(ROOT / "examples/hist.json")
    longest = program.max_length or EXHAUSTIVE
    alphabet = program.vocabulary.tokens or "abc"
    blueprint = compile_program(program, vocabulary=alphabet[:3], max_length=min(longest, EXHAUSTIVE))
    assert parted(blueprint, everything(alphabet[:3], min(longest, EXHAUSTIVE))) is None
