//! Tests that drive the product from outside, in one binary.

mod architecture;

mod exporter;
mod servers;
mod webhook;

mod deploy;
mod rules_pack;

mod e2e;

mod cli;
mod promqltest;

mod api;
mod demo;

mod oracle;
