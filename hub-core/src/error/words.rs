//! Parts of messages.

/// The proxy, as a part of a message.
pub(super) fn via(proxy: Option<&str>) -> String {
    proxy.map_or_else(String::new, |proxy| format!(" through the proxy `{proxy}`"))
}

/// The meaning of a status, where one is known.
pub(super) fn explained(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {why}") }
}

/// What is needed, where that is known.
pub(super) fn needed(bytes: u64) -> String {
    if bytes == 0 { String::new() } else { format!(" {bytes} bytes are needed,") }
}

/// Each op with its node, as the tail of a message; of a flood, the first.
pub(super) fn blocking(ops: &[(String, String)]) -> String {
    const TOLD: usize = 20;
    let told: Vec<_> = ops.iter().take(TOLD).map(|(op, node)| format!("{op} (`{node}`)")).collect();
    match ops.len().saturating_sub(TOLD) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

/// The places tried, one to a line, as the tail of a message.
pub(super) fn list(tried: &[String]) -> String {
    tried.iter().map(|place| format!("\n  {place}")).collect()
}

/// What was refused, one to a line, as the tail of a message; of a flood, the first.
pub(super) fn refusals(refused: &[String]) -> String {
    const TOLD: usize = 20;
    let told: String = refused.iter().take(TOLD).map(|one| format!("\n  {one}")).collect();
    match refused.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told}\n  and {more} more"),
    }
}

pub(super) fn tags_wanted(wanted: Option<&[String]>) -> String {
    match wanted {
        Some(tags) => format!("no meta graph with just the tags {}", tag_set(tags)),
        None => "the model has more than one meta graph".into(),
    }
}

/// Major and minor version: `2.21` of `2.21.0`.
pub(super) fn minor(version: &str) -> &str {
    version.match_indices('.').nth(1).map_or(version, |(end, _)| &version[..end])
}

/// Tags as the command line takes them: `serve,gpu`.
pub(super) fn tag_set(tags: &[String]) -> String {
    format!("`{}`", tags.join(","))
}
