//! How a function body names its inputs: `argument`, `argument:index`, `node:output:index`, `^node`.

/// An input as a function body writes it.
pub(super) struct Reference<'r> {
    pub(super) name: &'r str,
    /// The output argument's name; `None` for an argument of the function.
    pub(super) output: Option<&'r str>,
    pub(super) index: usize,
    pub(super) is_control: bool,
}

impl<'r> Reference<'r> {
    pub(super) fn parse(text: &'r str) -> Reference<'r> {
        if let Some(name) = text.strip_prefix('^') {
            return Reference { name, output: None, index: 0, is_control: true };
        }
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let (output, index) = match (parts.next(), parts.next()) {
            (Some(output), Some(index)) => (Some(output), index),
            (Some(index), None) => (None, index),
            _ => (None, "0"),
        };
        Reference { name, output, index: index.parse().unwrap_or(usize::MAX / 2), is_control: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        let parts = |text| {
            let reference = Reference::parse(text);
            (reference.name, reference.output, reference.index, reference.is_control)
        };
        assert_eq!(parts("x"), ("x", None, 0, false));
        assert_eq!(parts("list:2"), ("list", None, 2, false));
        assert_eq!(parts("split:output:1"), ("split", Some("output"), 1, false));
        assert_eq!(parts("^assign"), ("assign", None, 0, true));
        assert!(Reference::parse("split:output:many").index > 1 << 32, "no such index is no index that exists");
    }
}
