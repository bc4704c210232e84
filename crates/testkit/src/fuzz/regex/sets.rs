//! Follows a pattern over a text with the set of all places where a match may stand.

use std::collections::BTreeSet;

use super::syntax::{Node, Place, Set};

type Places = BTreeSet<usize>;

pub(super) fn matches_whole(node: &Node, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    ends(node, &text, &Places::from([0])).contains(&text.len())
}

pub(super) fn matches_somewhere(node: &Node, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    !ends(node, &text, &(0..=text.len()).collect()).is_empty()
}

/// Where matches end that start at one of these places.
fn ends(node: &Node, text: &[char], starts: &Places) -> Places {
    match node {
        Node::One(set) => {
            let fits = |at: &&usize| text.get(**at).is_some_and(|c| contains(set, *c));
            starts.iter().filter(fits).map(|at| at + 1).collect()
        }
        Node::At(place) => starts.iter().copied().filter(|at| is_at(*place, text, *at)).collect(),
        Node::All(nodes) => {
            nodes.iter().fold(starts.clone(), |starts, node| ends(node, text, &starts))
        }
        Node::Any(nodes) => nodes.iter().flat_map(|node| ends(node, text, starts)).collect(),
        Node::Repeat(node, min, max) => {
            let mut now = starts.clone();
            for _ in 0..*min {
                now = ends(node, text, &now);
            }
            let mut all = now.clone();
            // After as many rounds as there are places nothing new comes.
            let rounds = max.map_or(text.len() + 1, |max| (max - min) as usize);
            for _ in 0..rounds.min(text.len() + 1) {
                now = ends(node, text, &now);
                all.extend(&now);
            }
            all
        }
    }
}

fn contains(set: &Set, c: char) -> bool {
    let among = |c: char| {
        set.ranges.iter().any(|&(low, high)| (low..=high).contains(&c))
            || set.others.iter().any(|other| contains(other, c))
    };
    let found = if set.fold { same_letter(c).into_iter().any(among) } else { among(c) };
    found != set.negated
}

/// The character in all its cases, as far as ASCII letters are concerned.
fn same_letter(c: char) -> Vec<char> {
    let (lower, upper) = match c {
        '\u{212a}' => ('k', 'K'),
        'ſ' => ('s', 'S'),
        _ => (c.to_ascii_lowercase(), c.to_ascii_uppercase()),
    };
    let special = match lower {
        'k' => '\u{212a}',
        's' => 'ſ',
        _ => lower,
    };
    vec![c, lower, upper, special]
}

fn is_at(place: Place, text: &[char], at: usize) -> bool {
    let is_word = |at: usize| text.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
    let edge = (at > 0 && is_word(at - 1)) != is_word(at);
    match place {
        Place::Start => at == 0,
        Place::End => at == text.len(),
        Place::LineStart => at == 0 || text[at - 1] == '\n',
        Place::LineEnd => text.get(at).is_none_or(|c| *c == '\n'),
        Place::Edge => edge,
        Place::NoEdge => !edge,
    }
}
