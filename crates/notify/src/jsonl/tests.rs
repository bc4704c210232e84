//! Files as they are found after writing.

use std::sync::mpsc;

use super::*;

/// Appends lines and returns the current file and the rotated ones, oldest last.
fn write(rotation: Rotation, lines: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/events.jsonl");
    let mut file = RotatedFile::open(&path, rotation).unwrap();
    for line in lines {
        file.append(format!("{line}\n").as_bytes()).unwrap();
    }
    let paths = std::iter::once(path.clone()).chain((1..).map(|i| rotated(&path, i)));
    paths.map_while(|path| std::fs::read_to_string(path).ok()).collect()
}

#[test]
fn files_rotate_between_lines() {
    let rotation = Rotation { max_size: 8, max_files: 2 };
    assert_eq!(write(rotation, &["aaa", "bbb"]), ["aaa\nbbb\n"]);
    assert_eq!(write(rotation, &["aaa", "bbb", "c"]), ["c\n", "aaa\nbbb\n"]);
    assert_eq!(
        write(rotation, &["aaa", "bbb", "ccc", "d", "a line longer than a file", "f"]),
        ["f\n", "a line longer than a file\n", "ccc\nd\n"],
        "the oldest is gone"
    );
    assert_eq!(write(Rotation { max_size: 4, max_files: 0 }, &["aaa", "bbb"]), ["bbb\n"]);
}

#[test]
fn a_moved_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e");
    let mut file = RotatedFile::open(&path, Rotation::default()).unwrap();
    file.append(b"1\n").unwrap();
    std::fs::rename(&path, folder.path().join("moved")).unwrap();
    file.append(b"2\n").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "2\n");
}

/// Fails as often as told, then hands its lines over.
struct Flaky {
    failures: Vec<io::ErrorKind>,
    lines: mpsc::Sender<String>,
}

impl Write for Flaky {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.failures.pop() {
            return Err(kind.into());
        }
        self.lines.send(String::from_utf8(line.to_vec()).unwrap()).unwrap();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn line(text: &str) -> Arc<[u8]> {
    Arc::from(format!("{text}\n").as_bytes())
}

#[tokio::test]
async fn a_failed_line_is_written_with_the_next_one_in_order() {
    let (lines, written) = mpsc::channel();
    let failures = vec![io::ErrorKind::StorageFull];
    let sink = Lines::spawn(Sink::writer("test", Flaky { failures, lines })).unwrap();
    sink.push(line("1"));
    while sink.stats().errors == 0 {
        tokio::task::yield_now().await;
    }
    sink.push(line("2"));
    sink.drained().await;
    assert_eq!(written.try_iter().collect::<Vec<_>>(), ["1\n", "2\n"]);
    let stats = sink.stats();
    assert_eq!((stats.written, stats.errors, stats.dropped, stats.pending), (2, 1, 0, 0));
}

#[tokio::test]
async fn a_closed_pipe_ends_the_sink_quietly() {
    let (lines, _written) = mpsc::channel();
    let failures = vec![io::ErrorKind::BrokenPipe];
    let sink = Lines::spawn(Sink::writer("test", Flaky { failures, lines })).unwrap();
    sink.push(line("1"));
    sink.drained().await;
    sink.push(line("2"));
    let stats = sink.stats();
    assert_eq!((stats.written, stats.dropped, stats.pending), (0, 2, 0));
}

#[test]
fn a_file_that_can_not_be_written_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let error = Sink::file(folder.path(), Rotation::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot open the event file "), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_counted() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let sink = Lines::spawn(Sink::writer("full", full)).unwrap();
    sink.push(line("1"));
    while sink.stats().errors == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sink.stats().pending, 1);
    assert!(sink.stats().last_error.is_some());
}
