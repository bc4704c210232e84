//! Logs on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::args::{LogArgs, LogFormat};

/// Starts logging. A filter that can not be read is replaced by `info`, and that is logged.
pub(crate) fn start(args: &LogArgs) {
    let wanted = EnvFilter::try_new(&args.log_level);
    let problem = wanted.as_ref().err().map(ToString::to_string);
    let filter = wanted.unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match args.log_format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => builder.with_target(false).with_ansi(colored()).init(),
    }
    if let Some(problem) = problem {
        tracing::warn!(level = args.log_level, problem, "the log level is not one, using `info`");
    }
}

fn colored() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
