//! The HTTP shell: a socket, the clock of the wall, and connections that really break.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::{Millis, Reply, Request, Simulator};

/// No provider takes more in one request: user data has 64 KiB, and a batch of 200 records far less than the rest.
const BODY_LIMIT: usize = 1024 * 1024;

/// A running server. It ends with [`Server::stop`] or when it is dropped.
pub struct Server {
    address: SocketAddr,
    /// Dropping it is the signal.
    stop: oneshot::Sender<()>,
    accepting: tokio::task::JoinHandle<()>,
}

/// Serves a simulator on a listener, until the server is stopped.
pub async fn serve(simulator: Simulator, listener: TcpListener) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let accepting = tokio::spawn(accept(simulator, listener, stopped));
    Ok(Server { address, stop, accepting })
}

impl Server {
    /// The address with the port that was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and ends all connections, also those on which somebody waits.
    pub async fn stop(self) {
        drop(self.stop);
        // The task ends by itself; that it was cancelled or has panicked makes no difference to its end.
        let _ = self.accepting.await;
    }
}

/// A server on threads of its own, for callers without an asynchronous runtime. It ends when it is dropped.
pub struct Background {
    server: Server,
    runtime: Option<Runtime>,
}

impl Background {
    /// Serves a simulator on a loopback port; port 0 lets the system choose.
    pub fn start(simulator: Simulator, port: u16) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let server = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", port)).await?;
            serve(simulator, listener).await
        })?;
        Ok(Self { server, runtime: Some(runtime) })
    }

    /// The address with the port that was given.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where tasks may run beside the server, such as the machines of [`crate::agent`].
    pub fn runtime(&self) -> Option<&Runtime> {
        self.runtime.as_ref()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The time on the wall.
pub fn wall_clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

async fn accept(simulator: Simulator, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(simulator.clone(), stream));
                }
                // Out of file descriptors, most likely: they come back when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
    connections.shutdown().await;
}

async fn serve_connection(simulator: Simulator, stream: TcpStream) {
    // Without it, small answers wait for the client's acknowledgement; that it cannot be set only makes them slow.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(simulator.clone(), request));
    // A broken connection is the client's affair, or was wanted.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The error that makes hyper drop the connection without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is cut, as a fault wants it")
    }
}

impl std::error::Error for Dropped {}

async fn answer(
    simulator: Simulator,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    // A length that is announced is refused before anything is read.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Ok(respond(Reply::empty(413)));
    }
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(cause) if cause.is::<LengthLimitError>() => return Ok(respond(Reply::empty(413))),
        Err(_) => return Err(Dropped),
    };
    let request = Request {
        method: head.method.as_str().to_owned(),
        target: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body,
    };
    let handled = simulator.handle(wall_clock(), &request);
    if handled.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(handled.delay_ms)).await;
    }
    handled.reply.map(respond).ok_or(Dropped)
}

fn respond(reply: Reply) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(Bytes::from(reply.body)));
    // A fault may ask for any status; what is none in HTTP becomes a 500.
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
