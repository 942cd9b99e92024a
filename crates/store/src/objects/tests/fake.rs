//! An S3 in memory, as far as the store uses one, with the faults of a network and of worse servers.
//!
//! It gets the requests that `object_store` made, before they would go to a connection.

use std::{
    collections::BTreeMap,
    fmt,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use object_store::client::{
    HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};

use super::*;
use crate::objects::{failure::Failure, web::judge};

/// What is wrong with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Right,
    /// It overwrites whatever the conditions say, as Garage does.
    IgnoresConditions,
    /// It checks the condition of a creation only.
    IgnoresTags,
    /// It checks, and writes a little later, as s3s-fs does.
    WritesLater,
    /// It compares tags without quotes, as Ceph does.
    WantsNoQuotes,
    /// Its lists have no order, as those of directory buckets.
    ListsInAnyOrder,
}

/// What happens to the next requests that write a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has its effect, and there is no answer.
    LosesAnswer,
    /// It has no effect, and there is no answer.
    LosesRequest,
    /// It has its effect after the one that comes next.
    ComesLate,
    /// Answers with this status, without an effect.
    Answers(StatusCode),
    /// Answers with this status after the effect.
    AnswersAfter(StatusCode),
}

/// A bucket.
pub(super) struct Fake {
    server: Server,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    faults: Mutex<Vec<Fault>>,
    late: Mutex<Vec<HttpRequest>>,
    pub(super) requests: AtomicUsize,
    copy: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub(super) fn new(server: Server) -> Arc<Self> {
        Arc::new(Self {
            server,
            objects: Mutex::default(),
            faults: Mutex::default(),
            late: Mutex::default(),
            requests: AtomicUsize::new(0),
            copy: Mutex::default(),
        })
    }

    pub(super) fn fail(&self, faults: &[Fault]) {
        let mut faults = faults.to_vec();
        faults.reverse();
        *self.faults.lock() = faults;
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.objects.lock().keys().cloned().collect()
    }

    pub(super) fn put(&self, name: &str, content: &[u8]) {
        self.objects.lock().insert(name.to_owned(), content.to_vec());
    }

    pub(super) fn back_up(&self) {
        *self.copy.lock() = self.objects.lock().clone();
    }

    pub(super) fn restore(&self) {
        *self.objects.lock() = self.copy.lock().clone();
    }

    fn fault_of(&self, request: &HttpRequest) -> Option<Fault> {
        let is_swap =
            request.method() == Method::PUT && request.uri().path().contains("/registers/");
        if is_swap { self.faults.lock().pop() } else { None }
    }

    async fn answer(&self, request: HttpRequest) -> HttpResponse {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let name =
            parts.uri.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
        let header = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let query: BTreeMap<String, String> = parts
            .uri
            .query()
            .unwrap_or("")
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (key.to_owned(), value.replace("%2F", "/")))
            .collect();
        match parts.method {
            Method::PUT => {
                let (absent, present) = (header(header::IF_NONE_MATCH), header(header::IF_MATCH));
                let refusal = |objects: &_| {
                    self.refuses(objects, &name, absent.as_deref(), present.as_deref())
                };
                if self.server == Server::WritesLater {
                    let refused = refusal(&*self.objects.lock());
                    if let Some(refused) = refused {
                        return empty(refused, &[]);
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    self.objects.lock().insert(name, body.to_vec());
                    return empty(StatusCode::OK, &body);
                }
                // The check and the write are one step, as in a server that keeps its word.
                let mut objects = self.objects.lock();
                if let Some(refused) = refusal(&objects) {
                    return empty(refused, &[]);
                }
                objects.insert(name.clone(), body.to_vec());
                empty(StatusCode::OK, &body)
            }
            Method::GET if name.is_empty() => self.list(&query),
            Method::GET => match self.objects.lock().get(&name) {
                None => empty(StatusCode::NOT_FOUND, &[]),
                Some(found)
                    if header(header::IF_NONE_MATCH).is_some_and(|tag| tag == e_tag(found)) =>
                {
                    empty(StatusCode::NOT_MODIFIED, found)
                }
                Some(found) => respond(StatusCode::OK, found, found.clone()),
            },
            Method::POST => {
                let text = String::from_utf8(body.to_vec()).unwrap();
                let keys =
                    text.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap());
                let mut objects = self.objects.lock();
                let mut answer = "<DeleteResult>".to_owned();
                for key in keys {
                    objects.remove(key);
                    answer += &format!("<Deleted><Key>{key}</Key></Deleted>");
                }
                respond(StatusCode::OK, &[], (answer + "</DeleteResult>").into_bytes())
            }
            method => panic!("{method} {name}"),
        }
    }

    fn refuses(
        &self,
        objects: &BTreeMap<String, Vec<u8>>,
        name: &str,
        absent: Option<&str>,
        present: Option<&str>,
    ) -> Option<StatusCode> {
        let tag = objects.get(name).map(|found| match self.server {
            Server::WantsNoQuotes => e_tag(found).trim_matches('"').to_owned(),
            _ => e_tag(found),
        });
        match (self.server, absent, present, tag) {
            (Server::IgnoresConditions, ..) | (Server::IgnoresTags, _, Some(_), _) => None,
            (_, Some("*"), _, Some(_)) => Some(StatusCode::PRECONDITION_FAILED),
            (_, _, Some(_), None) => Some(StatusCode::NOT_FOUND),
            (_, _, Some(wanted), Some(tag)) if wanted != tag => {
                Some(StatusCode::PRECONDITION_FAILED)
            }
            _ => None,
        }
    }

    fn list(&self, query: &BTreeMap<String, String>) -> HttpResponse {
        let of = |name: &str| query.get(name).cloned().unwrap_or_default();
        let (prefix, after) = (of("prefix"), of("continuation-token").max(of("start-after")));
        let objects = self.objects.lock();
        let mut found =
            objects.iter().filter(|(name, _)| name.starts_with(&prefix) && **name > after);
        let mut page: Vec<_> = found.by_ref().take(300).collect();
        if self.server == Server::ListsInAnyOrder {
            page.reverse();
        }
        let mut answer = "<ListBucketResult>".to_owned();
        if found.next().is_some() {
            let last = page.last().unwrap().0;
            answer += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
        }
        for (name, content) in page {
            answer += &format!(
                "<Contents><Key>{name}</Key><Size>{}</Size><ETag>{}</ETag>\
                 <LastModified>2026-11-30T10:00:00.000Z</LastModified></Contents>",
                content.len(),
                e_tag(content).replace('"', "&quot;")
            );
        }
        respond(StatusCode::OK, &[], (answer + "</ListBucketResult>").into_bytes())
    }
}

/// A digest of the content, as that of S3 is.
fn e_tag(content: &[u8]) -> String {
    let digest = content.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{digest:016x}\"")
}

fn empty(status: StatusCode, content: &[u8]) -> HttpResponse {
    respond(status, content, Vec::new())
}

fn respond(status: StatusCode, content: &[u8], body: Vec<u8>) -> HttpResponse {
    http::Response::builder()
        .status(status)
        .header(header::ETAG, e_tag(content))
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::LAST_MODIFIED, "Mon, 30 Nov 2026 10:00:00 GMT")
        .body(HttpResponseBody::from(body))
        .unwrap()
}

#[async_trait]
impl HttpService for Fake {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.fetch_add(1, SeqCst);
        let error = |failure| HttpError::new(HttpErrorKind::Unknown, failure);
        let lost = || error(Failure::Unanswered("it was lost".to_owned()));
        let failed = |status| {
            let body = b"<Error><Code>Tested</Code><Message>no</Message></Error>";
            respond(status, &[], body.to_vec())
        };
        let answer = match self.fault_of(&request) {
            None => {
                let late = std::mem::take(&mut *self.late.lock());
                let is_swap = request.method() == Method::PUT;
                let answer = self.answer(request).await;
                for late in late {
                    if is_swap {
                        self.answer(late).await;
                    } else {
                        self.late.lock().push(late);
                    }
                }
                answer
            }
            Some(Fault::LosesRequest) => return Err(lost()),
            Some(Fault::LosesAnswer) => {
                self.answer(request).await;
                return Err(lost());
            }
            Some(Fault::ComesLate) => {
                self.late.lock().push(request);
                return Err(lost());
            }
            Some(Fault::Answers(status)) => failed(status),
            Some(Fault::AnswersAfter(status)) => {
                self.answer(request).await;
                failed(status)
            }
        };
        let (parts, body) = answer.into_parts();
        let body = body.bytes().await?;
        judge(HttpResponse::from_parts(parts, body.clone().into()), &body).map_err(error)
    }
}

/// A client whose requests it answers.
pub(super) fn client(fake: &Arc<Fake>) -> HttpClient {
    #[derive(Debug)]
    struct Shared(Arc<Fake>);

    #[async_trait]
    impl HttpService for Shared {
        async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            self.0.call(request).await
        }
    }
    HttpClient::new(Shared(Arc::clone(fake)))
}
