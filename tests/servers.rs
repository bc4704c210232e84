//! Real servers for the end-to-end tests: Prometheus, Alertmanager and Watchfire itself.
//!
//! Each listens on a free loopback port, keeps its data in a folder that the test owns, and is
//! stopped by process id when it is dropped. What it logged is printed if the test panics.
//! Where a program is not installed the tests say so and pass, unless `WATCHFIRE_REQUIRE_SERVERS`
//! is set. Start at [`require_or_skip`], then [`Prometheus`].

use std::{
    fmt::Debug,
    fs::{self, File},
    future::Future,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a server may take to become ready or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at something that is awaited.
const POLL: Duration = Duration::from_millis(50);

/// Whether all programs are installed. If one is not, says so and what to install; fails instead
/// where the environment demands servers.
pub(crate) fn require_or_skip(programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs.iter().copied().filter(|p| !installed(p)).collect();
    if missing.is_empty() {
        return true;
    }
    let message = format!(
        "{} not installed; on Debian: apt-get install prometheus prometheus-alertmanager",
        missing.join(", ")
    );
    assert!(std::env::var_os("WATCHFIRE_REQUIRE_SERVERS").is_none(), "{message}");
    // Past the test harness, which shows the output of failed tests only.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "skipped {test}: {message}");
    false
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The folder of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a program to its end; its exit must be 0. Returns what it printed, errors last.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(repository())
        .output()
        .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{text}", output.status);
    text
}

/// A client for loopback addresses.
pub(crate) fn http() -> reqwest::Client {
    static CLIENT: OnceLock<()> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .expect("a plain client")
}

/// Asks until there is an answer, and panics with the last refusal when `bound` has passed.
pub(crate) async fn eventually<T, E, F>(
    what: &str,
    bound: Duration,
    mut ask: impl FnMut() -> F,
) -> T
where
    E: Debug,
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + bound;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) if Instant::now() > deadline => {
                panic!("{what}: not within {bound:?}; last: {error:?}")
            }
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}

/// A program that runs until it is dropped.
#[derive(Debug)]
struct Process {
    name: &'static str,
    child: Option<Child>,
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
}

impl Process {
    fn start(
        name: &'static str,
        program: impl Into<PathBuf>,
        arguments: Vec<String>,
        folder: &Path,
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        let mut process = Self { name, child: None, program: program.into(), arguments, log };
        process.resume();
        process
    }

    /// Starts it again with the arguments that it had.
    fn resume(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let log = File::options().create(true).append(true).open(&self.log).expect("a log file");
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.name));
        self.child = Some(child);
    }

    /// Without a chance to clean up.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM, and the exit code; killed if it takes longer than a server may.
    fn terminate(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = child.try_wait() {
                return status.code();
            }
            std::thread::sleep(POLL);
        }
        let _ = child.kill();
        let _ = child.wait();
        None
    }

    /// Whether it ended by itself.
    fn ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(Some(_))))
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.terminate();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            let _ = writeln!(std::io::stderr(), "--- {} logged at last:\n{tail}", self.name);
        }
    }
}

/// A Prometheus with its data in a folder of the test.
#[derive(Debug)]
pub(crate) struct Prometheus {
    process: Process,
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    config: PathBuf,
}

impl Prometheus {
    /// Starts with this configuration and waits until it is ready.
    pub(crate) async fn start(folder: &Path, config_text: &str) -> Self {
        Self::start_with(folder, config_text, &[]).await
    }

    /// Starts with flags that other tests do without.
    pub(crate) async fn start_with(folder: &Path, config_text: &str, flags: &[&str]) -> Self {
        let config = folder.join("prometheus.yml");
        fs::write(&config, config_text).expect("the configuration of Prometheus");
        let address = free_address();
        let mut arguments = vec![
            format!("--config.file={}", config.display()),
            format!("--storage.tsdb.path={}", folder.join("prometheus").display()),
            format!("--web.listen-address={address}"),
            "--web.enable-lifecycle".to_owned(),
            "--log.level=warn".to_owned(),
        ];
        arguments.extend(flags.iter().map(|&flag| flag.to_owned()));
        let process = Process::start("prometheus", "prometheus", arguments, folder);
        let mut this = Self { process, url: format!("http://{address}"), config };
        this.ready().await;
        this
    }

    async fn ready(&mut self) {
        await_ready(&mut self.process, &format!("{}/-/ready", self.url)).await;
    }

    /// Replaces its configuration and makes it read it, and the rule files, again.
    pub(crate) async fn reload(&self, config_text: &str) {
        fs::write(&self.config, config_text).expect("the configuration of Prometheus");
        let answer =
            http().post(format!("{}/-/reload", self.url)).send().await.expect("Prometheus answers");
        assert!(
            answer.status().is_success(),
            "reload: {}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, with its address and data.
    pub(crate) async fn resume(&mut self) {
        self.process.resume();
        self.ready().await;
    }

    /// The result of an instant query.
    pub(crate) async fn query(&self, expr: &str) -> Result<Vec<Value>, String> {
        self.ask(&[("query", expr)]).await
    }

    /// The same at a time in milliseconds.
    pub(crate) async fn query_at(&self, expr: &str, t: i64) -> Result<Vec<Value>, String> {
        let time = format!("{}.{:03}", t / 1000, t % 1000);
        self.ask(&[("query", expr), ("time", &time)]).await
    }

    async fn ask(&self, form: &[(&str, &str)]) -> Result<Vec<Value>, String> {
        let url = format!("{}/api/v1/query", self.url);
        let answer = json(http().post(url).form(form)).await?;
        Ok(answer["data"]["result"].as_array().cloned().unwrap_or_default())
    }
}

/// A VictoriaMetrics with its data in a folder of the test.
#[derive(Debug)]
pub(crate) struct VictoriaMetrics {
    _process: Process,
    /// Its address, without a slash at the end.
    pub(crate) url: String,
}

impl VictoriaMetrics {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(folder: &Path) -> Self {
        let address = free_address();
        let arguments = vec![
            format!("-storageDataPath={}", folder.join("victoria").display()),
            format!("-httpListenAddr={address}"),
            "-loggerLevel=WARN".to_owned(),
        ];
        let mut process = Process::start("victoria", "victoria-metrics", arguments, folder);
        let url = format!("http://{address}");
        await_ready(&mut process, &format!("{url}/health")).await;
        Self { _process: process, url }
    }
}

/// An Alertmanager with its data in a folder of the test.
#[derive(Debug)]
pub(crate) struct Alertmanager {
    process: Process,
    /// Its address, without a slash at the end.
    pub(crate) url: String,
}

impl Alertmanager {
    /// Starts with this configuration and waits until it is ready.
    pub(crate) async fn start(folder: &Path, config_text: &str) -> Self {
        let config = folder.join("alertmanager.yml");
        fs::write(&config, config_text).expect("the configuration of Alertmanager");
        let address = free_address();
        let arguments = vec![
            format!("--config.file={}", config.display()),
            format!("--storage.path={}", folder.join("alertmanager").display()),
            format!("--web.listen-address={address}"),
            "--cluster.listen-address=".to_owned(),
            "--log.level=warn".to_owned(),
        ];
        let process = Process::start("alertmanager", "prometheus-alertmanager", arguments, folder);
        let mut this = Self { process, url: format!("http://{address}") };
        this.ready().await;
        this
    }

    async fn ready(&mut self) {
        await_ready(&mut self.process, &format!("{}/-/ready", self.url)).await;
    }

    /// Host and port, as `alerting` in a configuration names it.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, with its address and data.
    pub(crate) async fn resume(&mut self) {
        self.process.resume();
        self.ready().await;
    }

    /// Hands it alerts, as its API takes them.
    pub(crate) async fn post(&self, alerts: &Value) {
        let answer = http().post(format!("{}/api/v2/alerts", self.url)).json(alerts).send().await;
        let answer = answer.expect("Alertmanager answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// The alerts that it shows as active, as its API has them.
    pub(crate) async fn alerts(&self) -> Result<Vec<Value>, String> {
        let answer = json(http().get(format!("{}/api/v2/alerts", self.url))).await?;
        answer.as_array().cloned().ok_or_else(|| format!("not a list: {answer}"))
    }

    /// The active alert with this name.
    pub(crate) async fn alert(&self, name: &str) -> Result<Value, String> {
        let alerts = self.alerts().await?;
        let found = alerts.iter().find(|alert| alert["labels"]["alertname"] == name);
        found.cloned().ok_or_else(|| format!("no {name} in {alerts:?}"))
    }
}

/// `watchfire run` with a configuration of the test.
#[derive(Debug)]
pub(crate) struct Watchfire {
    process: Process,
}

impl Watchfire {
    /// Starts the sidecar; it has no address of its own to wait for.
    pub(crate) fn run(folder: &Path, config_text: &str) -> Self {
        let config = folder.join("watchfire.yml");
        fs::write(&config, config_text).expect("the configuration of Watchfire");
        let arguments = vec!["run".to_owned(), "--config".to_owned(), config.display().to_string()];
        Self {
            process: Process::start(
                "watchfire",
                env!("CARGO_BIN_EXE_watchfire"),
                arguments,
                folder,
            ),
        }
    }

    /// SIGTERM; the exit code, if it stopped in time.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.process.terminate()
    }

    /// Whether it gave up.
    pub(crate) fn ended(&mut self) -> bool {
        self.process.ended()
    }

    /// What it printed so far.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}

async fn await_ready(process: &mut Process, url: &str) {
    let client = http();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client.get(url).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        assert!(!process.ended(), "{} ended at once:\n{}", process.name, process.log());
        assert!(Instant::now() < deadline, "{} is not ready:\n{}", process.name, process.log());
        tokio::time::sleep(POLL).await;
    }
}

async fn json(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
    answer.json().await.map_err(|error| format!("{error:?}"))
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address").to_string()
}
