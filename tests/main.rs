//! Tests that drive the product from outside, in one binary.

mod architecture;

mod exporter;
mod remote_write;
mod servers;
mod stream_config;
mod webhook;

mod deploy;
mod rules_pack;

mod e2e;

mod check;
mod ci;
mod cli;
mod fmt;
mod promqltest;
mod unittest;

mod api;
mod bench;
mod demo;
mod web;

mod native_histograms;
mod oracle;
mod remote_read;
