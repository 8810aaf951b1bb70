"""The refinery with known truth: what a plant would have recorded, and beside it what really happened.

The product never reads the truth; it is there to grade the product.
"""

from shiftledger.simulate.settings import NO_STORIES, Settings, Stories
from shiftledger.simulate.truth import Truth, truth_of
from shiftledger.simulate.writing import Written, simulate

__all__ = ["NO_STORIES", "Settings", "Stories", "Truth", "Written", "simulate", "truth_of"]
