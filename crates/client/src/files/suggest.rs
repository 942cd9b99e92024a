//! "Did you mean ...?": the known word that a misspelt one is nearest to.

use strsim::levenshtein;

/// The candidate nearest to `word`, without regard to case, if it is near enough to be what was
/// meant: at most a third of its letters differ, or it is the end of one candidate alone, as
/// `AES256_KEY` of `SECRET_TYPE_AES256_KEY`.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let end = format!("_{word}");
    let mut ending = candidates.iter().filter(|it| it.to_ascii_lowercase().ends_with(&end));
    if let (Some(candidate), None) = (ending.next(), ending.next()) {
        return Some(candidate);
    }
    candidates
        .iter()
        .map(|candidate| (levenshtein(&word, &candidate.to_ascii_lowercase()), *candidate))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let types = ["SECRET_TYPE_AES256_KEY", "SECRET_TYPE_RSA_KEY_PAIR"];
        assert_eq!(nearest("SECRET_TYPE_AES_KEY", &types), Some("SECRET_TYPE_AES256_KEY"));
        assert_eq!(nearest("secret_type_rsa_keypair", &types), Some("SECRET_TYPE_RSA_KEY_PAIR"));
        assert_eq!(nearest("AES256_KEY", &types), Some("SECRET_TYPE_AES256_KEY"));
        assert_eq!(nearest("KEY", &["AES_KEY", "SM4_KEY_OLD_KEY"]), None, "the end of two");
        assert_eq!(nearest("colour", &types), None);
        assert_eq!(did_you_mean("x", &["a", "bcd"]), "did you mean `a`?");
        assert_eq!(did_you_mean("xyz", &["a", "bcd"]), "use one of: a, bcd");
    }
}
