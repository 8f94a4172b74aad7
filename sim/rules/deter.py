"""Fear of the law: who does not post what is illegal, since authorities were told about others."""

import numpy as np
from numpy.typing import NDArray


def deterred(deterrence: float, answered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of illegal items that are not started, by country.

    `deterrence`: strength of one answered request per 1,000 persons; `answered`: how many are remembered, per 1,000
    persons. Half are withheld where the two multiply to 1; an assumed curve that rises to 1.
    """
    return 1.0 - 1.0 / (1.0 + deterrence * answered)
