"""The test before and after the course: fair items, answers that survive, gains that are true."""

import csv
import html
import math
import random
import re
from pathlib import Path

import ipywidgets as widgets
import nbformat
import numpy as np
import pytest

import items as source
import paper
import score
from answer_file import HEADING, Sheet, code_name, file_name, parse, read
from collect import collect
from gain import gains
from items import Form, edition, items
from lems_helpers.lab.lesson import load
from lems_helpers.lab.quiz import misconceptions
from sheet import AnswerSheet
from simulate import simulate

HERE = Path(source.__file__).parent
BEFORE, AFTER = Form("before"), Form("after")
each_item = pytest.mark.parametrize("item", items(), ids=lambda item: item.misconception)


def answers(seed):
    rng = random.Random(seed)
    return {
        item.misconception: tuple(rng.randrange(len(tier.options)) for tier in item.tiers)
        for item in items()
    }


# -- the items -------------------------------------------------------------------------------------


def test_there_is_one_item_for_each_misconception():
    assert [item.misconception for item in items()] == list(misconceptions())


@each_item
def test_an_item_asks_what_and_why_and_a_right_what_can_have_a_wrong_reason(item):
    assert item.what.question.endswith("?")
    assert item.why.beliefs
    assert len(item.why.options) == 4
    # The misconception and the right answer are never the whole choice of reasons.
    assert set(range(1, 4)) - set(item.why.beliefs)
    assert all(text.endswith(".") for tier in item.tiers for text in tier.options)


@each_item
def test_the_panel_to_go_back_to_is_there(item):
    notebook, panel = item.panel
    assert panel in [one.name for one in load(notebook).panels]


def test_the_right_answer_cannot_be_guessed_from_its_length_or_place():
    tiers = [tier for item in items() for tier in item.tiers]
    longest = [max(tier.options, key=len) == tier.options[0] for tier in tiers]
    assert sum(longest) <= len(tiers) / 2
    for form in (BEFORE, AFTER):
        places = [form.order(item, tier).index(0) for item in items() for tier in (0, 1)]
        assert max(map(places.count, set(places))) <= len(places) / 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("right = ", "rigth = "), "Item M1 has no 'right'"),
        (('misconception = "M2"', 'misconception = "M3"'), "must be those of M1, M2"),
        (("belief = ", "believe = "), "no reason that names the misconception"),
        (('"It twitches as before."', '"It stays at rest."'), "3 to 5 different options"),
    ],
)
def test_a_faulty_source_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        source.parse(source.SOURCE.read_text("utf-8").replace(*change, 1))


def test_a_form_keeps_its_order_for_ever_and_each_time_has_its_own():
    # Sheets on paper outlive a version of Python; what they say must stay readable.
    assert [item.misconception for item in BEFORE.items][:4] == ["M1", "M11", "M5", "M8"]
    assert BEFORE.order(items()[0], 1) == (3, 0, 1, 2)
    assert [item.misconception for item in BEFORE.items] != [i.misconception for i in AFTER.items]
    assert sorted(item.misconception for item in AFTER.items) == sorted(misconceptions())


@pytest.mark.parametrize(("time", "seed"), [("during", 1), ("before", -1), ("before", 10_000)])
def test_a_form_that_cannot_be_is_refused(time, seed):
    with pytest.raises(ValueError, match=r"time of the test|seed of the form"):
        Form(time, seed)


# -- answer files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [BEFORE, AFTER, Form("before", 77)], ids=lambda form: form.name)
def test_what_was_answered_is_what_is_read(form):
    sheet = Sheet("quiet-heron-42", form, answers(5))
    assert parse(sheet.text()) == (sheet, [])


def test_a_file_cut_anywhere_is_read_without_inventing_an_answer():
    given = answers(1)
    text = Sheet("quiet-heron-42", BEFORE, given).text()
    most = 0
    for end in range(len(text)):
        sheet, remarks = parse(text[:end])
        kept = sheet.answers if sheet else {}
        for item, pair in kept.items():
            assert all(a in (None, b) for a, b in zip(pair, given[item], strict=True))
        assert remarks or end == len(text) - 1
        most = max(most, sheet.complete if sheet else 0)
    assert most == 16


GOOD = Sheet("quiet-heron-42", BEFORE, answers(2)).text()


@pytest.mark.parametrize(
    ("data", "sentence", "kept"),
    [
        (b"", "It is empty.", None),
        (b" \n\t", "It is empty.", None),
        (GOOD[: GOOD.index("5:")].encode(), "It is cut short; 4 answered items were kept.", 4),
        (GOOD.encode("utf-16"), "written in utf-16 instead of UTF-8; it was read", 16),
        (GOOD.encode("utf-16-le"), "written in utf-16-le instead of UTF-8", 16),
        (GOOD.encode("utf-16-be"), "written in utf-16-be instead of UTF-8", 16),
        (GOOD.encode("utf-16")[:-1], "written in utf-16 instead of UTF-8", 16),
        (GOOD.replace("name:", "näme:").encode("latin-1"), "8-bit code", None),
        (GOOD.replace("end", "end\ncafé").encode("latin-1"), "8-bit code", 16),
        (bytes(range(256)) * 9, "It is not a text file.", None),
        (b"Dear teacher, here are my answers.", "It is not an answer file", None),
        (GOOD.replace("before 1", "later 1").encode(), "Its form is 'later 1'", None),
        (GOOD.replace("form: before 1\n", "").encode(), "Its form is missing", None),
        (GOOD.replace("quiet-heron-42", "?").encode(), "code name '?' cannot be used", None),
        (GOOD.replace(edition(), "00000000").encode(), "edition 00000000", None),
        (re.sub(r"\n3: . .", "\n3: z a", GOOD).encode(), "Question 3 has the answer 'z'", 15),
        (re.sub(r"\n3: . .", "\n3: - -", GOOD).encode(), "Not fully answered: 1 of 16", 15),
        (GOOD.replace("\n16:", "\n99:").encode(), "answers question 99; there are 16", 15),
        ((GOOD + "5: a a\n5: b b").encode(), "Question 5 is answered twice", 15),
        (b"x" * 200_000, "It has 200,000 bytes", None),
    ],
)
def test_a_bad_file_gets_its_sentence_and_keeps_what_can_be_read(tmp_path, data, sentence, kept):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    sheet, remarks = read(path)
    assert any(sentence in remark for remark in remarks)
    assert all(remark.endswith(".") for remark in remarks)
    assert (sheet.complete if sheet else None) == kept
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "tidy",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.upper(),
        lambda text: text.replace(": ", " :  ").replace("\n", "\n\n"),
    ],
)
def test_what_typing_and_mailing_do_to_a_file_does_no_harm(tmp_path, tidy):
    (tmp_path / "a.txt").write_bytes(
        tidy(GOOD.replace(HEADING, "")).replace(edition().upper(), edition()).encode()
    )
    sheet, remarks = read(tmp_path / "a.txt")
    assert (sheet, remarks) == (parse(GOOD)[0], [])


def test_a_code_name_has_one_spelling():
    assert code_name("  Quiet Heron_42 ") == code_name("quiet-héron-42") == "quiet-heron-42"
    for words in ("", "ab", "-", "x" * 60):
        with pytest.raises(ValueError, match="3 to 40 letters"):
            code_name(words)


# -- a class ---------------------------------------------------------------------------------------


def hand_in(folder, *sheets):
    folder.mkdir(exist_ok=True)
    for sheet in sheets:
        (folder / file_name(sheet.code_name, sheet.form)).write_text(sheet.text(), "utf-8")


def test_copies_count_once_and_two_people_with_one_name_are_noticed(tmp_path):
    mine, other = answers(1), {**answers(1), "M3": (1, 1)}
    hand_in(tmp_path, Sheet("one-two", BEFORE, mine), Sheet("one-two", AFTER, mine))
    (tmp_path / "copy.txt").write_text(Sheet("one-two", BEFORE, mine).text())
    (tmp_path / "other.txt").write_text(Sheet("one-two", AFTER, other).text())
    handed = collect(tmp_path)
    before, after = handed.pairs["one-two"]
    assert before == mine
    assert after == {**mine, "M3": (None, None)}
    assert handed.remarks == [
        "answers_after_one-two.txt and other.txt: These files of one-two (after) disagree in items "
        "M3, which do not count; perhaps two people share a code name.",
        "answers_before_one-two.txt and copy.txt: These files of one-two (before) agree; they "
        "count as one.",
    ]


def test_two_halves_by_one_person_make_a_whole(tmp_path):
    mine = answers(4)
    first = {item: pair if i < 9 else (None, None) for i, (item, pair) in enumerate(mine.items())}
    rest = {item: pair for i, (item, pair) in enumerate(mine.items()) if i >= 7}
    hand_in(tmp_path, Sheet("one-two", BEFORE, first))
    (tmp_path / "z.txt").write_text(Sheet("one-two", BEFORE, rest).text())
    assert collect(tmp_path).answers["before"]["one-two"] == mine


def test_who_took_it_once_is_named_with_whom_it_might_be(tmp_path):
    hand_in(tmp_path, Sheet("quiet-heron-42", BEFORE), Sheet("quiet-heron-24", AFTER))
    said = " ".join(collect(tmp_path).remarks)
    assert "quiet-heron-42: There are answers before the course only. " in said
    assert "Is it the same person as quiet-heron-24?" in said


def test_the_gain_is_the_share_of_what_could_be_gained():
    right, wrong, hollow = (0, 0), (1, 1), (0, 2)
    # Of five, one understood before and three of the other four after; one of these was hollow.
    steps = [(right, right), (wrong, right), (wrong, right), (hollow, right), (wrong, wrong)]
    pairs = [({"M4": a}, {"M4": b}) for a, b in steps]
    line = gains(pairs).lines["M4"]
    assert (line.learners, line.before, line.after) == (5, 0.2, 0.8)
    assert line.gain.value == pytest.approx(0.75)
    assert 0 < line.gain.low < 0.75 < line.gain.high < 1
    assert line.rest == pytest.approx((0.2, 0.0, 0.6, 0.2))
    assert gains(pairs).whole == line
    unpaired = [*pairs, ({"M4": right}, {}), ({"M4": (0, None)}, {"M4": right})]
    assert gains(unpaired).lines["M4"].learners == 5


def test_where_nothing_could_be_gained_there_is_no_gain():
    result = gains([({"M1": (0, 0)}, {"M1": (0, 0)})] * 4)
    assert math.isnan(result.lines["M1"].gain.value)
    assert score.gain_words(result.lines["M1"].gain) == "nothing left to gain"
    assert result.lines["M2"].learners == 0


def test_thirty_classes_with_broken_files_give_back_the_gain_that_went_into_them(tmp_path):
    inside, errors, whole, learners = [], [], 0, 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        one = simulate(int(rng.integers(10, 41)), seed)
        folder = tmp_path / str(seed)
        hand_in(folder, *(sheet for pair in one.sheets for sheet in pair))
        paths = sorted(folder.glob("answers_*"))
        first, second, third, fourth = (paths[i] for i in rng.permutation(len(paths))[:4])
        text = first.read_text("utf-8")
        first.write_text(text[: int(rng.integers(60, 200))], "utf-8")
        second.write_bytes(second.read_text("utf-8").encode("utf-16"))
        (folder / "copy.txt").write_bytes(third.read_bytes())
        fourth.write_bytes(b"")
        (folder / "photo.jpg").write_bytes(bytes(range(256)))
        handed = collect(folder)
        for name in (first.name, second.name, third.name, fourth.name, "copy.txt", "photo.jpg"):
            assert any(name in remark for remark in handed.remarks)
        result = gains(list(handed.pairs.values()))
        learners += len(handed.pairs)
        assert len(handed.pairs) >= len(one.sheets) - 2, "one empty, one cut: all others count"
        for item, true in one.gain.items():
            found = result.lines[item].gain
            if not math.isnan(found.value):
                inside.append(found.low <= true <= found.high)
                errors.append(found.value - true)
        whole += result.whole.gain.low <= one.whole <= result.whole.gain.high
    assert learners > 600
    assert len(inside) > 470
    assert 0.92 <= np.mean(inside) <= 0.98, "95 of 100 ranges hold the truth"
    assert whole >= 27
    assert abs(np.mean(errors)) < 0.02, "no leaning to either side"


def test_the_command_writes_a_report_with_a_picture_in_words_and_every_remark(tmp_path, capsys):
    folder = tmp_path / "my class"
    hand_in(folder, *(sheet for pair in simulate(12, 4).sheets for sheet in pair))
    (folder / "empty.txt").touch()
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    assert score.main([str(folder)]) == 0
    said = capsys.readouterr().out
    assert "12 learners took the test both times" in said
    assert "- empty.txt: It is empty." in said
    page = (tmp_path / "my class_report.html").read_text("utf-8")
    alt = html.unescape(re.search(r'<img alt="([^"]+)"', page)[1])
    assert re.search(r"\d+ % of the items before and \d+ % after: a gain of 0\.\d\d", alt)
    assert "empty.txt: It is empty." in page
    with (tmp_path / "my class_report.csv").open(encoding="utf-8") as table:
        lines = list(csv.DictReader(table))
    assert [line["misconception"].split(":")[0] for line in lines] == [*misconceptions(), "all"]
    assert all(f"<th scope='row'>{html.escape(line['misconception'])}" in page for line in lines)
    assert {path: path.read_bytes() for path in folder.iterdir()} == kept


@pytest.mark.parametrize("words", [["nowhere"], [], ["a", "b"]])
def test_the_command_without_a_class_says_what_it_needs(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert score.main(words) in (1, 2)
    said = "".join(capsys.readouterr())
    assert "There is no folder" in said or "score.py FOLDER" in said
    Path("empty").mkdir()
    assert score.main(["empty"]) == 1
    assert "holds no files" in capsys.readouterr().err


def test_a_class_that_has_only_begun_gets_a_report_too(tmp_path, capsys):
    hand_in(tmp_path / "c", Sheet("one-two", BEFORE, answers(1)))
    assert score.main([str(tmp_path / "c")]) == 0
    assert "Nobody has taken the test both times yet" in capsys.readouterr().out


# -- on paper and on the page ----------------------------------------------------------------------


def test_paper_asks_with_the_letters_that_the_scorer_reads(tmp_path):
    names = [path.name for path in paper.write(tmp_path)]
    page = (tmp_path / "before.html").read_text("utf-8")
    for number, item in enumerate(BEFORE.items, start=1):
        asked = page.split(f"<h2>Question {number}</h2>")[1].split("</section>")[0]
        lists = re.findall(r'<ol type="a">(.*?)</ol>', asked)
        options = [re.findall("<li>(.*?)</li>", one) for one in lists]
        letters = [
            "abcd"[shown.index(html.escape(tier.options[0]))]
            for shown, tier in zip(options, item.tiers, strict=True)
        ]
        typed, _ = parse(f"code name: one-two\nform: before 1\n{number}: {' '.join(letters)}")
        assert typed.answers == {item.misconception: (0, 0)}
    key = (tmp_path / "key.html").read_text("utf-8")
    assert all(html.escape(belief) in key for belief in misconceptions().values())
    assert names[-2:] == ["before_to_type.txt", "after_to_type.txt"]
    assert read(tmp_path / names[-1])[0].form == AFTER


def choose(view, item, what, why):
    for tier, option in enumerate((what, why)):
        place = view.form.order(items()[item], tier).index(option)
        view.groups[items()[item].misconception][tier].value = place


def test_each_answer_is_kept_at_once_and_found_again_by_its_code_name(tmp_path):
    view = AnswerSheet("before", tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing is kept before there is an answer"
    view.name.value = "Quiet Heron 42"
    choose(view, 3, 1, 2)
    path = tmp_path / "answers_before_quiet-heron-42.txt"
    assert read(path)[0].answers["M4"] == (1, 2)
    assert "1 of 16 fully answered" in view.said.value

    again = AnswerSheet("before", tmp_path)
    assert "quiet-heron-42" in again.said.value
    choose(again, 0, 0, 0)
    assert "cannot be used" in again.said.value, "no code name yet"
    again.name.value = "quiet-heron-42"
    assert read(path)[0].answers["M4"] == (1, 2)
    assert read(path)[0].answers["M1"] == (0, 0)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_new_code_name_moves_what_is_new_and_leaves_what_was_there(tmp_path):
    hand_in(tmp_path, Sheet("somebody-else", BEFORE, {"M1": (0, 0)}))
    view = AnswerSheet("before", tmp_path)
    for name in ("first-name", "second-name", "somebody-else", "third-name"):
        view.name.value = name
        choose(view, 1, 0, 1)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"answers_before_somebody-else.txt", "answers_before_third-name.txt"}


def test_after_the_course_the_one_earlier_code_name_is_offered(tmp_path):
    assert AnswerSheet("after", tmp_path).name.value == ""
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d\d", AnswerSheet("before", tmp_path).name.value)
    hand_in(tmp_path, Sheet("one-two", BEFORE, answers(1)))
    assert AnswerSheet("after", tmp_path).name.value == "one-two"


def test_a_folder_that_cannot_be_written_is_said_and_the_page_goes_on(tmp_path):
    view = AnswerSheet("before", tmp_path / "gone")
    choose(view, 0, 0, 0)
    assert "could not be kept (No such file or directory)" in view.said.value


def test_every_question_is_a_group_of_radio_buttons_named_by_its_words():
    view = AnswerSheet("before", "/nowhere")
    assert "lm-quiz" in view._dom_classes
    found = [box for pair in view.children[2:-2] for box in pair.children]
    assert len(found) == 32
    for box in found:
        ask, group = box.children
        assert "lm-item" in box._dom_classes
        assert "lm-ask" in ask._dom_classes
        assert isinstance(group, widgets.RadioButtons)
        assert group.value is None
    assert len({box.children[0].value for box in found}) == 32, "no two groups share a name"


@pytest.mark.parametrize("time", ["before", "after"])
def test_the_notebook_shows_the_form_and_asks_for_nothing_else(time):
    notebook = nbformat.read(HERE / f"{time}.ipynb", as_version=4)
    words, cell = notebook.cells
    assert cell.source == f'from sheet import open_sheet\nopen_sheet("{time}")'
    assert cell.outputs[-1].data["text/plain"] == AnswerSheet(time, "/nowhere").text()
    assert set(cell.outputs[-1].data) == {"text/html", "text/plain"}
    assert "Do not give your name or anything about your health" in words.source
    assert words.source.startswith("# ")


def test_no_face_gives_an_answer_away():
    view = AnswerSheet("before", "/nowhere")
    # The order of the page is that of the form, and no id of a misconception is shown.
    for face in (view.text(), html.unescape(view.still_html())):
        for number, item in enumerate(BEFORE.items, start=1):
            asked = face[face.index(item.what.question) :]
            for tier in (0, 1):
                shown = [asked.index(text) for text in item.tiers[tier].options]
                order = [shown[i] for i in BEFORE.order(item, tier)]
                assert order == sorted(order), f"question {number}"
        assert re.findall(r"\bM\d+", face) == []
