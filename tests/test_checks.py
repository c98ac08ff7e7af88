"""Every check accepts a right answer and rejects the wrong ones people really give."""

import inspect

import pytest
import torch
from answers import RIGHT, WRONG

from vaecourse import checks


@pytest.fixture(autouse=True)
def float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def test_every_check_is_tested():
    public = {getattr(checks, name) for name in checks.__all__}
    assert public == set(RIGHT) == set(WRONG)
    assert all(len(wrong) >= 3 for wrong in WRONG.values())


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_right_answers_pass_and_say_what_was_verified(check, capsys):
    for fn in RIGHT[check]:
        check(fn)
        assert len(capsys.readouterr().out) > 20


@pytest.mark.parametrize(
    ("check", "mistake"),
    [(check, mistake) for check in WRONG for mistake in WRONG[check]],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_wrong_answers_are_rejected_with_a_hint(check, mistake, capsys):
    with pytest.raises(AssertionError) as caught:
        check(WRONG[check][mistake])
    assert str(caught.value)
    assert not capsys.readouterr().out


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_checks_are_deterministic(check, capsys):
    outputs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        check(RIGHT[check][0])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_a_forgotten_return_is_named(check):
    with pytest.raises(AssertionError, match="returns nothing"):
        check(lambda *arguments: None)


def test_a_stub_is_not_mistaken_for_an_answer():
    def stub(*arguments):
        raise NotImplementedError

    for check in RIGHT:
        with pytest.raises(NotImplementedError):
            check(stub)


def test_checks_say_what_the_function_takes():
    for name in checks.__all__:
        assert "Parameters" in inspect.getdoc(getattr(checks, name))
