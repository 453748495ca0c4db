# Numbers of independent implementations that the tests of libs/estimate compare with, written to
# reference.json beside this file. The inputs are made here too and rounded, so that both sides read
# the same digits.
# Run: python3 -m venv venv && venv/bin/pip install numpy==1.26.4 scipy==1.17.1 scikit-learn==1.9.1
#      statsmodels==0.15.0 gbstats==0.8.0 && venv/bin/python libs/estimate/reference/make_reference.py
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import SampleMeanStatistic
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.linear_model import Ridge
from sklearn.metrics import auc, brier_score_loss
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20260301)


def calibration():
    confidence = np.round(rng.beta(5, 2, 500), 6)
    y = (rng.random(500) < confidence**1.6).astype(int)
    out = {"confidence": confidence.tolist(), "y": y.tolist()}
    out["brier"] = brier_score_loss(y, confidence)
    for strategy, name in (("uniform", "width"), ("quantile", "mass")):
        true, predicted = calibration_curve(y, confidence, n_bins=20, strategy=strategy)
        edges = (
            np.linspace(0, 1, 21)
            if strategy == "uniform"
            else np.percentile(confidence, np.linspace(0, 100, 21))
        )
        at = np.searchsorted(edges[1:-1], confidence)
        counts = np.bincount(at, minlength=20)
        counts = counts[counts > 0]
        out[name] = {
            "accuracy": true.tolist(),
            "confidence": predicted.tolist(),
            "ece": float(np.sum(counts * np.abs(true - predicted)) / 500),
        }
    # Forecasts of one value per bin: then Murphy's three terms alone add up to the score.
    coarse = np.round(np.floor(confidence * 20) / 20 + 0.025, 6)
    base = y.mean()
    reliability = resolution = 0.0
    for value in np.unique(coarse):
        group = y[coarse == value]
        reliability += len(group) * (value - group.mean()) ** 2 / 500
        resolution += len(group) * (group.mean() - base) ** 2 / 500
    out["coarse"] = {
        "confidence": coarse.tolist(),
        "brier": brier_score_loss(y, coarse),
        "reliability": reliability,
        "resolution": resolution,
        "uncertainty": base * (1 - base),
    }
    out["sharpness"] = float(confidence.std())
    return out


def intervals():
    wilson = []
    for hits, n in ((0, 10), (1, 10), (8, 10), (10, 10), (37, 200), (991, 1000)):
        low, high = proportion_confint(hits, n, method="wilson")
        other = stats.binomtest(hits, n).proportion_ci(method="wilson")
        assert abs(low - other.low) < 1e-12 and abs(high - other.high) < 1e-12
        wilson.append([hits, n, float(low), float(high)])
    values = np.round(rng.lognormal(2, 1, 60), 4)
    student = stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
    return {
        "wilson": wilson,
        "values": values.tolist(),
        "student": [float(x) for x in student],
        "skewness": float(stats.skew(values)),
    }


def sequential():
    out = []
    for n_a, mean_a, sd_a, n_b, mean_b, sd_b in (
        (400, 4.0, 6.0, 380, 1.5, 7.0),
        (1000, 0.31, 0.46, 900, 0.35, 0.48),
        (120, 10.0, 3.0, 4000, 10.1, 3.2),
        (5000, 2.0, 9.0, 5200, 2.9, 9.0),
    ):
        sides = []
        for n, mean, sd in ((n_a, mean_a, sd_a), (n_b, mean_b, sd_b)):
            total = n * mean
            sides.append(
                SampleMeanStatistic(n=n, sum=total, sum_squares=sd**2 * (n - 1) + total**2 / n)
            )
        config = SequentialConfig(difference_type="absolute", sequential_tuning_parameter=5000)
        test = SequentialTwoSidedTTest(*sides, config)
        low, high = test.confidence_interval
        out.append(
            {
                "baseline": {"n": n_a, "mean": mean_a, "variance": sd_a**2},
                "candidate": {"n": n_b, "mean": mean_b, "variance": sd_b**2},
                "low": float(low),
                "high": float(high),
                "p": float(test.p_value),
            }
        )
    return out


def off_policy():
    labels = ["full", "part", "voucher"]
    n = 400
    x = np.round(rng.normal(100, 40, (n, 1)), 3)
    score = np.stack([x[:, 0] * 0, x[:, 0] * 0 + 0.4, (100 - x[:, 0]) / 80], axis=1)
    odds = np.exp(score)
    propensity = np.round(odds / odds.sum(1, keepdims=True), 6)
    propensity[:, 2] = np.round(1 - propensity[:, 0] - propensity[:, 1], 6)
    chosen = np.array([rng.choice(3, p=p / p.sum()) for p in propensity])
    mean = np.stack([10 - 0.2 * x[:, 0], 8 - 0.05 * x[:, 0], 5 - 0.03 * x[:, 0]], axis=1)
    reward = np.round(mean[np.arange(n), chosen] + rng.normal(0, 3, n), 4)
    target = 1  # always part
    weight = (chosen == target) / propensity[np.arange(n), chosen]
    fold = np.arange(n) % 5
    z = (x - x.mean(0)) / x.std(0)
    predicted = np.zeros((n, 3))
    for f in range(5):
        for label in range(3):
            inside = (fold != f) & (chosen == label)
            model = Ridge(alpha=1.0).fit(z[inside], reward[inside])
            predicted[fold == f, label] = model.predict(z[fold == f])
    own = predicted[np.arange(n), chosen]
    ips = weight * reward
    doubly = predicted[:, target] + weight * (reward - own)
    snips = ips.sum() / weight.sum()
    snips_error = np.std(weight * (reward - snips) / weight.mean(), ddof=1) / np.sqrt(n)
    t = stats.t.ppf(0.975, n - 1)

    def interval(values):
        return [float(v) for v in stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))]

    clip = np.minimum(weight, 2.5) * reward
    return {
        "labels": labels,
        "x": x[:, 0].tolist(),
        "propensity": propensity.tolist(),
        "chosen": chosen.tolist(),
        "reward": reward.tolist(),
        "ess": float(weight.sum() ** 2 / (weight**2).sum()),
        "ips": [float(ips.mean()), *interval(ips)],
        "snips": [float(snips), float(snips - t * snips_error), float(snips + t * snips_error)],
        "doubly_robust": [float(doubly.mean()), *interval(doubly)],
        "clipped_at_2.5": [float(clip.mean()), *interval(clip)],
    }


def abstention():
    # Area under risk over coverage by sklearn's trapezoids, on the points of four bins.
    n = np.array([40, 60, 50, 50])
    correct = np.array([16, 42, 45, 49])
    kept = np.cumsum(n[::-1])[::-1]
    risk = 1 - np.cumsum(correct[::-1])[::-1] / kept
    coverage = kept / n.sum()
    points_x = np.concatenate([[0], coverage[::-1]])
    points_y = np.concatenate([[risk[-1]], risk[::-1]])
    return {"n": n.tolist(), "correct": correct.tolist(), "area": float(auc(points_x, points_y))}


reference = {
    "versions": {
        name: version(name) for name in ("numpy", "scipy", "scikit-learn", "statsmodels", "gbstats")
    },
    "calibration": calibration(),
    "intervals": intervals(),
    "sequential": sequential(),
    "off_policy": off_policy(),
    "abstention": abstention(),
}
Path(__file__).with_name("reference.json").write_text(json.dumps(reference) + "\n")
