//! Handles as a whole: the table of kinds, the near-misses, what holds for every text.
