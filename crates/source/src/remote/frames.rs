//! A stream of frames: length, checksum (CRC-32 of Castagnoli, big-endian), message (prometheus
//! `storage/remote/chunked.go`).

use std::io::{self, Read};

use super::Unusable;

/// The frames that are left.
pub(super) struct Frames<R> {
    from: R,
    /// How many frames there were.
    n: u64,
    /// Where the next one begins, in bytes.
    at: u64,
    limit: u64,
    message: Vec<u8>,
}

impl<R: Read> Frames<R> {
    /// Messages are `limit` bytes long at most.
    pub(super) fn new(from: R, limit: u64) -> Self {
        Self { from, n: 0, at: 0, limit, message: Vec::new() }
    }

    /// The next message; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Unusable> {
        let Some((length, head)) = self.length()? else { return Ok(None) };
        if length > self.limit {
            return Err(Unusable::TooLarge);
        }
        let mut checksum = [0; 4];
        self.from.read_exact(&mut checksum).map_err(|e| self.ends("checksum", &e))?;
        self.message.clear();
        // Room is made as bytes come, not because a length says so.
        let read = (&mut self.from).take(length).read_to_end(&mut self.message);
        let n = read.map_err(|e| self.ends("message", &e))? as u64;
        if n < length {
            return Err(self.wrong(&format!("it has {n} bytes of {length}")));
        }
        if crc32c::crc32c(&self.message) != u32::from_be_bytes(checksum) {
            return Err(self.wrong("its checksum is another"));
        }
        self.n += 1;
        self.at += head + 4 + length;
        Ok(Some(&self.message))
    }

    /// What is wrong with the frame that was read last.
    pub(super) fn wrong_message(&self, message: &str) -> Unusable {
        Unusable::Malformed(format!("frame {}: {message}", self.n))
    }

    /// A frame's length and how many bytes tell it.
    fn length(&mut self) -> Result<Option<(u64, u64)>, Unusable> {
        let mut length = 0;
        for nth in 0..10 {
            let mut byte = [0];
            match self.from.read_exact(&mut byte) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof && nth == 0 => return Ok(None),
                Err(e) => return Err(self.ends("length", &e)),
            }
            if nth == 9 && byte[0] > 1 {
                break;
            }
            length |= u64::from(byte[0] & 0x7f) << (7 * nth);
            if byte[0] < 0x80 {
                return Ok(Some((length, nth + 1)));
            }
        }
        Err(self.wrong("its length is no number"))
    }

    fn ends(&self, part: &str, e: &io::Error) -> Unusable {
        match e.kind() {
            io::ErrorKind::UnexpectedEof => self.wrong(&format!("it ends in its {part}")),
            _ => self.wrong(&format!("its {part} can not be read: {e}")),
        }
    }

    fn wrong(&self, message: &str) -> Unusable {
        let (nth, at) = (self.n + 1, self.at);
        Unusable::Malformed(format!("frame {nth}, which begins at byte {at}: {message}"))
    }
}

#[cfg(test)]
pub(super) fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    prost::encode_length_delimiter(message.len(), &mut frame).unwrap();
    frame.extend(crc32c::crc32c(message).to_be_bytes());
    frame.extend(message);
    frame
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut frames = Frames::new(bytes, 1000);
        let mut messages = Vec::new();
        loop {
            match frames.next() {
                Ok(Some(message)) => messages.push(message.to_vec()),
                Ok(None) => return Ok(messages),
                Err(e) => return Err(format!("{e:?}")),
            }
        }
    }

    #[test]
    fn frames_that_are_damaged_are_told() {
        let whole = [frame(b"one"), frame(&[7; 300]), frame(b"")].concat();
        let messages = vec![b"one".to_vec(), vec![7; 300], Vec::new()];
        assert_eq!(read(&whole), Ok(messages));
        // The check value of this polynomial.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        let check = |bytes: &[u8], expect: &str| {
            let message = read(bytes).unwrap_err();
            assert!(message.contains(expect), "{message}");
        };
        check(&whole[..10], "frame 2, which begins at byte 8: it ends in its checksum");
        check(&whole[..9], "it ends in its length");
        check(&whole[..20], "it has 6 bytes of 300");
        let mut damaged = whole.clone();
        damaged[100] ^= 1;
        check(&damaged, "frame 2, which begins at byte 8: its checksum is another");
        check(&[0xff; 12], "frame 1, which begins at byte 0: its length is no number");
        check(&[0xff, 0xff, 0xff, 0xff, 0x7f], "TooLarge");
        // What Prometheus writes behind a status that it can not take back.
        check(b"exceeded something, and more text than that\n", "frame 1");
    }

    #[test]
    fn every_cut_is_an_error_but_at_the_end_of_a_frame() {
        let whole = [frame(b"one"), frame(b"three")].concat();
        for n in 0..whole.len() {
            assert_eq!(read(&whole[..n]).is_ok(), n == 0 || n == 8, "{n} bytes");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_messages_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let _ = read(&bytes);
        }
    }
}
