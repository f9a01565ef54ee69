//! The descriptor beside an entry, for people: which handle it is, who downloaded it and when.
//!
//! Publishing writes it with the same bytes as Python; listing the cache reads it for its handle. Nothing rests on it
//! but one thing: a manifest that was written together with another descriptor is about another download.

use jiff::civil::DateTime;

use super::files;
use super::names::Names;

/// Longer than the longest handle and the lines around it.
const DESCRIPTOR_BYTES: usize = 64 * 1024;

/// The descriptor's text. The time is the local one, with microseconds where there are any, as Python prints it.
pub(super) fn text(handle: &str, time: DateTime, host: &str, process: u32) -> String {
    let mut moment = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let microseconds = time.subsec_nanosecond() / 1000;
    if microseconds != 0 {
        moment.push_str(&format!(".{microseconds:06}"));
    }
    format!("Module: {handle}\nDownload Time: {moment}\nDownloader Hostname: {host} (PID:{process})")
}

/// The descriptor of an entry, where there is one that can be read.
pub(super) fn read(names: &Names) -> Option<String> {
    let bytes = files::read_small(&names.descriptor(), DESCRIPTOR_BYTES).ok()?;
    String::from_utf8(bytes).ok()
}

/// What a descriptor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptor<'a> {
    pub(super) handle: &'a str,
    pub(super) time: &'a str,
    pub(super) host: &'a str,
}

/// Takes a descriptor apart; a handle may hold line ends.
pub(super) fn parse(text: &str) -> Option<Descriptor<'_>> {
    let (rest, host) = text.rsplit_once("\nDownloader Hostname: ")?;
    let (rest, time) = rest.rsplit_once("\nDownload Time: ")?;
    let handle = rest.strip_prefix("Module: ")?;
    let host = host.rsplit_once(" (PID:").map_or(host, |(host, _)| host);
    Some(Descriptor { handle, time, host })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i16, nanosecond: i32) -> String {
        let time = DateTime::new(year, 3, 4, 5, 6, 7, nanosecond).expect("a time");
        text("https://host/model/1", time, "node.example.org", 42)
    }

    #[test]
    fn case_61_the_text_is_pythons() {
        // Python: str(datetime(2024, 3, 4, 5, 6, 7, 89)) == '2024-03-04 05:06:07.000089'
        assert_eq!(
            at(2024, 89_000),
            "Module: https://host/model/1\nDownload Time: 2024-03-04 05:06:07.000089\n\
             Downloader Hostname: node.example.org (PID:42)"
        );
        assert!(at(2024, 999).contains("\nDownload Time: 2024-03-04 05:06:07\n"));
    }

    #[test]
    fn fault_15_no_year_is_too_odd() {
        assert!(at(1970, 0).contains(": 1970-03-04 05:06:07\n"));
        assert!(at(2100, 1_000_000).contains(": 2100-03-04 05:06:07.001000\n"));
    }

    #[test]
    fn a_descriptor_is_taken_apart_from_its_end() {
        let text = text("https://host/a\nDownload Time: b", DateTime::constant(2024, 1, 2, 3, 4, 5, 0), "node", 7);
        let parts = parse(&text).expect("a descriptor");
        assert_eq!(
            (parts.handle, parts.time, parts.host),
            ("https://host/a\nDownload Time: b", "2024-01-02 03:04:05", "node")
        );
        assert_eq!(parse("Module: only"), None);
    }
}
