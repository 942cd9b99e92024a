//! "Did you mean": the known name nearest to a misspelt one.

/// The candidate within two edits (three for long names) of `name`, if there is one.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = if name.len() > 12 { 3 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance (Levenshtein), letter case ignored.
fn distance(a: &str, b: &str) -> usize {
    strsim::levenshtein(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["aecs_rpc_port", "aecs_rpc_server", "log.level"];

    #[test]
    fn finds_the_slip_of_a_finger() {
        assert_eq!(nearest("aecs_rpc_prot", NAMES), Some("aecs_rpc_port"));
        assert_eq!(nearest("LOG.LEVL", NAMES), Some("log.level"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(nearest("listen", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 2), ("a", "ab", 1)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
