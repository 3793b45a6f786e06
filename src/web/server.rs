//! Connections: how many, how long, how big (S6, S17).

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use futures_util::future::Either;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::router::{at_once, router};
use super::slow::Patient;
use super::state::WebState;

/// Connections open at once; the next ones wait in the system's queue.
pub const CONNECTIONS_MAX: usize = 16_384;

/// A reader has this long to send the head of a request, and an idle connection is kept as long.
pub const HEADER_SECONDS_MAX: u64 = 15;

/// Request headers together; more is answered with 431.
const HEADER_BYTES_MAX: u32 = 32 * 1024;

/// Requests at once over one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;

/// Time for answers under way when the program stops.
pub const DRAIN_SECONDS_MAX: u64 = 3;

/// How long to wait before accepting again when the system has no more file handles.
const ACCEPT_PAUSE_MILLISECONDS: u64 = 100;

/// The router, and before it the feeds that are in memory.
struct Front {
    state: WebState,
    router: TowerToHyperService<Router>,
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        match at_once(&self.state, &request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(self.router.call(request)),
        }
    }
}

/// Serves until `shutdown` completes; then no connection is taken, those open end with the answer that they are at, at most
/// [`DRAIN_SECONDS_MAX`] later.
///
/// # Errors
/// None today: what happens on one connection ends that connection only.
pub async fn serve(listener: TcpListener, state: WebState, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEADER_SECONDS_MAX))
        .max_buf_size(HEADER_BYTES_MAX as usize)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_BYTES_MAX)
        .keep_alive_interval(Duration::from_secs(HEADER_SECONDS_MAX));
    let router = router(state.clone());
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = next => accepted,
            () = &mut shutdown => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file handles, or the reader is gone already: others are still served.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MILLISECONDS)).await;
                continue;
            }
        };
        // Answers are written whole; waiting to fill a packet only delays the last one. A socket that refuses this works all the same.
        let _ = stream.set_nodelay(true);
        let service = Front { state: state.clone(), router: TowerToHyperService::new(router.clone()) };
        let connection = builder.serve_connection(TokioIo::new(Patient::new(stream)), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A reader that goes away or is too slow is no event worth a line.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    // What is still under way after this is cut when the runtime ends.
    let _ = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), graceful.shutdown()).await;
    Ok(())
}
