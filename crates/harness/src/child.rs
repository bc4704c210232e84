//! A program under measurement: started on loopback, ended by its id when it is dropped.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use server::process::Usage;
use tokio::{process, time::Instant};

use crate::{BenchError, exposition::Exposition};

/// How long a program may take to become ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at something that is awaited.
const POLL: Duration = Duration::from_millis(50);

/// A program that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    /// Its name in reports.
    pub(crate) name: &'static str,
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
    process: process::Child,
    pid: u32,
    log: PathBuf,
}

impl Child {
    /// Starts a program that will listen on `address`, and waits until it says that it is ready.
    pub(crate) async fn start(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        address: &str,
        folder: &Path,
    ) -> Result<Self, BenchError> {
        let failed = |cause| BenchError::Start { program: program.display().to_string(), cause };
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).map_err(failed)?;
        let process = process::Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let pid = process.id().expect("it was not waited for");
        let mut child = Self { name, url: format!("http://{address}"), process, pid, log };
        child.ready().await?;
        Ok(child)
    }

    async fn ready(&mut self) -> Result<(), BenchError> {
        // vmalert and VictoriaMetrics have no address for readiness; metrics all have.
        let url = format!("{}/metrics", self.url);
        let ready = format!("{}/-/ready", self.url);
        let client = client();
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.check()?;
            let is_success = async |url: &str| match client.get(url).send().await {
                Ok(answer) if answer.status().as_u16() == 503 => false,
                Ok(_) => true,
                Err(_) => false,
            };
            if is_success(&url).await && is_success(&ready).await {
                return Ok(());
            }
            if Instant::now() > deadline {
                let (program, seconds) = (self.name.to_owned(), PATIENCE.as_secs());
                return Err(BenchError::NotReady { program, seconds, log: self.log_tail() });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Fails once it has ended.
    pub(crate) fn check(&mut self) -> Result<(), BenchError> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(BenchError::Ended { program: self.name.to_owned(), log: self.log_tail() }),
        }
    }

    /// What the kernel counts of it.
    pub(crate) fn usage(&mut self) -> Result<Usage, BenchError> {
        self.check()?;
        Usage::of(self.pid).map_err(BenchError::io(format!("/proc of {}", self.name)))
    }

    /// What it counts itself.
    pub(crate) async fn metrics(&mut self) -> Result<Exposition, BenchError> {
        self.check()?;
        let url = format!("{}/metrics", self.url);
        let failed =
            |e: reqwest::Error| BenchError::Answer { url: url.clone(), message: e.to_string() };
        let answer = client().get(&url).send().await.map_err(failed)?;
        let answer = answer.error_for_status().map_err(failed)?;
        answer.text().await.map(Exposition::new).map_err(failed)
    }

    /// Asks it to read its configuration again.
    pub(crate) async fn reload(&mut self) -> Result<(), BenchError> {
        let url = format!("{}/-/reload", self.url);
        let failed =
            |e: reqwest::Error| BenchError::Answer { url: url.clone(), message: e.to_string() };
        let answer = client().post(&url).send().await.map_err(failed)?;
        answer.error_for_status().map(drop).map_err(failed)
    }

    /// Ends it and waits until it is gone.
    pub(crate) async fn end(mut self) {
        // It may have ended already.
        let _ = self.process.kill().await;
    }

    fn log_tail(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        excerpt(&String::from_utf8_lossy(&log))
    }
}

/// The lines of a log that say what went wrong, or else its last ones.
fn excerpt(log: &str) -> String {
    let lines = || log.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.to_ascii_lowercase().contains("err");
    let mut shown: Vec<&str> = lines().filter(is_error).take(2).collect();
    if shown.is_empty() {
        shown = lines().collect();
        shown.drain(..shown.len().saturating_sub(3));
    }
    if shown.is_empty() { "it logged nothing".to_owned() } else { shown.join(" | ") }
}

/// A client for loopback addresses.
pub(crate) fn client() -> reqwest::Client {
    static CLIENT: std::sync::OnceLock<reqwest::Client> = std::sync::OnceLock::new();
    let make = || {
        // Fails where a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(2));
        builder.tcp_nodelay(true).build().expect("a plain client")
    };
    CLIENT.get_or_init(make).clone()
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> Result<String, BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0");
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.to_string()).map_err(BenchError::io("a free port"))
}

/// Where a program is found, if it is installed.
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_shortened_to_what_went_wrong() {
        assert_eq!(excerpt("\n  \n"), "it logged nothing");
        assert_eq!(excerpt("a\nb\n\nc\nd\n"), "b | c | d");
        assert_eq!(excerpt("start\nlevel=error x\n | y\n"), "level=error x");
    }

    #[tokio::test]
    async fn what_ends_by_itself_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["-c".to_owned(), "echo an error; exit 3".to_owned()];
        let sh = Path::new("/bin/sh");
        let started = Child::start("sh", sh, &arguments, "127.0.0.1:9", folder.path()).await;
        assert_eq!(started.unwrap_err().to_string(), "sh ended by itself: an error");
        let none = Path::new("/nowhere/at/all");
        let started = Child::start("none", none, &[], "127.0.0.1:9", folder.path()).await;
        assert!(matches!(started, Err(BenchError::Start { .. })));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_dropped_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let process = process::Command::new("/bin/sleep").arg("60").kill_on_drop(true).spawn();
        let process = process.unwrap();
        let pid = process.id().unwrap();
        let url = "http://127.0.0.1:9".to_owned();
        let mut child = Child { name: "sleep", url, process, pid, log };
        assert!(child.usage().is_ok());
        drop(child);
        // It is gone, or dead and not yet waited for.
        let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let is_gone = || state().is_empty() || state().contains(") Z ");
        while !is_gone() {
            tokio::time::sleep(POLL).await;
        }
    }
}
