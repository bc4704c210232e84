//! Logs on standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::{
    args::{LogArgs, LogFormat},
    output,
};

/// Starts logging. A filter that can not be read is replaced by `info`, and that is logged.
pub(crate) fn start(args: &LogArgs) {
    let wanted = EnvFilter::try_new(&args.log_level);
    let problem = wanted.as_ref().err().map(ToString::to_string);
    let filter = wanted.unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match args.log_format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => {
            builder.with_target(false).with_ansi(output::wants_color(&io::stderr())).init();
        }
    }
    if let Some(problem) = problem {
        tracing::warn!(level = args.log_level, problem, "the log level is not one, using `info`");
    }
}
