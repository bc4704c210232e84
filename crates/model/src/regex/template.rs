//! Replacement templates: `$1`, `${1}`, `$name`, `${name}`, `$$`.

use std::sync::LazyLock;

use crate::unicode::CharSet;

/// Names are letters, digits and `_`, of any script.
fn is_of_name(c: char) -> bool {
    static OTHERS: LazyLock<CharSet> = LazyLock::new(|| CharSet::new(r"[\p{L}\p{Nd}]"));
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { OTHERS.contains(c) }
}

/// Appends the template with its references filled in. `groups` names the groups from 1 on,
/// `matched` holds the whole match and then the groups. What is no reference stays as it is, and a
/// reference to a group that does not exist is empty.
pub(super) fn expand(
    template: &str,
    groups: &[Option<Box<str>>],
    matched: &[Option<&str>],
    out: &mut String,
) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = reference(after) {
            let index = number(name).or_else(|| {
                // Of several groups with the name, the first that took part.
                (1..=groups.len()).find(|&i| {
                    groups[i - 1].as_deref() == Some(name)
                        && matched.get(i).is_some_and(Option::is_some)
                })
            });
            out.push_str(index.and_then(|i| *matched.get(i)?).unwrap_or(""));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
}

/// The name behind a dollar sign, and the text behind it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{');
    let name_from = inner.unwrap_or(text);
    let end = name_from.find(|c| !is_of_name(c)).unwrap_or(name_from.len());
    let (name, rest) = name_from.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    match inner {
        Some(_) => Some((name, rest.strip_prefix('}')?)),
        None => Some((name, rest)),
    }
}

/// A group's number: digits without leading zeros.
fn number(name: &str) -> Option<usize> {
    let plain = name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    if plain { Some(name.parse().unwrap_or(usize::MAX)) } else { None }
}
