//! Reports word for word as promtool prints them, on the streams on which it does.

use std::io::{self, Write};

use unittest::{FileReport, TestReport};

use crate::output::Out;

/// A file that was run or refused.
pub(super) fn file(report: &FileReport, debug: bool, out: &mut Out) {
    for warning in &report.warned {
        complain(warning, out);
    }
    for test in report.tests.iter().filter(|_| debug) {
        complain(&format!("DEBUG: Starting test {}", test.name), out);
        test.debug.iter().for_each(|text| complain(text, out));
        complain(&format!("DEBUG: Test {} finished, took {:?}", test.name, test.took), out);
    }
    let of_tests = report.tests.iter().flat_map(TestReport::promtool);
    let errors: Vec<&str> = report.refused.as_deref().into_iter().chain(of_tests).collect();
    if errors.is_empty() {
        out.print("  SUCCESS\n");
    } else {
        failed(&errors, out);
    }
    out.print("\n");
}

/// A file that cannot be read.
pub(super) fn unreadable(error: &anyhow::Error, out: &mut Out) {
    failed(&[&format!("{error:#}")], out);
    out.print("\n");
}

fn failed(errors: &[&str], out: &mut Out) {
    complain("  FAILED:", out);
    for error in errors {
        complain(error, out);
        out.print("\n");
    }
}

/// A line on standard error, after all that was printed before.
fn complain(line: &str, out: &mut Out) {
    let _ = out.flush();
    let _ = writeln!(io::stderr(), "{line}");
}
