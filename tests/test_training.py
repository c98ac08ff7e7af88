"""The training loop: against a loop written out, PCA, and itself run by run."""

import copy

import pytest
import torch
from torch import nn

from vaecourse import linear, training
from vaecourse.models import Autoencoder


def error(model, x):
    return ((x - model(x)) ** 2).sum(1).mean()


def noisy_error(model, x):
    return ((x - model(x + 0.1 * torch.randn_like(x))) ** 2).sum(1).mean()


@pytest.fixture
def x():
    generator = torch.Generator().manual_seed(0)
    factors = torch.rand(130, 3, generator=generator, dtype=torch.float64)
    return factors @ torch.rand(3, 6, generator=generator, dtype=torch.float64) / 3


def model(seed=0, n_code=2):
    torch.manual_seed(seed)
    return Autoencoder(n_code, n_inputs=6, hidden=(8,)).double()


def seeded():
    return torch.Generator().manual_seed(5)


def test_equals_a_loop_written_out(x):
    got, wanted = model(), model()
    log = training.fit(
        got, x, error, validation=x[:20], epochs=3, batch_size=50, generator=seeded()
    )
    adam = torch.optim.Adam(wanted.parameters(), betas=(0.9, 0.99))
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, max_lr=0.01, total_steps=6, cycle_momentum=False
    )
    generator = seeded()
    for epoch in range(3):
        order = torch.randperm(130, generator=generator)
        seen = []
        for rows in (order[:50], order[50:100]):  # the last 30 are dropped
            loss = error(wanted, x[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
            cycle.step()
            seen.append(loss.item())
        assert log.train[epoch] == pytest.approx(sum(seen) / 2, rel=1e-5)
        assert log.validation[epoch] == pytest.approx(
            error(wanted, x[:20]).item(), 1e-5
        )
    for a, b in zip(got.parameters(), wanted.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("keep_best", [False, True])
def test_many_runs_equal_single_runs(x, keep_best):
    settings = {
        "validation": x[:40] ** 2,  # other data, so that the best epoch is not the last
        "epochs": 8,
        "batch_size": 16,
        "lr": 0.03,
        "keep_best": keep_best,
    }
    together = [model(seed) for seed in range(3)]
    alone = copy.deepcopy(together)
    logs = training.fit_many(together, x, error, generator=seeded(), **settings)
    for one, other, log in zip(alone, together, logs, strict=True):
        single = training.fit(one, x, error, generator=seeded(), **settings)
        assert single.train == pytest.approx(log.train, rel=1e-6)
        assert single.validation == pytest.approx(log.validation, rel=1e-6)
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(a, b)


def test_keep_best_leaves_the_weights_of_the_best_epoch(x):
    other = x[:40].flip(1)
    runs = [model(seed) for seed in range(3)]
    logs = training.fit_many(
        runs, x, error, validation=other, epochs=30, lr=0.03, keep_best=True
    )
    for run, log in zip(runs, logs, strict=True):
        assert log.validation[log.best_epoch] == min(log.validation)
        assert error(run, other).item() == pytest.approx(min(log.validation), rel=1e-5)
    assert any(log.best_epoch < 29 for log in logs)


def test_a_linear_model_reaches_the_error_of_pca(x):
    class Linear(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Linear(6, 2, dtype=torch.float64)
            self.decoder = nn.Linear(2, 6, dtype=torch.float64)

        def forward(self, x):
            return self.decoder(self.encoder(x))

    torch.manual_seed(0)
    run = Linear()
    training.fit(run, x, error, epochs=2000, batch_size=130, lr=0.05)
    floor = linear.principal_components(x).eigenvalues[2:].sum()
    assert error(run, x).item() == pytest.approx(floor.item(), rel=1e-3)


def test_noise_differs_between_runs_of_equal_weights(x):
    runs = [model(), model()]
    training.fit_many(runs, x, noisy_error, epochs=1, generator=seeded())
    assert not torch.equal(runs[0].encoder[0].weight, runs[1].encoder[0].weight)


def test_validation_is_measured_in_evaluation_mode(x):
    seen = []

    def loss(model, batch):
        seen.append((model.training, len(batch)))
        return error(model, batch)

    run = model().eval()
    training.fit(run, x, loss, validation=x[:7], epochs=2, batch_size=65)
    assert seen == [(True, 65), (True, 65), (False, 7)] * 2
    assert not run.training  # the model's own mode is left alone


class Shared(nn.Module):
    """One matrix in two layers, and a buffer that an epoch in training mode counts."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(6, 6, bias=False, dtype=torch.float64)
        self.decoder = nn.Linear(6, 6, bias=False, dtype=torch.float64)
        self.decoder.weight = self.encoder.weight
        self.register_buffer("shift", torch.tensor(0.5, dtype=torch.float64))
        self.norm = nn.BatchNorm1d(6, dtype=torch.float64)

    def forward(self, x):
        return self.norm(self.decoder(self.encoder(x - self.shift)))


@pytest.mark.parametrize("keep_best", [False, True])
def test_shared_weights_and_buffers(x, keep_best):
    torch.manual_seed(0)
    together = [Shared(), Shared()]
    together[1].shift.fill_(0.1)
    alone = copy.deepcopy(together)
    settings = {"validation": x[:20] ** 2, "epochs": 6, "keep_best": keep_best}
    training.fit_many(together, x, error, generator=seeded(), **settings)
    for one, other in zip(alone, together, strict=True):
        training.fit(one, x, error, generator=seeded(), **settings)
        assert other.decoder.weight is other.encoder.weight
        for a, b in zip(
            one.state_dict().values(), other.state_dict().values(), strict=True
        ):
            torch.testing.assert_close(a, b)


def test_of_equal_epochs_the_first_is_kept(x):
    def loss(model, batch):
        value = error(model, batch)
        return value if model.training else 0 * value + 1

    first, kept = model(), model()
    log = training.fit(
        kept, x, loss, validation=x, epochs=3, keep_best=True, generator=seeded()
    )
    # two batches of 64 an epoch
    cycle = {"max_lr": 0.01, "total_steps": 6, "cycle_momentum": False}
    adam = torch.optim.Adam(first.parameters(), betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, **cycle)
    order = torch.randperm(130, generator=seeded())
    for rows in (order[:64], order[64:128]):
        adam.zero_grad()
        error(first, x[rows]).backward()
        adam.step()
        schedule.step()
    assert log.best_epoch == 0
    torch.testing.assert_close(kept.encoder[0].weight, first.encoder[0].weight)


def test_same_seed_same_weights(x):
    runs = [model(), model()]
    for run in runs:
        training.fit(run, x, error, epochs=2, generator=seeded())
    for a, b in zip(*(run.parameters() for run in runs), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs .* got 0"),
        ({"batch_size": 131}, "from 1 to 130, got 131"),
        ({"lr": 0.0}, "lr .* got 0"),
        ({"lr": float("inf")}, "lr .* got inf"),
        ({"validation": torch.zeros(0, 6)}, r"\(M, 6\).*got \(0, 6\)"),
        ({"validation": torch.zeros(3, 5)}, r"\(M, 6\).*got \(3, 5\)"),
        ({"keep_best": True}, "needs validation"),
    ],
)
def test_bad_settings_are_named(x, settings, message):
    with pytest.raises(ValueError, match=message):
        training.fit(model(), x, error, **settings)


def test_bad_data_are_named(x):
    with pytest.raises(ValueError, match="empty"):
        training.fit_many([], x, error)
    with pytest.raises(ValueError, match=r"int64 of shape \(3, 6\)"):
        training.fit(model(), torch.zeros(3, 6, dtype=torch.int64), error)
    with pytest.raises(ValueError, match="no validation"):
        _ = training.History().best_epoch


def test_a_loss_that_is_no_scalar_is_named(x):
    for runs in ([model()], [model(0), model(1)]):
        with pytest.raises(ValueError, match=r"scalar.*got shape \(64,\)"):
            training.fit_many(runs, x, lambda m, b: ((b - m(b)) ** 2).sum(1))


def test_models_of_two_architectures_are_refused(x):
    class Other(Autoencoder):
        pass

    for other in (Other(2, 6, (8,)).double(), model(n_code=3)):
        with pytest.raises(ValueError, match="one architecture, but model 1"):
            training.fit_many([model(), other], x, error)


def test_a_loss_that_is_not_finite_is_named(x):
    x[7, 2] = float("nan")
    with pytest.raises(RuntimeError, match=r"loss is nan at epoch 0, step \d+, run 0"):
        training.fit(model(), x, error, epochs=1)
    x[7, 2] = 0.0
    broken = x[:3].clone()
    broken[1, 1] = float("inf")
    run = model().eval()
    with pytest.raises(RuntimeError, match=r"validation after epoch 0, run 0"):
        training.fit(run, x, error, validation=broken, epochs=2)
    assert not run.training


def test_progress_is_shown_only_where_somebody_watches(x, capsys, monkeypatch):
    monkeypatch.delenv("VAECOURSE_PROGRESS", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    training.fit(model(), x, error, epochs=2)
    assert "epochs" in capsys.readouterr().err
    monkeypatch.setenv("VAECOURSE_PROGRESS", "0")
    training.fit(model(), x, error, epochs=2)
    assert not capsys.readouterr().err
