//! The bare server: tonic and hyper as the real one has them, and answers that are ready. What it
//! costs is what gRPC costs for messages of these sizes.

use std::{
    fs,
    io::{Write as _, stderr},
    path::Path,
};

use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, GetAecsStatusRequest, GetAecsStatusResponse,
    GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse, GetRemoteSecretRequest,
    GetRemoteSecretResponse, SyncWithRemoteAecsRequest, SyncWithRemoteAecsResponse,
    TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest, TaSessionCallResponse,
    aecs_server::{Aecs, AecsServer},
};
use anyhow::Result;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, async_trait};

const STATUS: &str = "status";
const GET: &str = "get";
const SESSION: &str = "session";

/// Answers of the real server.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) status: GetAecsStatusResponse,
    pub(crate) get: TaRemoteCallResponse,
    pub(crate) session: TaSessionCallResponse,
}

impl Answers {
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join(STATUS), self.status.encode_to_vec())?;
        fs::write(folder.join(GET), self.get.encode_to_vec())?;
        Ok(fs::write(folder.join(SESSION), self.session.encode_to_vec())?)
    }

    fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            status: Message::decode(fs::read(folder.join(STATUS))?.as_slice())?,
            get: Message::decode(fs::read(folder.join(GET))?.as_slice())?,
            session: Message::decode(fs::read(folder.join(SESSION))?.as_slice())?,
        })
    }
}

#[async_trait]
impl Aecs for Answers {
    async fn get_aecs_status(
        &self,
        _: Request<GetAecsStatusRequest>,
    ) -> Result<Response<GetAecsStatusResponse>, Status> {
        Ok(Response::new(self.status.clone()))
    }

    async fn ta_remote_call(
        &self,
        _: Request<TaRemoteCallRequest>,
    ) -> Result<Response<TaRemoteCallResponse>, Status> {
        Ok(Response::new(self.get.clone()))
    }

    async fn ta_session_call(
        &self,
        _: Request<TaSessionCallRequest>,
    ) -> Result<Response<TaSessionCallResponse>, Status> {
        Ok(Response::new(self.session.clone()))
    }

    async fn sync_with_remote_aecs(
        &self,
        _: Request<SyncWithRemoteAecsRequest>,
    ) -> Result<Response<SyncWithRemoteAecsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_remote_secret(
        &self,
        _: Request<GetRemoteSecretRequest>,
    ) -> Result<Response<GetRemoteSecretResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn aecs_admin_remote_call(
        &self,
        _: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn service_admin_remote_call(
        &self,
        _: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_enclave_secret_public(
        &self,
        _: Request<GetEnclaveSecretPublicRequest>,
    ) -> Result<Response<GetEnclaveSecretPublicResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// Serves until the process is killed.
pub(crate) async fn serve(folder: &Path) -> Result<()> {
    let service = AecsServer::new(Answers::read(folder)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    writeln!(stderr(), "{}", json!({ "message": "listening", "address": address }))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new()).http2_only();
            // A client that goes away is no failure.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
