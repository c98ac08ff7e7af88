"""Answers to the exercises of chapter 14, right and wrong."""

import torch
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path

from vaecourse import checks


def with_constant(factors):
    return torch.cat([factors, torch.ones_like(factors[:, :1])], 1)


def held_vector(codes, factors, column):
    return torch.linalg.lstsq(with_constant(factors), codes).solution[column]


def by_residuals(codes, factors, column):
    """Slope on what the other factors do not explain of this one."""
    keep = [j for j in range(factors.shape[1]) if j != column]
    others, own = with_constant(factors[:, keep]), factors[:, column : column + 1]
    left = own - others @ torch.linalg.lstsq(others, own).solution
    return (left.T @ codes)[0] / left.square().sum()


def as_array(codes, factors, column):
    """Answer in NumPy."""
    return held_vector(codes, factors, column).numpy()


def difference_of_means(codes, factors, column):
    upper = factors[:, column] > factors[:, column].median()
    return codes[upper].mean(0) - codes[~upper].mean(0)


def one_factor(codes, factors, column):
    return held_vector(codes, factors[:, column : column + 1], 0)


def no_constant(codes, factors, column):
    return torch.linalg.lstsq(factors, codes).solution[column]


def other_way_round(codes, factors, column):
    return torch.linalg.lstsq(with_constant(codes), factors).solution[:-1, column]


def per_deviation(codes, factors, column):
    return held_vector(codes, factors, column) * factors[:, column].std()


def of_length_one(codes, factors, column):
    found = held_vector(codes, factors, column)
    return found / found.norm()


def longest_step(codes, start, end):
    distance = torch.cdist(codes, codes, compute_mode="donot_use_mm_for_euclid_dist")
    reach = distance[start].clone()
    done = torch.zeros(len(codes), dtype=torch.bool)
    for _ in range(len(codes)):
        near = reach.masked_fill(done, torch.inf).argmin()
        done[near] = True
        reach = torch.minimum(reach, torch.maximum(reach[near], distance[near]))
    return reach[end].item()


def steps_of(predecessors, codes, start, end):
    steps, row = [], end
    while row != start:
        before = int(predecessors[start, row])
        steps.append((codes[row] - codes[before]).norm().item())
        row = before
    return steps


def by_tree(codes, start, end):
    """The path in the shortest tree that joins all codes has the shortest steps."""
    distance = (codes[:, None] - codes).norm(dim=-1).numpy()
    tree = minimum_spanning_tree(distance)
    _, before = shortest_path(tree, directed=False, return_predecessors=True)
    return max(steps_of(before, codes, start, end))


def sum_of_steps(codes, start, end):
    distance = (codes[:, None] - codes).norm(dim=-1).numpy()
    tree = minimum_spanning_tree(distance)
    return float(shortest_path(tree, directed=False)[start, end])


def direct(codes, start, end):
    return (codes[start] - codes[end]).norm().item()


def joins_all(codes, start, end):
    distance = (codes[:, None] - codes).norm(dim=-1).numpy()
    return float(minimum_spanning_tree(distance).max())


def loneliest(codes, start, end):
    distance = (codes[:, None] - codes).norm(dim=-1)
    distance.fill_diagonal_(torch.inf)
    return distance.min(1).values.max().item()


def always_nearest(codes, start, end):
    """Go to the nearest code not yet visited, until the end."""
    distance = (codes[:, None] - codes).norm(dim=-1)
    visited, row, longest = {start}, start, 0.0
    while row != end:
        far = distance[row].clone()
        far[list(visited)] = torch.inf
        row = int(far.argmin())
        longest = max(longest, far[row].item())
        visited.add(row)
    return longest


def one_stop(codes, start, end):
    distance = (codes[:, None] - codes).norm(dim=-1)
    return torch.maximum(distance[start], distance[:, end]).min().item()


RIGHT = {
    checks.check_held_vector: [held_vector, by_residuals, as_array],
    checks.check_longest_step: [longest_step, by_tree],
}

WRONG = {
    checks.check_held_vector: {
        "difference of means": difference_of_means,
        "the other factors left out": one_factor,
        "no constant": no_constant,
        "factors from codes": other_way_round,
        "per deviation": per_deviation,
        "made one long": of_length_one,
        "all movements": lambda c, f, j: (
            torch.linalg.lstsq(with_constant(f), c).solution
        ),
        "wrong sign": lambda c, f, j: -held_vector(c, f, j),
    },
    checks.check_longest_step: {
        "sum of the steps": sum_of_steps,
        "one step": direct,
        "joins all codes": joins_all,
        "the loneliest code": loneliest,
        "always to the nearest": always_nearest,
        "one stop only": one_stop,
    },
}
