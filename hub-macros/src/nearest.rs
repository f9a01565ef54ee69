//! The nearest name to a misspelt one.
//!
//! [`check`](crate::check) asks it for unknown layers and arguments. Near is: the same but for case and underscores
//! (`use_Bias`, `keras_layer`), a few letters wrong (`activaton`), or one name within the other (`Input`).
//! `names` of `hub-layers` tells by the same rule what was meant at run time: a procedural macro can share no
//! functions with it, so the rule stands in both; whoever changes one changes the other.

/// The candidate nearest to `name`, if one is near at all.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    let ranked = candidates.filter_map(|candidate| Some((rank(&wanted, &plain(candidate))?, candidate)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// The letters that count.
fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// How far apart two names are, a misspelling before a part; `None` if neither explains the other.
fn rank(wanted: &[char], candidate: &[char]) -> Option<(bool, usize)> {
    let (short, long) = if wanted.len() < candidate.len() { (wanted, candidate) } else { (candidate, wanted) };
    let distance = distance(wanted, candidate);
    if distance <= long.len() / 3 {
        return Some((false, distance));
    }
    let within = short.len() >= 3 && long.windows(short.len()).any(|part| part == short);
    within.then_some((true, distance))
}

/// Letters to insert, delete, replace or swap with their neighbour to get from one name to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for (i, letter) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(letter != other);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == to[j - 1] && from[i - 1] == *other {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::layers::{LAYERS, find};

    fn layer(name: &str) -> Option<&str> {
        nearest(name, LAYERS.iter().map(|layer| layer.callee.name))
    }

    fn argument(layer: &str, name: &str) -> Option<&'static str> {
        nearest(name, find(layer).expect("a layer of the table").callee.arguments())
    }

    #[test]
    fn misspelt_layers() {
        assert_eq!(layer("Dens"), Some("Dense"));
        assert_eq!(layer("Desne"), Some("Dense"));
        assert_eq!(layer("dense"), Some("Dense"));
        assert_eq!(layer("keras_layer"), Some("KerasLayer"));
        assert_eq!(layer("DropOut"), Some("Dropout"));
        assert_eq!(layer("Input"), Some("InputLayer"));
    }

    #[test]
    fn misspelt_arguments() {
        assert_eq!(argument("Dense", "activaton"), Some("activation"));
        assert_eq!(argument("Dense", "useBias"), Some("use_bias"));
        assert_eq!(argument("Dense", "bias"), Some("use_bias"));
        assert_eq!(argument("Dense", "unit"), Some("units"));
        assert_eq!(argument("KerasLayer", "signature_output_as_dict"), Some("signature_outputs_as_dict"));
    }

    #[test]
    fn far_names_have_no_nearest() {
        assert_eq!(layer("Linear"), None);
        assert_eq!(layer("X"), None);
        assert_eq!(argument("Dropout", "noise_shape"), None);
        assert_eq!(argument("Flatten", "x"), None);
    }

    /// The same pairs are in `names` of `hub-layers`: both say the same.
    #[test]
    fn both_sides_of_the_macro_agree() {
        let known = ["relu", "sigmoid", "softmax", "softplus", "softsign", "tanh", "use_bias", "hard_silu"];
        for (wanted, expected) in [
            ("relo", Some("relu")),
            ("rleu", Some("relu")),
            ("RELU", Some("relu")),
            ("softmx", Some("softmax")),
            ("soft", Some("softmax")),
            ("softsigm", Some("softsign")),
            ("hardSilu", Some("hard_silu")),
            ("bias", Some("use_bias")),
            ("thna", None),
            ("re", None),
            ("", None),
            ("nothing", None),
        ] {
            assert_eq!(nearest(wanted, known.into_iter()), expected, "{wanted}");
        }
    }

    #[test]
    fn distances() {
        let between = |from: &str, to: &str| distance(&plain(from), &plain(to));
        assert_eq!(between("", "abc"), 3);
        assert_eq!(between("abc", "abc"), 0);
        assert_eq!(between("abc", "acb"), 1);
        assert_eq!(between("kitten", "sitting"), 3);
    }
}
