//! Reads a pattern of Go's dialect. It finds no errors: it is asked only about what is accepted.

/// What a pattern is made of.
pub(super) enum Node {
    /// One character.
    One(Set),
    /// A place: the start or end of the text or of a line, a word's edge or none.
    At(Place),
    /// One after another.
    All(Vec<Node>),
    /// Any of these.
    Any(Vec<Node>),
    /// So often; without end where the second is none.
    Repeat(Box<Node>, u32, Option<u32>),
}

/// A place between characters.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Start,
    End,
    LineStart,
    LineEnd,
    Edge,
    NoEdge,
}

/// Characters, all but these where `negated`.
#[derive(Default)]
pub(super) struct Set {
    pub(super) ranges: Vec<(char, char)>,
    /// Sets in it that are themselves turned around: `[\D]`.
    pub(super) others: Vec<Set>,
    pub(super) negated: bool,
    pub(super) fold: bool,
}

#[derive(Clone, Copy)]
struct Flags {
    fold: bool,
    lines: bool,
    dot_newline: bool,
}

struct Reader<'p> {
    rest: &'p str,
    flags: Flags,
}

/// The pattern as a tree; none where it holds something that is not known here.
pub(super) fn parse(pattern: &str, dot_newline: bool) -> Option<Node> {
    let flags = Flags { fold: false, lines: false, dot_newline };
    let folds = pattern.contains("(?") && pattern.contains('i');
    if pattern.contains("\\p") || pattern.contains("\\P") || (folds && !pattern.is_ascii()) {
        return None;
    }
    let mut reader = Reader { rest: pattern, flags };
    let node = reader.alternation()?;
    reader.rest.is_empty().then_some(node)
}

impl Reader<'_> {
    fn alternation(&mut self) -> Option<Node> {
        let outer = self.flags;
        let mut branches = vec![self.sequence()?];
        while self.take("|") {
            branches.push(self.sequence()?);
        }
        self.flags = outer;
        Some(Node::Any(branches))
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut parts = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            if self.take("\\Q") {
                let (literal, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                let chars: Vec<char> = literal.chars().collect();
                self.rest = rest;
                parts.extend(chars.into_iter().map(|c| self.char(c)));
            } else {
                self.atom(&mut parts)?;
            }
            // After flags alone it counts what stands before them.
            if let Some((min, max)) = self.counter() {
                self.take("?");
                let last = parts.pop()?;
                parts.push(Node::Repeat(Box::new(last), min, max));
            }
        }
        Some(Node::All(parts))
    }

    /// Adds a part, or none where only flags were read.
    fn atom(&mut self, parts: &mut Vec<Node>) -> Option<()> {
        if self.take("(") {
            return self.group(parts);
        }
        let places = [("\\A", Place::Start), ("\\z", Place::End)];
        let edges = [("\\b", Place::Edge), ("\\B", Place::NoEdge)];
        if let Some((_, place)) = places.into_iter().chain(edges).find(|(text, _)| self.take(text))
        {
            parts.push(Node::At(place));
            return Some(());
        }
        let node = if self.rest.starts_with('[') {
            Node::One(self.bracket()?)
        } else if let Some(set) = self.perl() {
            Node::One(set)
        } else if self.rest.starts_with('\\') {
            let c = self.escape()?;
            self.char(c)
        } else {
            match self.next()? {
                '^' => Node::At(if self.flags.lines { Place::LineStart } else { Place::Start }),
                '$' => Node::At(if self.flags.lines { Place::LineEnd } else { Place::End }),
                '.' => {
                    let newline = [('\n', '\n')];
                    let except = if self.flags.dot_newline { &[][..] } else { &newline };
                    Node::One(Set { ranges: except.to_vec(), negated: true, ..Set::default() })
                }
                c => self.char(c),
            }
        };
        parts.push(node);
        Some(())
    }

    fn group(&mut self, parts: &mut Vec<Node>) -> Option<()> {
        let outer = self.flags;
        if self.take("?P<") || self.take("?<") {
            self.rest = self.rest.split_once('>')?.1;
        } else if self.take("?") {
            let mut on = true;
            loop {
                match self.next()? {
                    'i' => self.flags.fold = on,
                    'm' => self.flags.lines = on,
                    's' => self.flags.dot_newline = on,
                    'U' => {}
                    '-' => on = false,
                    ':' => break,
                    ')' => return Some(()),
                    _ => return None,
                }
            }
        }
        parts.push(self.alternation()?);
        self.flags = outer;
        self.take(")").then_some(())
    }

    /// `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`.
    fn counter(&mut self) -> Option<(u32, Option<u32>)> {
        for (text, min, max) in [("*", 0, None), ("+", 1, None), ("?", 0, Some(1))] {
            if self.take(text) {
                return Some((min, max));
            }
        }
        let (inner, rest) = self.rest.strip_prefix('{')?.split_once('}')?;
        let number = |text: &str| {
            let plain = text.bytes().all(|b| b.is_ascii_digit());
            (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
        };
        let (min, max) = match inner.split_once(',') {
            None => (number(inner)?, Some(number(inner)?)),
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max)?)),
        };
        self.rest = rest;
        Some((min, max))
    }

    fn bracket(&mut self) -> Option<Set> {
        self.next();
        let negated = self.take("^");
        let mut set = Set { negated, fold: self.flags.fold, ..Set::default() };
        let mut first = true;
        while first || !self.take("]") {
            first = false;
            if self.rest.starts_with("[:") && self.rest.contains(":]") {
                set.others.push(self.posix()?);
            } else if let Some(other) = self.perl() {
                set.others.push(other);
            } else {
                let low = self.member()?;
                let mut high = low;
                if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                    self.next();
                    high = self.member()?;
                }
                set.ranges.push((low, high));
            }
        }
        Some(set)
    }

    fn member(&mut self) -> Option<char> {
        if self.rest.starts_with('\\') { self.escape() } else { self.next() }
    }

    /// The only one that is known here; the others are tested with the table in `model`.
    fn posix(&mut self) -> Option<Set> {
        let ranges = vec![('a', 'z'), ('A', 'Z')];
        self.take("[:alpha:]").then_some(Set { ranges, ..Set::default() })
    }

    /// `\d` and its like.
    fn perl(&mut self) -> Option<Set> {
        const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')];
        const BLANK: [(char, char); 3] = [('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];
        let letter = self.rest.strip_prefix('\\')?.chars().next()?;
        let ranges = match letter.to_ascii_lowercase() {
            'd' => vec![('0', '9')],
            'w' => WORD.to_vec(),
            's' => BLANK.to_vec(),
            _ => return None,
        };
        self.rest = &self.rest[2..];
        let (negated, fold) = (letter.is_ascii_uppercase(), self.flags.fold);
        Some(Set { ranges, negated, fold, ..Set::default() })
    }

    fn escape(&mut self) -> Option<char> {
        self.next();
        Some(match self.next()? {
            'n' => '\n',
            't' => '\t',
            'x' => {
                let digits = self.rest.get(..2)?;
                self.rest = &self.rest[2..];
                char::from(u8::from_str_radix(digits, 16).ok()?)
            }
            c if c.is_ascii_punctuation() || c == ' ' => c,
            _ => return None,
        })
    }

    fn char(&self, c: char) -> Node {
        Node::One(Set { ranges: vec![(c, c)], fold: self.flags.fold, ..Set::default() })
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
