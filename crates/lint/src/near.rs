//! What a misspelt word was perhaps meant to be.

/// The known word that is most like another one, if one is like enough: `1.0` is the same.
pub(crate) fn nearest<'v>(
    word: &str,
    known: impl Iterator<Item = &'v str>,
    enough: f64,
) -> Option<&'v str> {
    let likeness = |known| (strsim::normalized_damerau_levenshtein(word, known), known);
    let near = known.map(likeness).filter(|(likeness, _)| *likeness > enough);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}
