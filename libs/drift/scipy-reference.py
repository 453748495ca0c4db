"""The numbers of scipy-reference.json, which the tests of this room compare with.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1
    venv/bin/python libs/drift/scipy-reference.py > libs/drift/scipy-reference.json
"""

import json

import numpy
from scipy import stats
from scipy.spatial.distance import jensenshannon

MIXES = [
    ([50, 50], [80, 20]),
    ([400, 300, 200, 100], [90, 160, 100, 50]),
    ([1000, 500, 250, 125, 60, 30], [180, 100, 60, 20, 9, 11]),
    ([35, 7, 1, 157], [40, 9, 2, 149]),
    ([5000, 5000], [400, 600]),
]

HISTOGRAMS = [
    ([0, 1, 2, 3, 4, 5], [10, 40, 90, 60, 20, 5], [4, 10, 30, 40, 20, 8]),
    ([480, 482, 485, 490, 500, 501], [100, 900, 700, 200, 20, 3], [20, 100, 160, 90, 9, 1]),
    ([-3, 0, 4], [5, 0, 5], [0, 10, 0]),
]


def mix(reference, current):
    r, c = numpy.array(reference, float), numpy.array(current, float)
    test = stats.chi2_contingency([r, c], correction=False)
    # PSI is the symmetrised Kullback-Leibler divergence; half a run per cell, as the room adds.
    rs, cs = (r + 0.5) / (r + 0.5).sum(), (c + 0.5) / (c + 0.5).sum()
    return {
        "reference": reference,
        "current": current,
        "statistic": test.statistic,
        "df": int(test.dof),
        "p": test.pvalue,
        "p_likelihood": stats.chi2_contingency([r, c], correction=False, lambda_="log-likelihood").pvalue,
        "psi": stats.entropy(cs, rs) + stats.entropy(rs, cs),
        "js_distance": jensenshannon(r, c, base=2),
    }


def histogram(positions, reference, current):
    r, c = numpy.repeat(positions, reference), numpy.repeat(positions, current)
    d = stats.ks_2samp(r, c, method="asymp").statistic
    lam = d * (len(r) * len(c) / (len(r) + len(c))) ** 0.5
    return {
        "positions": positions,
        "reference": reference,
        "current": current,
        "ks_d": d,
        "ks_p": stats.kstwobign.sf(lam),
        "wasserstein": stats.wasserstein_distance(positions, positions, reference, current),
        "deviation": r.std(),
    }


def tails():
    return {
        "chi_square": [[x, df, stats.chi2.sf(x, df)] for x, df in [(3.84, 1), (40, 11), (100, 11), (700, 20)]],
        "f": [[x, a, b, stats.f.sf(x, a, b)] for x, a, b in [(1, 3, 9), (9, 1, 6), (30, 11, 77), (12, 4, 1e9)]],
        "student": [[t, df, 2 * stats.t.sf(t, df)] for t, df in [(1.96, 1e9), (5, 6), (7.5, 40)]],
        "kolmogorov": [[x, stats.kstwobign.sf(x)] for x in [0.3, 0.49, 0.51, 0.8, 1.36, 2.5, 6]],
        "binomial": [[k, n, p, stats.binom.sf(k - 1, n, p)] for k, n, p in [(1, 200, 0.0007), (5, 200, 0.0007), (30, 400, 0.05)]],
    }


def adjusted():
    values = [0.01, 0.04, 0.03, 0.5, 0.0002]
    return {"values": values, "benjamini_hochberg": list(stats.false_discovery_control(values, method="bh"))}


print(
    json.dumps(
        {
            "mixes": [mix(*each) for each in MIXES],
            "histograms": [histogram(*each) for each in HISTOGRAMS],
            "tails": tails(),
            "adjusted": adjusted(),
        },
        indent=1,
        default=float,
    )
)
