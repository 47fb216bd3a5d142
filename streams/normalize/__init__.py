"""Normalizing: what agencies write in their own ways, in the one form in which reports are compared; pure."""
