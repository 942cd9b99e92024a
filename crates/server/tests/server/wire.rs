//! HTTP/2 as no library would speak it: frames one by one.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const WINDOW_UPDATE: u8 = 8;
const END_HEADERS: u8 = 4;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [len[1], len[2], len[3], kind, flags];
    [&head, &stream.to_be_bytes()[..], payload].concat()
}

/// The headers of a gRPC request whose body is to follow.
pub(crate) fn request(stream: u32, path: &str) -> Vec<u8> {
    fn literal(block: &mut Vec<u8>, name: &[u8], value: &str) {
        block.extend_from_slice(name);
        block.push(u8::try_from(value.len()).unwrap());
        block.extend_from_slice(value.as_bytes());
    }
    // POST and http from the static table, then literals with names of the static table.
    let mut block = vec![0x83, 0x86];
    literal(&mut block, &[0x04], path);
    literal(&mut block, &[0x01], "aecs");
    literal(&mut block, &[0x0F, 0x10], "application/grpc");
    literal(&mut block, &[0x00, 0x02, b't', b'e'], "trailers");
    frame(HEADERS, END_HEADERS, stream, &block)
}

/// A connection that has been opened properly.
pub(crate) async fn open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

/// The server ends the connection, whatever it says before.
pub(crate) async fn assert_closes(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    // A reset is an end, too.
    let _ = ended.expect("the connection is closed");
}
