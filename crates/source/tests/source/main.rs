//! The client against servers on loopback: one that plays a source with every ailment, one that
//! speaks TLS, and a real Prometheus where one is installed.

#[cfg(test)]
mod ailing;
#[cfg(test)]
mod api;
#[cfg(test)]
mod play;
#[cfg(test)]
mod prometheus;
#[cfg(test)]
mod remote_read;
#[cfg(test)]
mod tls;
