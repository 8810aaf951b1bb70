"""The parts of the scorecard: how a refinery is closed, and what its books are held against."""
