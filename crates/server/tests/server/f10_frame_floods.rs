//! Frames that bring no request any further end the connection, and a request that is no message is
//! the client's fault.

use std::time::Duration;

use aecs_proto::{GetAecsStatusRequest, aecs_client::AecsClient};
use aecs_server::serve::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};
use tonic::{Code, codegen::http, transport::Channel};
use tower::ServiceBuilder;

use crate::{
    fake::{Fake, Server, limits},
    wire::{
        self, DATA, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, assert_closes,
        frame,
    },
};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn f10_floods_end_the_connection() {
    let server = Server::start(&Fake::new(), limits()).await;
    let floods: [(u8, u32, &[u8]); 5] = [
        (PING, 0, &[0; 8]),
        (SETTINGS, 0, &[]),
        (PRIORITY, 1, &[0, 0, 0, 0, 1]),
        (WINDOW_UPDATE, 0, &[0, 0, 0, 1]),
        // A kind that HTTP/2 does not know, and says to ignore.
        (0xBE, 0, &[]),
    ];
    for (kind, stream, payload) in floods {
        let mut flood = wire::open(server.address).await;
        // A request under way does not make it better.
        flood.write_all(&wire::request(1, "/kubetee.Aecs/GetAecsStatus")).await.unwrap();
        let frames = frame(kind, 0, stream, payload).repeat(100);
        let sent = async { while flood.write_all(&frames).await.is_ok() {} };
        // Until the server hangs up, or until it takes nothing more because its answers are not
        // read.
        let _ = timeout(Duration::from_secs(2), sent).await;
        assert_closes(&mut flood).await;
    }
    let mut client = server.client().await;
    client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
}

#[tokio::test]
async fn f10_frames_that_go_with_requests_are_no_flood() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut client = server.client().await;
    for _ in 0..3000 {
        client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
    }
    let mut slow = wire::open(server.address).await;
    slow.write_all(&wire::request(1, "/kubetee.Aecs/GetAecsStatus")).await.unwrap();
    for byte in [0_u8; 5] {
        slow.write_all(&frame(DATA, 0, 1, &[byte])).await.unwrap();
        slow.write_all(&frame(PING, 0, 0, &[0; 8])).await.unwrap();
        sleep(Duration::from_millis(1)).await;
    }
    slow.write_all(&frame(DATA, 1, 1, &[])).await.unwrap();
    let mut answer = [0; 9];
    timeout(LONG, slow.read_exact(&mut answer)).await.unwrap().unwrap();
}

#[tokio::test]
async fn f10_malformed_protobuf_is_an_invalid_argument() {
    let server = Server::start(&Fake::new(), limits()).await;
    // Field 2 of the status request is bytes; of an application's call it is text.
    let channel = server.channel().await.unwrap();
    let other_path = ServiceBuilder::new()
        .map_request(|mut request: http::Request<tonic::body::Body>| {
            let mut parts = request.uri().clone().into_parts();
            parts.path_and_query = Some("/kubetee.Aecs/TaRemoteCall".parse().unwrap());
            *request.uri_mut() = http::Uri::from_parts(parts).unwrap();
            request
        })
        .service(channel);
    let mut client: AecsClient<_> = AecsClient::new(other_path);
    let request = GetAecsStatusRequest { nonce: vec![0xFF; 16], ..Default::default() };
    let status = client.get_aecs_status(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert!(status.message().contains("UTF-8"), "{status}");
    assert!(status.message().ends_with(" | Error code: 0xA0000000"), "{status}");
}

/// The value of SETTINGS_MAX_CONCURRENT_STREAMS that the server begins a connection with.
async fn allowed_streams(connection: &mut TcpStream) -> u32 {
    let mut head = [0; 9];
    connection.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], SETTINGS);
    let mut settings = vec![0; usize::from(head[2])];
    connection.read_exact(&mut settings).await.unwrap();
    let most = settings.chunks(6).find(|setting| setting[..2] == [0, 3]).unwrap();
    u32::from_be_bytes(most[2..].try_into().unwrap())
}

#[tokio::test]
async fn f10_many_connections_have_few_requests_open_each() {
    let limits = Limits { max_buffered_bytes: 256 * 1024, max_connections: 8, ..limits() };
    let server = Server::start(&Fake::new(), limits).await;
    let (mut connections, mut allowed) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let mut connection = wire::open(server.address).await;
        allowed.push(timeout(LONG, allowed_streams(&mut connection)).await.unwrap());
        connections.push(connection);
    }
    assert_eq!(allowed, [32, 16, 10, 8]);

    // One request more is refused by itself: RST_STREAM with REFUSED_STREAM, which says that it may
    // be repeated.
    let mut last = connections.pop().unwrap();
    for number in 0..9 {
        last.write_all(&wire::request(2 * number + 1, "/kubetee.Aecs/GetAecsStatus"))
            .await
            .unwrap();
    }
    let refused = frame(3, 0, 17, &[0, 0, 0, 7]);
    let mut answers = Vec::new();
    let found = async {
        while !answers.windows(refused.len()).any(|bytes| bytes == refused) {
            assert_ne!(last.read_buf(&mut answers).await.unwrap(), 0);
        }
    };
    timeout(LONG, found).await.unwrap();
}

/// A hundred calls at once, all of which succeed.
async fn calls_at_once(client: &AecsClient<Channel>) {
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let mut client = client.clone();
            tokio::spawn(
                async move { client.get_aecs_status(GetAecsStatusRequest::default()).await },
            )
        })
        .collect();
    for call in calls {
        timeout(LONG, call).await.unwrap().unwrap().unwrap();
    }
}

/// As hyper and gRPC begin, which have not read the server's settings yet.
#[tokio::test]
async fn f10_a_client_may_begin_with_a_hundred_calls() {
    const CALLS: u32 = 100;
    let server = Server::start(&Fake::new(), limits()).await;
    let mut client = wire::open(server.address).await;
    let mut requests = Vec::new();
    for number in 0..CALLS {
        let stream = 2 * number + 1;
        requests.extend(wire::request(stream, "/kubetee.Aecs/GetAecsStatus"));
        requests.extend(frame(DATA, 1, stream, &[0; 5]));
    }
    client.write_all(&requests).await.unwrap();
    let mut answers = 0;
    while answers < CALLS {
        let mut head = [0; 9];
        timeout(LONG, client.read_exact(&mut head)).await.expect("it answers").unwrap();
        let [_, high, low, kind, flags, ..] = head;
        let mut payload = vec![0; u16::from_be_bytes([high, low]).into()];
        client.read_exact(&mut payload).await.unwrap();
        assert_ne!(kind, RST_STREAM, "after {answers} answers");
        // Trailers end an answer.
        answers += u32::from(kind == HEADERS && flags & 1 != 0);
    }
}

#[tokio::test]
async fn f10_a_client_that_knows_its_limit_keeps_to_it() {
    let limits = Limits { max_buffered_bytes: 64 * 1024, ..limits() };
    let server = Server::start(&Fake::new(), limits).await;
    let mut client = server.client().await;
    client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
    calls_at_once(&client).await;
}
