//! Names: which known one was probably meant, and how Keras names a layer that has none.

/// The known name nearest to `wanted`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= name.len().max(wanted.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be inserted, removed or replaced to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (index, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
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

    #[test]
    fn near_names_are_found() {
        let known = ["relu", "sigmoid", "softmax", "tanh"];
        assert_eq!(nearest("rleu", known), None, "two letters of four are too many");
        assert_eq!(nearest("relo", known), Some("relu"));
        assert_eq!(nearest("RELU", known), Some("relu"));
        assert_eq!(nearest("softmx", known), Some("softmax"));
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("nothing", known), None);
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
