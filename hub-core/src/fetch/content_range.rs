//! `Content-Range`: which part of a file an answer holds.

/// A part of a file, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    first: u64,
    last: u64,
    /// The length of the whole file, where it is known.
    total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 7-9/10` or `bytes 7-9/*`.
    pub(super) fn parse(value: &str) -> Option<ContentRange> {
        let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let total = if total == "*" { None } else { Some(number(total)?) };
        (first <= last && total.is_none_or(|total| last < total)).then_some(ContentRange { first, last, total })
    }

    /// Whether it is all that is missing of a file of which `received` bytes are there; `length` is the file's, `rest`
    /// the one of the answer, where they are known.
    pub(super) fn is_rest(&self, received: u64, length: Option<u64>, rest: Option<u64>) -> bool {
        let ends_at = self.last.checked_add(1);
        let whole = [length, self.total].into_iter().flatten().all(|total| Some(total) == ends_at);
        self.first == received && whole && rest.is_none_or(|rest| Some(rest) == ends_at.map(|end| end - self.first))
    }
}

/// Digits only: no sign, no blank.
fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        assert_eq!(ContentRange::parse("bytes 7-9/10"), Some(ContentRange { first: 7, last: 9, total: Some(10) }));
        assert_eq!(ContentRange::parse("bytes 0-0/*"), Some(ContentRange { first: 0, last: 0, total: None }));
        for wrong in [
            "",
            "bytes",
            "bytes */10",
            "bytes 9-7/10",
            "bytes 7-10/10",
            "bytes +7-9/10",
            "bytes 7-9",
            "items 7-9/10",
            "bytes 7-99999999999999999999999/*",
            "bytes -9/10",
            "bytes 7-/10",
            "bytes 7-9/",
        ] {
            assert_eq!(ContentRange::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_the_whole_rest_continues_a_file() {
        let rest = |value: &str, received, length, rest| {
            ContentRange::parse(value).expect("it is a range").is_rest(received, length, rest)
        };
        assert!(rest("bytes 7-9/10", 7, Some(10), Some(3)));
        assert!(rest("bytes 7-9/*", 7, Some(10), None));
        assert!(rest("bytes 7-9/10", 7, None, None));
        assert!(!rest("bytes 7-9/10", 6, Some(10), None));
        assert!(!rest("bytes 7-8/10", 7, Some(10), None));
        assert!(!rest("bytes 7-10/11", 7, Some(10), None));
        assert!(!rest("bytes 7-9/10", 7, Some(10), Some(4)));
        assert!(!rest("bytes 0-18446744073709551615/*", 0, Some(1), None));
    }
}
