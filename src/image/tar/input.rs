//! Where a walk takes its bytes from: a slice of a mapped file, or a stream on a reused buffer.

use std::io::{self, Read};

/// A source of bytes that can be looked at and passed over.
pub trait Input {
    /// Bytes consumed so far.
    fn position(&self) -> u64;

    /// The next `count` bytes without consuming them; fewer at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]>;

    /// The next `count` bytes, consumed; fewer at the end.
    fn take(&mut self, count: usize) -> io::Result<&[u8]>;

    /// Passes over `count` bytes; how many there were.
    fn skip(&mut self, count: u64) -> io::Result<u64>;

    /// Whether bytes are there without being held in memory for it.
    fn is_mapped(&self) -> bool {
        false
    }
}

/// Bytes that lie in memory or in a mapped file.
///
/// `attend` is called with the position and the end of what is about to be looked at, whenever that end is past what
/// was attended to before; it answers up to where it has seen to things. So the owner of a map can bring pages in
/// ahead of a walk and give them back behind it. What is passed over is not attended to.
#[derive(Debug)]
pub struct SliceInput<'a, Attend: FnMut(usize, usize) -> usize = fn(usize, usize) -> usize> {
    bytes: &'a [u8],
    position: usize,
    attended: usize,
    attend: Attend,
}

impl<'a> SliceInput<'a> {
    /// Reads `bytes` from the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::attended(bytes, |_, _| usize::MAX)
    }
}

impl<'a, Attend: FnMut(usize, usize) -> usize> SliceInput<'a, Attend> {
    /// Reads `bytes` from the start, calling `attend` on the way.
    pub fn attended(bytes: &'a [u8], attend: Attend) -> Self {
        Self {
            bytes,
            position: 0,
            attended: 0,
            attend,
        }
    }

    /// The end of the next `count` bytes, attended to.
    fn reach(&mut self, count: usize) -> usize {
        let end = self.position.saturating_add(count).min(self.bytes.len());
        if end > self.attended {
            self.attended = (self.attend)(self.position, end);
        }
        end
    }
}

impl<Attend: FnMut(usize, usize) -> usize> Input for SliceInput<'_, Attend> {
    fn position(&self) -> u64 {
        self.position as u64
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let end = self.reach(count);
        Ok(&self.bytes[self.position..end])
    }

    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let end = self.reach(count);
        let start = std::mem::replace(&mut self.position, end);
        Ok(&self.bytes[start..end])
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let rest = self.bytes.len() - self.position;
        let step = usize::try_from(count).unwrap_or(usize::MAX).min(rest);
        self.position += step;
        Ok(step as u64)
    }

    fn is_mapped(&self) -> bool {
        true
    }
}

/// A stream, read through a buffer that grows only where a caller takes more than it holds.
#[derive(Debug)]
pub struct StreamInput<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    position: u64,
}

/// Small enough to stay in the second-level cache while an inflater fills it.
const BUFFER: usize = 128 << 10;

impl<R: Read> StreamInput<R> {
    /// Reads `reader` from where it stands.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            position: 0,
        }
    }

    /// The stream, with what was buffered dropped.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Fills the buffer until `count` bytes lie in it or the stream ends.
    fn fill(&mut self, count: usize) -> io::Result<usize> {
        if self.end - self.start >= count {
            return Ok(count);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end < count {
            if self.end == self.buffer.len() {
                // Grows with what really comes, so that a size that an archive merely claims costs nothing.
                let larger = (self.buffer.len() * 2).min(count).max(BUFFER);
                self.buffer.resize(larger, 0);
            }
            let read = self.read_some()?;
            if read == 0 {
                break;
            }
        }
        Ok((self.end - self.start).min(count))
    }

    /// One read into the free end of the buffer.
    fn read_some(&mut self) -> io::Result<usize> {
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Input for StreamInput<R> {
    fn position(&self) -> u64 {
        self.position
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let there = self.fill(count)?;
        Ok(&self.buffer[self.start..self.start + there])
    }

    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let there = self.fill(count)?;
        let start = self.start;
        self.start += there;
        self.position += there as u64;
        Ok(&self.buffer[start..start + there])
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        loop {
            let step = left.min((self.end - self.start) as u64);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "at most the buffer's length"
            )]
            let step_length = step as usize;
            self.start += step_length;
            self.position += step;
            left -= step;
            if left == 0 {
                return Ok(count);
            }
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > BUFFER {
                // One large file must not keep its buffer for the rest of the layer.
                self.buffer.truncate(BUFFER);
                self.buffer.shrink_to_fit();
            }
            if self.read_some()? == 0 {
                return Ok(count - left);
            }
        }
    }
}

/// The next `left` bytes of another input: one file of an outer archive.
#[derive(Debug)]
pub struct Bounded<'a, I: Input> {
    input: &'a mut I,
    start: u64,
    left: u64,
}

impl<'a, I: Input> Bounded<'a, I> {
    /// The next `length` bytes of `input`.
    pub fn new(input: &'a mut I, length: u64) -> Self {
        let start = input.position();
        Self {
            input,
            start,
            left: length,
        }
    }

    fn clamp(&self, count: usize) -> usize {
        usize::try_from(self.left).map_or(count, |left| left.min(count))
    }
}

impl<I: Input> Input for Bounded<'_, I> {
    fn position(&self) -> u64 {
        self.input.position() - self.start
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = self.clamp(count);
        self.input.peek(count)
    }

    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = self.clamp(count);
        let bytes = self.input.take(count)?;
        self.left -= bytes.len() as u64;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let skipped = self.input.skip(count.min(self.left))?;
        self.left -= skipped;
        Ok(skipped)
    }

    fn is_mapped(&self) -> bool {
        self.input.is_mapped()
    }
}

impl<I: Input> Read for Bounded<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What is buffered already comes first: asking for more than that would grow the input's buffer.
        let bytes = Input::take(self, buffer.len().min(BUFFER))?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(input: &mut impl Input) {
        assert_eq!(input.peek(3).unwrap(), b"012");
        assert_eq!(input.take(4).unwrap(), b"0123");
        assert_eq!(input.skip(2).unwrap(), 2);
        assert_eq!(input.position(), 6);
        let mut inner = Bounded::new(input, 2);
        assert_eq!(inner.peek(9).unwrap(), b"67");
        assert_eq!(inner.skip(9).unwrap(), 2);
        assert_eq!(Input::take(&mut inner, 1).unwrap(), b"");
        assert_eq!(inner.position(), 2);
        assert_eq!(input.take(9).unwrap(), b"89");
        assert_eq!(input.skip(1).unwrap(), 0);
        assert_eq!(input.position(), 10);
    }

    #[test]
    fn slices_and_streams_answer_alike() {
        exercise(&mut SliceInput::new(b"0123456789"));
        exercise(&mut StreamInput::new(&b"0123456789"[..]));
    }

    #[test]
    fn a_stream_takes_more_than_its_buffer() {
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * BUFFER).collect();
        let mut input = StreamInput::new(&bytes[..]);
        assert_eq!(input.skip(10).unwrap(), 10);
        assert_eq!(input.take(2 * BUFFER).unwrap(), &bytes[10..2 * BUFFER + 10]);
        assert_eq!(input.skip(u64::MAX).unwrap(), (BUFFER - 10) as u64);
    }

    #[test]
    fn what_is_looked_at_is_attended_to_and_what_is_passed_over_is_not() {
        let bytes = vec![0; 1000];
        let mut calls = Vec::new();
        let mut input = SliceInput::attended(&bytes, |from, to| {
            calls.push((from, to));
            to + 50
        });
        input.take(10).unwrap();
        input.take(50).unwrap();
        input.peek(10).unwrap();
        input.skip(800).unwrap();
        input.take(5000).unwrap();
        assert_eq!(calls, [(0, 10), (60, 70), (860, 1000)]);
    }
}
