"""The refinery with known truth: what a plant would have recorded, and beside it what really happened.

The product never reads the truth; it is there to grade the product.
"""

from shiftledger.simulate.settings import NO_STORIES, Settings, Stories
from shiftledger.simulate.truth import Truth, truth_of

__all__ = ["NO_STORIES", "Settings", "Stories", "Truth", "truth_of"]
