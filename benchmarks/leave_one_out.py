"""Leave-one-out accuracy over the corpus' own phrasings: `python -m benchmarks.leave_one_out`.

Each phrasing of an entry is matched against the corpus without it. For ridge regression this needs no fitting again: with the
dual weights a and the inverse C of the regularised Gram matrix, the output for row i without row i is y - a_i / C_ii. The
rarity of terms is that of the whole corpus. The corpus is curated for variety, each phrasing adding words that the
others lack, so this is far harder than real questions, and useful to compare settings with.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csc_matrix

from bot.index_cache import load_matcher
from faq.index import RIDGE
from faq.text import LANGUAGES


def main() -> None:
    """Print top-1 and top-3 for each language."""
    matcher = load_matcher()
    entries = len(matcher.corpus.entries)
    for language in LANGUAGES:
        view = matcher.view(language)
        rows = len(view.row_label)
        vectors = csc_matrix((view.values, view.rows, view.starts), shape=(rows, len(view.terms))).tocsr()
        gram = (vectors @ vectors.T).toarray()
        gram[np.arange(rows), np.arange(rows)] += np.float32(RIDGE)
        factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        inverse = cho_solve(factor, np.eye(rows, dtype=np.float32), overwrite_b=True, check_finite=False)
        outputs = np.array([label.output for label in matcher.labels])
        targets = np.zeros((rows, outputs.max() + 1), dtype=np.float32)
        targets[np.arange(rows), outputs[view.row_label]] = 1.0
        left_out = targets - (inverse @ targets) / np.diag(inverse)[:, None]
        own = view.row_label < entries
        order = np.argsort(-left_out[own][:, :entries], 1)[:, :3]
        hits = order == view.row_label[own][:, None]
        print(
            f"{language}: {int(own.sum())} phrasings, top-1 {100 * hits[:, 0].mean():.1f}, top-3 {100 * hits.any(1).mean():.1f}"
        )


if __name__ == "__main__":
    main()
