from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook.arguments import quoted
from llmkit_jupyter.notebook.flags import FOR_SWEEPS, OPTIONS, UsageError
from llmkit_jupyter.notebook.help import HELP
from llmkit_jupyter.notebook.options import Options, parse_cell, parse_line
from llmkit_jupyter.notebook.prompts import each_line, fill_in
from llmkit_jupyter.request import MAX_SEED

LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1, max_size=80
).filter(lambda text: not text[0].isspace() and not text.startswith("-"))
BODIES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
FRONTS = ("", "-d 5 ", "--duration=5 -b ", "-m 'a b' ", "--seed 1  --vars\t-o clip   ", "-n 3 -- ")


@given(st.sampled_from(FRONTS), LINES)
@example("", "A cat's toy")
@example("-d 5 ", 'unbalanced " and  two  spaces')
@example("-d 5 ", "{1/0} $HOME \\n `x` %time ;")
@example("-b ", "a prompt -d 7 -o not_an_option --help")
@example("", "trailing \\")
def test_any_prompt_on_the_line_arrives_as_typed(front, prompt):
    assert parse_line(front + prompt).prompt == prompt


@given(BODIES)
@example("\n\n  A cat\n\n in the rain \n")
def test_any_body_arrives_as_typed_but_for_outer_line_ends(body):
    assert parse_cell("-d 5", body).prompt == body.strip("\r\n")


def test_every_option():
    options = parse_line(
        "-m runway-gen-4 -d 5 -s hd --seed 7 -n 2 -o clip -p preview -b --vars --reuse --yes "
        "--negative 'text, logos' -i a.png --fps 24 --set audio=true --set voice=low A sea"
    )
    given_names = options.given
    assert given_names == {o.name for o in OPTIONS} - {"help", *FOR_SWEEPS}
    assert options == Options(
        prompt="A sea",
        models=("runway-gen-4",),
        durations=(5,),
        sizes=((1280, 720),),
        seed=7,
        negative="text, logos",
        image="a.png",
        fps=24,
        options={"audio": True, "voice": "low"},
        count=2,
        output="clip",
        provider="preview",
        background=True,
        vars=True,
        reuse=True,
        yes=True,
        given=given_names,
    )


def test_long_names_equals_signs_quotes_and_repetition():
    options = parse_line("""--model=a --model="b c" --size '640x360' --seed=3 --seed 4 x""")
    assert (options.models, options.sizes, options.seed) == (("a", "b c"), ((640, 360),), 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"say ""hi"" now"', 'say "hi" now'),
        ("'it''s so'", "it's so"),
        ('"it\'s so"', "it's so"),
        ('""""', '"'),
        ('"a"""', 'a"'),
        ('"\\"', "\\"),
        ('a"b""c', 'a"b""c'),
        ("''''''", "''"),
    ],
)
@pytest.mark.parametrize("mark", [" ", "="])
def test_a_quote_inside_quotes_is_written_twice(text, value, mark):
    assert parse_line(f"--negative{mark}{text} -d 5 A sea").negative == value
    assert parse_line(f"--negative{mark}{text}").negative == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example('"')
@example("' \"")
@example("--yes")
@example("\u2028")
def test_any_value_can_be_written_in_quotes(value):
    line = f"-d 5 --negative {quoted(value)} -b A sea"
    assert (parse_line(line).negative, parse_line(line).background) == (value, True)


def read_as_before(text):
    """Where a quoted value ended when no quote could stand inside it."""
    end = text.find(text[0], 1)
    return text[1:end] if end > 0 and (text[end + 1 :][:1] or " ").isspace() else None


@given(st.text("ab\"' \t", max_size=12))
def test_what_could_be_read_before_is_read_as_it_was(text):
    before = read_as_before(f'"{text}')
    if before is not None:
        assert parse_line(f'--negative "{text} -- A sea').negative == before


def test_what_only_looks_like_an_option_is_the_prompt():
    assert parse_line("-5 degrees and snow").prompt == "-5 degrees and snow"
    assert parse_line("- a list").prompt == "- a list"
    assert parse_line("-- --help is a word").prompt == "--help is a word"
    assert parse_line("A sea --help").help is False


def test_the_request():
    request = parse_line("-s 640x360 -d 2 --seed 0 hills").request()
    assert request.to_dict() == {
        "prompt": "hills",
        "duration": 2,
        "width": 640,
        "height": 360,
        "seed": 0,
    }
    assert parse_line("hills").request("other").prompt == "other"


def test_the_request_of_the_rarer_options(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n...")
    line = f"--negative=blur -i '{picture}' --fps 24 --set a.b=1.5 hills"
    assert parse_line(line).request().to_dict() == {
        "prompt": "hills",
        "negative_prompt": "blur",
        "image": str(picture),
        "fps": 24,
        "options": {"a.b": 1.5},
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=5", 5),
        ("x=true", True),
        ('x="5"', "5"),
        ('x={"a":[1]}', {"a": [1]}),
        ("x=[1,", "[1,"),
        ("x=low", "low"),
        ("x=a=b", "a=b"),
        ("x=", ""),
    ],
)
def test_a_value_is_json_or_else_a_text(text, value):
    assert parse_line(f"--set {text} sea").options == {"x": value}


def test_a_name_set_twice_has_its_last_value():
    assert parse_line("--set x=1 --set y=2 --set x=3 sea").options == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--modle x sea", "unknown option '--modle'; did you mean --model?"),
        ("-D 5 sea", "did you mean -d?"),
        ("-d5 sea", "did you mean -d 5?"),
        ("-x sea", "known: --model, --duration"),
        ("--é sea", "known: --model"),
        ("-m", "-m needs a value: -m ID"),
        ("-d -b sea", "-d needs a value: -d SECONDS"),
        ("-d= sea", "-d needs a value"),
        ("-b=yes sea", "--background takes no value, and got 'yes'"),
        ("-m 'x sea", "begins with a ' that has no twin"),
        ('-m "x"y sea', 'begins with a " that has no twin'),
        ('-m "x"" sea', 'begins with a " that has no twin'),
        ('-m """ sea', '" is written twice'),
        ("-m a -m a sea", "-m a is given twice; several --model make a sweep"),
        ("-s hd -s 1280x720 sea", "-s 1280x720 is given twice"),
        ("--reuse --fresh sea", "--reuse and --fresh exclude each other"),
        ("--fresh --reuse sea", "--reuse and --fresh exclude each other"),
        ("--seed 1 --seeds 1:4 sea", "--seed and --seeds exclude each other"),
        ("-n 2 --seeds 1:4 sea", "-n makes several videos of one request, and --seeds a sweep"),
        ("-n 1 -m a -m b sea", "and several -m a sweep of many; there, --seeds 1:4 makes four"),
        ("--name x sea", "--name is for a sweep, which is what several -m, -d or -s, --seeds or"),
        ("--concurrency 4 -m a sea", "--concurrency is for a sweep"),
        ("--lines sea", "--lines takes a prompt from each line of a cell: %%video --lines"),
        ("--lines=yes sea", "--lines takes no value"),
        ("--seeds", "--seeds needs a value: --seeds SEEDS"),
        ("--name", "--name needs a value: --name NAME"),
    ],
)
def test_usage_errors_say_what_to_do(line, told):
    if line.startswith("--é"):
        assert parse_line(line).prompt == line
        return
    with pytest.raises(UsageError) as caught:
        parse_line(line)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("line", "field", "told"),
    [
        ("-d 0 sea", "duration", "0; allowed: a whole number from 1 to 3600 seconds"),
        ("-d 2.5 sea", "duration", "'2.5'; allowed: a whole number"),
        ("-d five sea", "duration", "'five'"),
        ("-d 1_0 sea", "duration", "'1_0'"),
        ("-d 99999999999999999999999 sea", "duration", "allowed"),
        ("-n 0 sea", "count", "0; allowed: a whole number from 1 to 100"),
        ("-n 101 sea", "count", "101"),
        ("-n -1 sea", "count", "-1"),
        ("--seed -1 sea", "seed", "-1"),
        ("-s big sea", "size", "576p, hd, fullhd, 4k"),
        ("-s 0x10 sea", "width", "0"),
        ("-o 1a sea", "output", "'1a'; allowed: a variable's name"),
        ('-o "a b" sea', "output", "'a b'"),
        ("-o class sea", "output", "a word of the language"),
        ("-o a.b sea", "output", "'a.b'"),
        ("-m '' sea", "model", "''"),
        ("--negative '' sea", "negative_prompt", "not blank"),
        ("-i nowhere.png sea", "image", "No such file"),
        ("--fps 0 sea", "fps", "1 to 240 frames per second"),
        ("--set audio sea", "--set", "'audio'; allowed: NAME=VALUE"),
        ("--set =1 sea", "--set", "NAME=VALUE"),
        ("--set x=null sea", "option x", "None"),
        ("--set x=NaN sea", "option x", "nan"),
        ("-d 5", "prompt", "not blank"),
        ("--seeds x sea", "seeds", "'x'; allowed: a range such as 1:4, numbers such as 1,5,9"),
        ("--seeds 1: sea", "seeds", "'1:'; allowed: a range"),
        ("--seeds 1:2:3 sea", "seeds", "allowed: a range"),
        ("--seeds 1,,2 sea", "seeds", "allowed: a range"),
        ("--seeds 1_0 sea", "seeds", "allowed: a range"),
        ("--seeds \u0661 sea", "seeds", "allowed: a range"),
        ("--seeds=-1 sea", "seeds", "allowed: a range"),
        ("--seeds 4:1 sea", "seeds", "4:1 goes backwards"),
        ("--seeds 1:3,2 sea", "seeds", "2 is twice"),
        (f"--seeds {MAX_SEED + 1} sea", "seeds", "a whole number from 0 to"),
        ("--seeds 0:1000 sea", "seeds", "at most 1000 seeds"),
        ("--seeds 0:99999999999999999999 sea", "seeds", "a whole number from 0 to"),
        (f"--seeds 0:{MAX_SEED} sea", "seeds", "at most 1000 seeds"),
        ("--concurrency 0 --seeds 1 sea", "concurrency", "a whole number from 1 to 1000"),
    ],
)
def test_values_that_cannot_be_used(line, field, told):
    with pytest.raises(InvalidRequestError) as caught:
        parse_line(line).request()
    assert caught.value.field == field
    assert told in str(caught.value)


def test_text_after_the_options_of_a_cell():
    with pytest.raises(UsageError, match="takes options only, and 'A sea' is none"):
        parse_cell("-d 5 A sea", "body")


VARIABLES = {"season": "autumn", "n": 3, "__class__": "no", "x": "{n}", "été": "summer"}


@pytest.mark.parametrize(
    ("prompt", "filled"),
    [
        ("A forest in {season}, {n} deer", "A forest in autumn, 3 deer"),
        ("{{season}} {{}} }}", "{season} {} }"),
        ("{x}", "{n}"),
        ("{été}", "summer"),
        ("{n.real} {n[0]} {n()} {n!r} {n:>9} {1/0} {} { n }", None),
        ('{"a": 1} \\frac{1}{2} {if}', None),
    ],
)
def test_variables_are_looked_up_and_nothing_is_evaluated(prompt, filled):
    assert fill_in(prompt, VARIABLES) == (prompt if filled is None else filled)


def test_an_unknown_variable_is_named():
    with pytest.raises(InvalidRequestError, match="there is no variable saison"):
        fill_in("{saison}", VARIABLES)


@given(st.text(max_size=100))
def test_text_without_braces_is_left_alone(text):
    bare = text.replace("{", "").replace("}", "")
    assert fill_in(bare, VARIABLES) == bare


EXAMPLE = re.compile(r"^    %(%?)video (.*)$((?:\n    [A-Za-z].*)*)", re.MULTILINE)


@pytest.mark.filterwarnings("ignore::llmkit_jupyter.ModelSubstitutionWarning")
def test_every_example_of_the_help_can_be_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sketch.png").write_bytes(b"\x89PNG\r\n\x1a\n...")
    monkeypatch.setenv("LLMKIT_API_KEY", "any")
    examples = EXAMPLE.findall(HELP.partition("Examples")[2])
    assert len(examples) == 7
    for cell, line, body in examples:
        options = parse_cell(line, body) if cell else parse_line(line)
        # Without a key a page's model is drawn, and any other one is not there.
        providers = ("runware",) if "pixverse-v6" in options.models else ("runware", "preview")
        for provider in providers:
            LLMKitClient(provider).validate(options.request())


def test_what_makes_a_sweep():
    body = "a cat\r\n\n  # a dog \n\u2028a\u2028b\x0bc\n \t\n"
    options = parse_cell(
        "-m a -m b -d 5 -d 10 -s hd -s 640x360 --seeds 1:3 --lines --name 'my study' "
        "--concurrency 4 --fresh -o study",
        body,
    )
    assert options.given >= set(FOR_SWEEPS)
    assert (options.models, options.durations) == (("a", "b"), (5, 10))
    assert (options.sizes, options.seeds) == (((1280, 720), (640, 360)), (1, 2, 3))
    assert (options.name, options.concurrency, options.reuse) == ("my study", 4, False)
    assert each_line(options.prompt) == ["a cat", "# a dog", "a\u2028b\x0bc"]


@pytest.mark.parametrize(
    ("line", "several"),
    [
        ("-m a -m b x", "several -m"),
        ("-d 5 -d 6 x", "several -d"),
        ("-s hd --size 4k x", "several -s"),
        ("--seeds 7 x", "--seeds"),
        ("-m a -d 5 -s hd --seed 7 -n 3 x", None),
    ],
)
def test_more_than_one_of_a_kind_is_a_sweep(line, several):
    assert parse_line(line).several == several
    assert parse_cell(line.removesuffix("x"), "x").several == several


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)))
def test_each_line_is_a_prompt_as_it_stands_but_for_blanks_around_it(lines):
    expected = [line.strip() for line in lines if line.strip()]
    if expected:
        assert each_line("\n".join(lines)) == expected
        assert each_line("\r\n".join(lines)) == expected
    else:
        with pytest.raises(InvalidRequestError, match="a prompt on each line"):
            each_line("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("1:4", (1, 2, 3, 4)),
        ("1,5,9", (1, 5, 9)),
        ("7", (7,)),
        ("0:0", (0,)),
        ("9,1:3", (9, 1, 2, 3)),
        ("'1, 2'", (1, 2)),
        (f"{MAX_SEED - 1}:{MAX_SEED}", (MAX_SEED - 1, MAX_SEED)),
        ("1:1000", tuple(range(1, 1001))),
    ],
)
def test_seeds(text, seeds):
    assert parse_line(f"--seeds {text} sea").seeds == seeds


def test_a_count_with_a_seed_goes_on_from_it():
    seeds = [request.seed for request in parse_line("-n 3 --seed 7 hills").requests()]
    assert seeds == [7, 8, 9]
    assert [request.seed for request in parse_line("-n 2 hills").requests()] == [None, None]
    with pytest.raises(InvalidRequestError, match="seed is"):
        parse_line(f"-n 2 --seed {MAX_SEED} hills").requests()


def test_the_help_lists_every_option_and_fits_a_cell():
    for option in OPTIONS:
        assert option.long in HELP
        assert option.help in HELP
    assert max(len(line) for line in HELP.splitlines()) <= 100
