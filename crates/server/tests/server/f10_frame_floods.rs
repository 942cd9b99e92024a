//! Frames that bring no request any further end the connection, and a request that is no message is
//! the client's fault.

use std::time::Duration;

use aecs_proto::{GetAecsStatusRequest, aecs_client::AecsClient};
use tokio::{
    io::AsyncWriteExt as _,
    time::{sleep, timeout},
};
use tonic::{Code, codegen::http};
use tower::ServiceBuilder;

use crate::{
    fake::{Fake, Server, limits},
    wire::{self, DATA, PING, PRIORITY, SETTINGS, WINDOW_UPDATE, assert_closes, frame},
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
    timeout(LONG, tokio::io::AsyncReadExt::read_exact(&mut slow, &mut answer))
        .await
        .unwrap()
        .unwrap();
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
