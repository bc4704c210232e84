//! The syntax tree of a pattern while it is read: open groups, their branches, the pieces of those.
//!
//! It keeps a stack of groups, so nesting costs no recursion, and what the limits ask of each part.
//! It knows no syntax (see `parse`).

use regex_syntax::hir::Hir;

use super::{RegexError, parse::Flags};

/// How deep the syntax tree may be. Go's limit is 1000; the compiler behind recurses, and this is
/// what a small thread's stack holds easily.
const MAX_HEIGHT: u32 = 250;

/// A part of the tree with what the limits ask of it.
pub(super) struct Piece {
    pub(super) hir: Hir,
    pub(super) height: u32,
    /// The product of the counted repetitions, on the path where it is largest.
    pub(super) repeats: u32,
    /// An upper bound of the states of its machine.
    pub(super) states: u64,
}

/// An open group, or the whole pattern.
struct Frame {
    outer: Flags,
    capture: Option<u32>,
    branches: Vec<Piece>,
    pieces: Vec<Piece>,
}

impl Frame {
    fn new(outer: Flags, capture: Option<u32>) -> Self {
        Self { outer, capture, branches: Vec::new(), pieces: Vec::new() }
    }
}

/// A group that was closed.
pub(super) struct Closed {
    /// The flags that are in force again.
    pub(super) outer: Flags,
    /// Its number, if it captures.
    pub(super) capture: Option<u32>,
    pub(super) piece: Piece,
}

/// The tree so far.
pub(super) struct Tree<'p> {
    whole: &'p str,
    frames: Vec<Frame>,
    /// The literal characters behind the last piece. They become one piece together, unless a
    /// repetition takes the last of them.
    run: String,
}

impl<'p> Tree<'p> {
    pub(super) fn new(whole: &'p str, flags: Flags) -> Self {
        Self { whole, frames: vec![Frame::new(flags, None)], run: String::new() }
    }

    /// Whether a group is open.
    pub(super) fn has_group(&self) -> bool {
        self.frames.len() > 1
    }

    /// Opens a group; `outer` is in force again when it ends.
    pub(super) fn open(&mut self, outer: Flags, capture: Option<u32>) {
        self.end_run();
        self.frames.push(Frame::new(outer, capture));
    }

    /// Closes the last group, or the whole pattern.
    pub(super) fn close(&mut self) -> Result<Closed, RegexError> {
        self.branch()?;
        let mut frame = self.frames.pop().expect("the whole pattern is closed last");
        let piece = joined(self.whole, &mut frame.branches, Hir::alternation)?;
        Ok(Closed { outer: frame.outer, capture: frame.capture, piece })
    }

    /// Ends a branch of the last group.
    pub(super) fn branch(&mut self) -> Result<(), RegexError> {
        let branch = if self.top().pieces.is_empty() && self.run.chars().nth(1).is_some() {
            // As its characters one by one, of which this is the concatenation.
            let run = self.take_run();
            Piece { height: 2, states: run.states + 3, ..run }
        } else {
            self.end_run();
            let whole = self.whole;
            joined(whole, &mut self.top().pieces, Hir::concat)?
        };
        self.top().branches.push(branch);
        Ok(())
    }

    pub(super) fn push(&mut self, piece: Piece) {
        self.end_run();
        self.top().pieces.push(piece);
    }

    /// Adds a literal character.
    pub(super) fn push_char(&mut self, c: char) {
        self.run.push(c);
    }

    /// Takes what a repetition would repeat; none at the start of a branch.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        let Some(last) = self.run.pop() else { return self.top().pieces.pop() };
        self.end_run();
        self.run.push(last);
        Some(self.take_run())
    }

    pub(super) fn checked_height(&self, height: u32) -> Result<u32, RegexError> {
        checked_height(self.whole, height)
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the whole pattern stays until the end")
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            let run = self.take_run();
            self.top().pieces.push(run);
        }
    }

    /// The literal characters as a piece, of which there is one or more.
    fn take_run(&mut self) -> Piece {
        // In a concatenation each character costs its bytes and one more.
        let states = (self.run.len() + self.run.chars().count() - 1) as u64;
        let hir = Hir::literal(self.run.as_bytes());
        self.run.clear();
        Piece { hir, height: 1, repeats: 1, states }
    }
}

/// Makes one piece of several, which are taken.
fn joined(
    whole: &str,
    parts: &mut Vec<Piece>,
    how: fn(Vec<Hir>) -> Hir,
) -> Result<Piece, RegexError> {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return Ok(only);
    }
    let highest = parts.iter().map(|p| p.height).max().unwrap_or(0);
    let height = checked_height(whole, 1 + highest)?;
    let repeats = parts.iter().map(|p| p.repeats).max().unwrap_or(1);
    let states = parts.iter().fold(2, |sum, p| p.states.saturating_add(sum + 1));
    let hir = how(parts.drain(..).map(|p| p.hir).collect());
    Ok(Piece { hir, height, repeats, states })
}

fn checked_height(whole: &str, height: u32) -> Result<u32, RegexError> {
    if height > MAX_HEIGHT {
        return Err(RegexError::new("expression nests too deeply", whole));
    }
    Ok(height)
}
