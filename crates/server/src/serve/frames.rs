//! Counts the frames of an HTTP/2 connection before the HTTP/2 library works on them.
//!
//! A frame costs the server much more than its sender, and most kinds bring no request any further:
//! PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA. A client has an allowance of frames, which
//! grows with what a client needs such frames for: requests, data in either direction, and time.
//! When it is used up, the connection ends.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::seats::Vitals;

/// What comes before the first frame (RFC 9113, section 3.4).
const PREFACE: usize = 24;
const HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Frames that a client may have in advance.
const ALLOWANCE: u64 = 1000;
/// What a request brings: window updates, pings and settings that go with it.
const PER_REQUEST: u64 = 16;
/// Bytes in either direction that bring one frame.
const BYTES_PER_FRAME: u64 = 1024;
/// Time that brings one frame.
const TIME_PER_FRAME: Duration = Duration::from_millis(20);

/// A stream whose frames are counted.
pub(super) struct Counted<S> {
    stream: S,
    vitals: Arc<Vitals>,
    frames: Frames,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S, vitals: Arc<Vitals>) -> Self {
        Self { stream, vitals, frames: Frames::new(Instant::now()) }
    }
}

/// Where in a connection's frames the reader is, and what its client may still send.
struct Frames {
    /// Bytes to come that are of no interest: the preface, the payload of a frame.
    skip: usize,
    header: [u8; HEADER],
    filled: usize,
    /// Headers have begun, and not ended.
    in_headers: bool,
    allowance: u64,
    bytes: u64,
    /// Until when time has been counted.
    counted: Instant,
}

/// A client sent more frames without progress than it may.
#[derive(Debug, thiserror::Error)]
#[error("too many HTTP/2 frames without progress")]
struct Flood;

impl Frames {
    fn new(now: Instant) -> Self {
        Self {
            skip: PREFACE,
            header: [0; HEADER],
            filled: 0,
            in_headers: false,
            allowance: ALLOWANCE,
            bytes: 0,
            counted: now,
        }
    }

    /// Reads what came; false if the client has sent too many frames.
    fn read(&mut self, mut bytes: &[u8], now: Instant) -> bool {
        while let Some((first, rest)) = bytes.split_first() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            if let Some(place) = self.header.get_mut(self.filled) {
                *place = *first;
            }
            self.filled += 1;
            bytes = rest;
            if self.filled == HEADER {
                self.filled = 0;
                if !self.frame(now) {
                    return false;
                }
            }
        }
        true
    }

    /// Counts the frame whose header has come.
    fn frame(&mut self, now: Instant) -> bool {
        let [a, b, c, kind, flags, ..] = self.header;
        let len = u32::from_be_bytes([0, a, b, c]);
        self.skip = usize::try_from(len).unwrap_or(usize::MAX);
        match kind {
            HEADERS => self.earn(PER_REQUEST),
            DATA => self.moved(len.into()),
            _ => {}
        }
        if matches!(kind, HEADERS | CONTINUATION) {
            self.in_headers = flags & END_HEADERS == 0;
        }
        if self.allowance == 0 {
            let passed = now.saturating_duration_since(self.counted).as_millis();
            let frames = passed / TIME_PER_FRAME.as_millis();
            self.earn(u64::try_from(frames).unwrap_or(u64::MAX));
            self.counted = now;
        }
        match self.allowance.checked_sub(1) {
            Some(rest) => {
                self.allowance = rest;
                true
            }
            None => false,
        }
    }

    /// Data has gone in either direction.
    fn moved(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.earn(self.bytes / BYTES_PER_FRAME);
        self.bytes %= BYTES_PER_FRAME;
    }

    fn earn(&mut self, frames: u64) {
        self.allowance = self.allowance.saturating_add(frames).min(ALLOWANCE);
    }

    /// Whether the client has begun something that is not whole.
    fn is_partial(&self) -> bool {
        self.skip > 0 || self.filled > 0 || self.in_headers
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let came = buffer.filled().get(before..).unwrap_or_default();
        let within = self.frames.read(came, Instant::now());
        self.vitals.set_partial(self.frames.is_partial());
        Poll::Ready(if within { Ok(()) } else { Err(io::Error::other(Flood)) })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.frames.moved(u64::try_from(written).unwrap_or(u64::MAX));
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices))?;
        self.frames.moved(u64::try_from(written).unwrap_or(u64::MAX));
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream, DuplexStream, duplex},
        time::{advance, timeout},
    };

    use super::{super::seats::Seats, *};

    const PING: u8 = 6;

    fn frame(kind: u8, flags: u8, len: u16) -> Vec<u8> {
        let [high, low] = len.to_be_bytes();
        let mut frame = vec![0, high, low, kind, flags, 0, 0, 0, 1];
        frame.extend(std::iter::repeat_n(0, len.into()));
        frame
    }

    /// How many frames without progress are accepted: frames without a payload, of which nothing
    /// would be left to read after one that is refused.
    fn left(frames: &mut Frames, now: Instant) -> usize {
        (0..).take_while(|_| frames.read(&frame(PING, 0, 0), now)).count()
    }

    /// A client, and its connection, which writes nothing before it is flushed.
    fn connection() -> (DuplexStream, Counted<BufStream<DuplexStream>>, Arc<Vitals>) {
        let vitals = Seats::new(1).take(([10, 0, 0, 1], 1).into()).unwrap().vitals.clone();
        drop(vitals.work());
        let (client, stream) = duplex(1024);
        (client, Counted::new(BufStream::new(stream), vitals.clone()), vitals)
    }

    fn begun(now: Instant) -> Frames {
        let mut frames = Frames::new(now);
        assert!(frames.read(&[b'x'; PREFACE], now));
        frames
    }

    #[test]
    fn f10_frames_without_progress_end_and_time_brings_some() {
        let now = Instant::now();
        let mut frames = begun(now);
        let ping = frame(PING, 0, 8);
        for _ in 0..ALLOWANCE {
            assert!(frames.read(&ping, now));
        }
        let later = now + 3 * TIME_PER_FRAME;
        assert!((0..3).all(|_| frames.read(&ping, later)));
        assert!(!frames.read(&ping, later));
    }

    #[test]
    fn f10_requests_and_data_bring_frames() {
        let now = Instant::now();
        let mut frames = begun(now);
        for _ in 0..10_000 {
            assert!(frames.read(&frame(HEADERS, END_HEADERS, 40), now));
            assert!(frames.read(&frame(DATA, 1, 200), now));
            assert!((0..12).all(|_| frames.read(&frame(PING, 0, 8), now)));
        }
        let mut empty = begun(now);
        assert!(!(0..2 * ALLOWANCE).all(|_| empty.read(&frame(DATA, 0, 0), now)));
        empty.moved(100 * BYTES_PER_FRAME);
        assert!((0..100).all(|_| empty.read(&frame(DATA, 0, 0), now)));
    }

    #[test]
    fn f10_data_bring_a_frame_for_each_kibibyte() {
        let now = Instant::now();
        let mut frames = begun(now);
        assert_eq!(left(&mut frames, now), usize::try_from(ALLOWANCE).unwrap());
        // Each frame of data costs one.
        assert!(frames.read(&frame(DATA, 0, 5 * 1024 + 512), now));
        assert_eq!(left(&mut frames, now), 4);
        frames.moved(511);
        assert_eq!(left(&mut frames, now), 0);
        frames.moved(1);
        assert_eq!(left(&mut frames, now), 1);
    }

    #[test]
    fn f10_what_data_bring_is_not_saved_up() {
        let now = Instant::now();
        let mut frames = begun(now);
        frames.moved(10 * ALLOWANCE * BYTES_PER_FRAME);
        for _ in 0..ALLOWANCE {
            assert!(frames.read(&frame(PING, 0, 8), now));
        }
        assert!(!frames.read(&frame(PING, 0, 8), now));
    }

    #[tokio::test(start_paused = true)]
    async fn h05_half_a_frame_after_a_whole_request_is_owed() {
        let (mut client, mut connection, vitals) = connection();
        let ping = frame(PING, 0, 8);
        client.write_all(&[&[b'x'; PREFACE], &ping[..4]].concat()).await.unwrap();
        assert_eq!(connection.read(&mut [0; 64]).await.unwrap(), PREFACE + 4);
        advance(Duration::from_secs(1)).await;
        assert_eq!(vitals.owes(), Duration::from_secs(1));
        client.write_all(&ping[4..]).await.unwrap();
        assert_eq!(connection.read(&mut [0; 64]).await.unwrap(), ping.len() - 4);
        assert_eq!(vitals.owes(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_is_flushed_and_ends() {
        let (mut client, mut connection, _) = connection();
        assert!(connection.is_write_vectored(), "as its stream");
        connection.write_all(b"written").await.unwrap();
        connection.flush().await.unwrap();
        let mut came = [0; 7];
        let read = timeout(Duration::from_secs(1), client.read_exact(&mut came));
        read.await.expect("it was flushed").unwrap();
        assert_eq!(&came, b"written");
        connection.write_all(b"rest").await.unwrap();
        connection.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let read = timeout(Duration::from_secs(1), client.read_to_end(&mut rest));
        read.await.expect("it has ended").unwrap();
        assert_eq!(rest, b"rest");
    }

    #[test]
    fn h05_what_is_not_whole_is_known() {
        let now = Instant::now();
        let mut frames = Frames::new(now);
        assert!(frames.is_partial());
        assert!(frames.read(&[b'x'; PREFACE], now));
        assert!(!frames.is_partial());
        let bytes = frame(HEADERS, 0, 3);
        for byte in &bytes[..bytes.len() - 1] {
            assert!(frames.read(&[*byte], now));
            assert!(frames.is_partial());
        }
        assert!(frames.read(&[0], now));
        assert!(frames.is_partial(), "CONTINUATION has to follow");
        assert!(frames.read(&frame(CONTINUATION, END_HEADERS, 0), now));
        assert!(!frames.is_partial());
    }
}
