//! Names: which known one was probably meant, and how Keras names a layer that has none.
//!
//! Which was meant is told by the same rule as in `nearest` of `hub-macros`: that crate, a procedural macro, can share
//! no functions, so the rule stands in both; whoever changes one changes the other.

/// The candidate nearest to `name`, if one is near at all.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    let ranked = candidates.into_iter().filter_map(|candidate| Some((rank(&wanted, &plain(candidate))?, candidate)));
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

/// A class name as Keras turns it into a layer's default name: `KerasLayer` becomes `keras_layer`.
pub(crate) fn snake_case(class_name: &str) -> String {
    let letters: Vec<char> = class_name.chars().collect();
    let mut name = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let starts_word = letter.is_uppercase()
            && index > 0
            && (letters[index - 1].is_lowercase()
                || letters.get(index + 1).is_some_and(|next| next.is_lowercase() || next.is_ascii_digit()));
        if starts_word {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same pairs are in `nearest` of `hub-macros`: both say the same.
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
            assert_eq!(nearest(wanted, known), expected, "{wanted}");
        }
    }

    #[test]
    fn class_names_become_snakes() {
        for (class_name, name) in [
            ("Dense", "dense"),
            ("KerasLayer", "keras_layer"),
            ("GRUCell", "gru_cell"),
            ("Conv2D", "conv2d"),
            ("Conv2DTranspose", "conv2d_transpose"),
        ] {
            assert_eq!(snake_case(class_name), name);
        }
    }
}
