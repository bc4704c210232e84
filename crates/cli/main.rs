//! The command line: flags, configuration, exit codes.
//!
//! It decides nothing about rules: commands wire the other crates together and print. Start at
//! [`args`], then at the command of interest. Exit codes: 0 fine, 1 findings or failed checks,
//! 2 usage or configuration.

mod args;
mod bench;
mod check;
mod config;
mod demo;
mod diff;
mod explain;
mod explain_plan;
mod features;
mod fmt;
mod logging;
mod memory;
mod output;
mod promqltest;
mod query;
mod replace;
mod rule_paths;
mod run;
mod stream_config;
mod test;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use output::Out;

/// Files are read and checked in threads that allocate a great deal; the system's allocator makes
/// them wait for the kernel.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Everything is as it should be.
    Fine = 0,
    /// There are findings, or a check failed.
    Findings = 1,
    /// The command line or the configuration can not be used.
    Usage = 2,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = Out::stdout(args.color);
    logging::start(&args.log);
    match execute(args, &mut out) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            output::complain(&error);
            ExitCode::from(Exit::Usage as u8)
        }
    }
}

fn execute(args: Args, out: &mut Out) -> anyhow::Result<Exit> {
    let features = args.features.features();
    match args.command {
        Command::Run(args) => run::run(&args, features),
        Command::StreamConfig(args) => stream_config::run(&args, features, out),
        Command::Check(args) => check::run(&args, features, out),
        Command::Fmt(args) => Ok(fmt::run(&args, features, out)),
        Command::Explain(args) => Ok(explain::explain(&args, out)),
        Command::Lints(args) => Ok(explain::list(&args, out)),
        Command::ExplainPlan(args) => explain_plan::run(&args, features, out),
        Command::Query(args) => query::run(&args, features, out),
        Command::Test(args) => test::run(&args, features, out),
        Command::Promqltest(args) => Ok(promqltest::run(&args, out)),
        Command::Demo(args) => demo::run(&args, out),
        Command::Bench(args) => bench::run(&args, out),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "watchfire", out);
            Ok(Exit::Fine)
        }
    }
}
