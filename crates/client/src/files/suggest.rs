//! "Did you mean ...?": the known word that a misspelt one is nearest to.

/// The candidate nearest to `word`, without regard to case, if it is near enough to be what was
/// meant: at most a third of its letters differ.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .iter()
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), *candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .map(|(_, candidate)| candidate)
}

/// The remedy line for an unknown word: the nearest known one, or all of them.
pub(super) fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("use one of: {}", candidates.join(", ")),
    }
}

/// Levenshtein's distance: the least number of inserted, deleted and replaced characters.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // One row of the usual table: row[j] is the distance of the prefix of `from` read so far to
    // the first j characters of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, cell) in to.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("minIsvSvn", "minIsvSvn", 0),
            ("mrsinger", "mrsigner", 2),
        ] {
            assert_eq!(distance(from, to), edits, "{from} -> {to}");
            assert_eq!(distance(to, from), edits, "{to} -> {from}");
        }
    }

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let types = ["SECRET_TYPE_AES256_KEY", "SECRET_TYPE_RSA_KEY_PAIR"];
        assert_eq!(nearest("SECRET_TYPE_AES_KEY", &types), Some("SECRET_TYPE_AES256_KEY"));
        assert_eq!(nearest("secret_type_rsa_keypair", &types), Some("SECRET_TYPE_RSA_KEY_PAIR"));
        assert_eq!(nearest("colour", &types), None);
        assert_eq!(did_you_mean("x", &["a", "bcd"]), "did you mean `a`?");
        assert_eq!(did_you_mean("xyz", &["a", "bcd"]), "use one of: a, bcd");
    }
}
