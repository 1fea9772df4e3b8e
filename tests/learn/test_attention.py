"""The relaxed attention: exact where matches are 0 or 1, with right gradients everywhere."""

import itertools

import numpy as np
import pytest
import torch

from readhead.learn.attention import closest_order, closest_pattern, key_sums, key_sums_backward, outer_sum

CPU = torch.device("cpu")


def nearest(matches: list[bool], query: int, causal: bool) -> int:
    """The key that a query attends to, straight from the definition."""
    visible = [k for k, match in enumerate(matches) if match and not (causal and k > query)]
    others = [k for k in visible if k != query]
    if others:
        return min(others, key=lambda k: (abs(k - query), k))
    return query if query in visible else 0


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_closest_pattern_is_one_hot_at_the_nearest_match(n: int, causal: bool) -> None:
    rows = list(itertools.product([False, True], repeat=n))
    matches = (
        torch.tensor(rows, dtype=torch.float32).T[None, None, None].expand(1, 1, n, n, len(rows)).contiguous()
    )
    pattern = closest_pattern(matches, closest_order(n, causal, CPU)).weights
    for b, row in enumerate(rows):
        for query in range(n):
            expected = [float(k == nearest(list(row), query, causal)) for k in range(n)]
            assert expected == pattern[0, 0, query, :, b].tolist()


@pytest.mark.parametrize("causal", [False, True])
def test_closest_pattern_is_a_distribution(causal: bool) -> None:
    matches = torch.rand(2, 3, 6, 6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pattern = closest_pattern(matches, closest_order(6, causal, CPU, torch.float64)).weights
    np.testing.assert_allclose(pattern.sum(dim=3).numpy(), 1.0)
    assert float(pattern.min()) >= 0


@pytest.mark.parametrize("causal", [False, True])
def test_sums_by_key_value_are_the_sums_over_matching_keys(causal: bool) -> None:
    """What a query reads off the sums is what it would add up over its matches, key by key."""
    generator = torch.Generator().manual_seed(1)
    wanted, keys = torch.rand(2, 1, 3, 4, 5, 2, generator=generator, dtype=torch.float64)
    numbers = torch.rand(1, 3, 5, 2, generator=generator, dtype=torch.float64)
    matches = outer_sum(wanted, keys)
    if causal:
        matches *= torch.ones(5, 5).tril()[:, :, None]
    expected = (matches * numbers[:, :, None]).sum(dim=3)
    sums = key_sums(keys, numbers, causal)
    assert sums.shape == (1, 3, 4, 5 if causal else 1, 2)
    np.testing.assert_allclose(expected, (wanted * sums).sum(dim=2), rtol=1e-12)


def test_sums_of_earlier_keys_pass_their_gradient_back_to_them() -> None:
    to_sums = torch.tensor([1.0, 2.0, 4.0]).view(1, 1, 1, 3, 1)
    assert key_sums_backward(to_sums, True).flatten().tolist() == [7, 6, 4]
    assert key_sums_backward(to_sums, False) is to_sums
