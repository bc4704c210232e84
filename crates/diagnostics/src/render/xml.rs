//! Writing XML: elements one a line, with what XML does not allow in a text replaced.

use std::fmt::Display;

/// A document being written.
pub(super) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    pub(super) fn new() -> Self {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        Self { text, depth: 0 }
    }

    /// An element with what `inside` writes into it.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &dyn Display)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.start(name, attributes);
        self.text.push('>');
        let empty = self.text.len();
        self.text.push('\n');
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.text.len() == empty + 1 {
            self.text.truncate(empty - 1);
            self.text.push_str("/>\n");
        } else {
            self.indent();
            self.text.extend(["</", name, ">\n"]);
        }
    }

    /// An element with nothing but a text in it.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &dyn Display)], text: &str) {
        self.start(name, attributes);
        self.text.push('>');
        escape(&mut self.text, text, false);
        self.text.extend(["</", name, ">\n"]);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.indent();
        self.text.extend(["<", name]);
        for (name, value) in attributes {
            self.text.extend([" ", name, "=\""]);
            escape(&mut self.text, &value.to_string(), true);
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }
}

/// White space of attributes would be read back as blanks, and carriage returns as line ends.
fn escape(written: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '&' => written.push_str("&amp;"),
            '"' if in_attribute => written.push_str("&quot;"),
            '\t' if in_attribute => written.push_str("&#9;"),
            '\n' if in_attribute => written.push_str("&#10;"),
            '\r' => written.push_str("&#13;"),
            _ if is_allowed(c) => written.push(c),
            _ => written.push('\u{fffd}'),
        }
    }
}

/// As `Char` in XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
