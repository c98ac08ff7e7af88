"""One `check_<name>(fn)` for each exercise of the course.

A check calls the reader's function on fixed inputs and compares with an independent
reference: shape first, then values, then a property. It prints what it verified, or
raises `AssertionError` with a hint at where to look.
"""

from vaecourse.checks.ae_or_vae import check_coverage, check_paired_lead
from vaecourse.checks.autoencoder import check_tied_decode, check_train_epoch
from vaecourse.checks.clinic import (
    check_hidden_objective,
    check_mended_loss,
    check_sound_draw,
)
from vaecourse.checks.elbo import check_laplace_elbo, check_two_draw_bound
from vaecourse.checks.kl import (
    check_closest_diagonal,
    check_kl_of_laplace,
    check_kl_to_laplace_prior,
)
from vaecourse.checks.latent import check_mixture_posterior, check_posterior_mean
from vaecourse.checks.latent_space import check_held_vector, check_longest_step
from vaecourse.checks.likelihoods import (
    check_beta_binomial,
    check_rounded_logistic,
)
from vaecourse.checks.limits import (
    check_neighbour_accuracy,
    check_pull_in,
    check_spherical,
)
from vaecourse.checks.linear_autoencoder import (
    check_error_from_eigenvalues,
    check_nested_loss,
    check_tied_gradient,
    check_uncentred_error,
)
from vaecourse.checks.linear_vae import check_learned_noise, check_price_of_axes
from vaecourse.checks.reparameterization import check_coin_gradient, check_draw_laplace
from vaecourse.checks.tour import check_draw_class
from vaecourse.checks.uses import (
    check_area_by_pairs,
    check_make_consistent,
    check_masking_loss,
)
from vaecourse.checks.vae import check_mixture_of_tables, check_sandwich

__all__ = [
    "check_area_by_pairs",
    "check_beta_binomial",
    "check_closest_diagonal",
    "check_coin_gradient",
    "check_coverage",
    "check_draw_class",
    "check_draw_laplace",
    "check_error_from_eigenvalues",
    "check_held_vector",
    "check_hidden_objective",
    "check_kl_of_laplace",
    "check_kl_to_laplace_prior",
    "check_laplace_elbo",
    "check_learned_noise",
    "check_longest_step",
    "check_make_consistent",
    "check_masking_loss",
    "check_mended_loss",
    "check_mixture_of_tables",
    "check_mixture_posterior",
    "check_neighbour_accuracy",
    "check_nested_loss",
    "check_paired_lead",
    "check_posterior_mean",
    "check_price_of_axes",
    "check_pull_in",
    "check_rounded_logistic",
    "check_sandwich",
    "check_sound_draw",
    "check_spherical",
    "check_tied_decode",
    "check_tied_gradient",
    "check_train_epoch",
    "check_two_draw_bound",
    "check_uncentred_error",
]
