//! The labels of the metrics, and the values of each.

use std::fmt;

use crate::server::http::query::FetchParams;
use crate::server::http::route::{Resource, Route};

/// A label of a metric. The metric has a number for each of its values.
///
/// The macro below defines each label as an enum, together with the list of its values, so each value has a number.
pub trait Label: Copy + fmt::Debug + 'static {
    /// All values, in the order of their indexes.
    const ALL: &'static [Self];

    /// Returns the value as `/metrics` shows it.
    fn name(self) -> &'static str;

    /// Returns the index of the value in [`Label::ALL`].
    fn index(self) -> usize;
}

/// Defines an enum that is a [`Label`], from its values and their names.
macro_rules! labels {
    ($(#[$about:meta])* $label:ident { $($(#[$meaning:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $label { $($(#[$meaning])* $value,)+ }

        impl Label for $label {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)+ }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

labels! {
    /// How a client and the room exchange lines.
    Transport {
        /// `GET /lines`.
        Polling = "polling",
        /// `GET /lines?wait=S`.
        LongPolling = "long_polling",
        /// `POST /lines`.
        Post = "post",
        /// A WebSocket, including its request and an echo.
        WebSocket = "websocket",
        /// `GET /`.
        Page = "page",
        /// Everything else: requests that are not served, `GET /metrics`, and incomplete requests.
        Other = "other",
    }
}

impl Transport {
    /// Returns the transport that a request uses.
    pub(crate) fn new(route: &Route) -> Transport {
        match route {
            Route::WebSocket(_) => Transport::WebSocket,
            Route::Http(Resource::Page) => Transport::Page,
            Route::Http(Resource::Fetch(FetchParams { wait: None, .. })) => Transport::Polling,
            Route::Http(Resource::Fetch(_)) => Transport::LongPolling,
            Route::Http(Resource::Post(_)) => Transport::Post,
            Route::Http(Resource::Metrics | Resource::Options { .. }) => Transport::Other,
        }
    }
}

labels! {
    /// The kind of a connection. Each begins as HTTP.
    ConnectionKind {
        /// HTTP, or no request yet.
        Http = "http",
        /// A WebSocket, or an echo.
        WebSocket = "websocket",
    }
}

labels! {
    /// Why a connection has ended: a [`DisconnectReason`](crate::server::net::disconnect::DisconnectReason) without its details.
    DisconnectLabel {
        /// The client sent a Close.
        ClosedByPeer = "left",
        /// The stream ended without a Close.
        ConnectionLost = "gone",
        /// The peer was silent for the idle timeout.
        IdleTimeout = "silent",
        /// The peer violated the protocol or exceeded a limit.
        ProtocolError = "broke_a_rule",
        /// A request was not served.
        HttpError = "refused",
        /// All requests were served.
        HttpDone = "served",
        /// The backlog was full.
        SlowConsumer = "too_slow",
        /// The peer accepted nothing for the write timeout.
        WriteTimeout = "stuck",
        /// The peer accepted bytes below the minimum rate.
        Trickling = "trickling",
        /// Too many clients were behind.
        Overloaded = "too_many_behind",
        /// A new connection replaced the member.
        Replaced = "replaced",
        /// The server stopped.
        ShuttingDown = "stopping",
        /// The server was dropped from the room's cluster, or the cluster lost its room.
        LostRoom = "lost_room",
        /// A bug in the server.
        Panicked = "panicked",
    }
}

labels! {
    /// Why a request or a connection was not served. All but the last are derived from a [status](RefusalLabel::new).
    RefusalLabel {
        /// 400.
        BadRequest = "bad_request",
        /// 403.
        Forbidden = "forbidden",
        /// 404.
        NotFound = "not_found",
        /// 405.
        Method = "method",
        /// 408.
        Late = "late",
        /// 409.
        NameTaken = "name_taken",
        /// 411.
        NoLength = "no_length",
        /// 413.
        TooLarge = "too_large",
        /// 426.
        NoWebSocket = "no_websocket",
        /// 414, 431.
        LongHead = "long_head",
        /// 503.
        Stopping = "stopping",
        /// Any other status.
        Other = "other",
        /// `accept` has turned a connection away.
        TooManyConnections = "too_many_connections",
    }
}

impl RefusalLabel {
    /// Returns the label of a response with this status.
    pub fn new(status: u16) -> RefusalLabel {
        match status {
            400 => RefusalLabel::BadRequest,
            403 => RefusalLabel::Forbidden,
            404 => RefusalLabel::NotFound,
            405 => RefusalLabel::Method,
            408 => RefusalLabel::Late,
            409 => RefusalLabel::NameTaken,
            411 => RefusalLabel::NoLength,
            413 => RefusalLabel::TooLarge,
            426 => RefusalLabel::NoWebSocket,
            414 | 431 => RefusalLabel::LongHead,
            503 => RefusalLabel::Stopping,
            _ => RefusalLabel::Other,
        }
    }
}
