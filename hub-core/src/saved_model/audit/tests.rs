//! The audit over models that do what they should not, and over ordinary ones.
