//! Standard output and error: colours only where a terminal shows them, and a closed pipe is no
//! failure.

use std::io::{self, Write};

use anstream::ColorChoice;
use diagnostics::{Diagnostic, Finding, Source, TextStyle, render};

/// Standard output. Once its reader is gone, what is written is dropped: `watchfire check | head`
/// ends with the exit code of the check.
pub(crate) struct Out {
    stdout: io::BufWriter<io::Stdout>,
    color: bool,
    gone: bool,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Out {
    pub(crate) fn stdout(color: Color) -> Self {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let stdout = io::stdout();
        let color = wants_color(&stdout);
        Self { stdout: io::BufWriter::new(stdout), color, gone: false }
    }

    /// Whether colours are to be written.
    pub(crate) fn has_color(&self) -> bool {
        self.color
    }

    /// Writes text.
    pub(crate) fn print(&mut self, text: &str) {
        // A failed write is remembered by `write`, or there is nobody left to tell.
        let _ = self.write_all(text.as_bytes());
    }

    fn absorb<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let result = self.stdout.write(bytes);
        self.absorb(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let result = self.stdout.flush();
        self.absorb(result, ())
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

/// Tells what went wrong, with its causes, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    note("error", &format!("{error:#}"));
}

/// Tells something on standard error: `error`, `warning` or `note`, then the text.
pub(crate) fn note(sign: &str, text: &str) {
    let colour = match sign {
        "error" => anstyle::AnsiColor::BrightRed,
        "warning" => anstyle::AnsiColor::BrightYellow,
        _ => anstyle::AnsiColor::BrightBlue,
    };
    let style =
        if wants_color(&io::stderr()) { colour.on_default().bold() } else { anstyle::Style::new() };
    // If standard error is closed nobody wants to know.
    let _ = writeln!(io::stderr(), "{style}{sign}{style:#}: {text}");
}

/// Shows a diagnostic with its line of the source on standard error.
pub(crate) fn note_diagnostic(file: &str, source: &str, diagnostic: &Diagnostic) {
    let _ = write!(io::stderr(), "{}", show(file, source, diagnostic));
}

/// A diagnostic with its line of the source, for standard error.
pub(crate) fn show(file: &str, source: &str, diagnostic: &Diagnostic) -> String {
    text(file, source, diagnostic, wants_color(&io::stderr()))
}

fn text(file: &str, source: &str, diagnostic: &Diagnostic, color: bool) -> String {
    let finding = Finding { source: Source::new(file, source), diagnostic: diagnostic.clone() };
    render::text::one(&finding, TextStyle { color, ..TextStyle::default() })
}

/// `1 file`, `2 files`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Whether colours are wanted there: as the command line says, or else on a terminal, unless
/// `NO_COLOR` is set.
pub(crate) fn wants_color(stream: &impl anstream::stream::RawStream) -> bool {
    anstream::AutoStream::choice(stream) != ColorChoice::Never
}
