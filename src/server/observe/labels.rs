//! The labels of the metrics, and the values of each.

use std::fmt;

use crate::server::http::query::Wanted;
use crate::server::http::route::{Resource, Route};

/// A label of a metric: which of its numbers is meant.
///
/// Each label is an enum that the macro below makes together with the list of its values. So there is a number for each value,
/// and no way to count anything else.
pub trait Label: Copy + fmt::Debug + 'static {
    /// All values, in the order of their places.
    const ALL: &'static [Self];

    /// The value as `/metrics` shows it.
    fn name(self) -> &'static str;

    /// The place of the value in [`Label::ALL`].
    fn place(self) -> usize;
}

/// Makes an enum that is a [`Label`], from its values and their names.
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

            fn place(self) -> usize {
                self as usize
            }
        }
    };
}

labels! {
    /// The way in which lines and other things travel between a client and the room.
    Transport {
        /// `GET /lines`.
        Polling = "polling",
        /// `GET /lines?wait=S`.
        LongPolling = "long_polling",
        /// `POST /lines`.
        Post = "post",
        /// A WebSocket, from the request to upgrade on; an echo too.
        WebSocket = "websocket",
        /// `GET /`.
        Page = "page",
        /// Everything else: requests that are refused, `GET /metrics`, and what is no whole request.
        Other = "other",
    }
}

impl Transport {
    /// The transport that a request uses.
    pub fn new(route: &Route) -> Transport {
        match route {
            Route::WebSocket(_) => Transport::WebSocket,
            Route::Http(Resource::Page) => Transport::Page,
            Route::Http(Resource::Fetch(Wanted { wait: None, .. })) => Transport::Polling,
            Route::Http(Resource::Fetch(_)) => Transport::LongPolling,
            Route::Http(Resource::Post(_)) => Transport::Post,
            Route::Http(Resource::Metrics | Resource::Options { .. }) => Transport::Other,
        }
    }
}

labels! {
    /// What a connection is used for. Each begins as HTTP.
    Kind {
        /// Requests over HTTP, or none yet.
        Http = "http",
        /// A WebSocket, an echo too.
        WebSocket = "websocket",
    }
}

labels! {
    /// Why a connection has ended: an [`DisconnectReason`](crate::server::net::disconnect::DisconnectReason) without its details.
    EndingLabel {
        /// The client said Close.
        Left = "left",
        /// The stream ended without a Close.
        Gone = "gone",
        /// Nothing was heard of the peer.
        Silent = "silent",
        /// The peer broke a rule of the protocol, or a limit.
        BrokeARule = "broke_a_rule",
        /// A request was refused.
        Refused = "refused",
        /// All requests were answered.
        Served = "served",
        /// More waited than the backlog allows.
        TooSlow = "too_slow",
        /// The peer took nothing for the write timeout.
        Stuck = "stuck",
        /// The peer took less than the lowest rate.
        Trickling = "trickling",
        /// Too many were behind.
        TooManyBehind = "too_many_behind",
        /// A new connection took the member's place.
        Replaced = "replaced",
        /// The server stopped.
        Stopping = "stopping",
        /// A bug in the server.
        Panicked = "panicked",
    }
}

labels! {
    /// Why a request or a connection was not served. All but the last belong to a [status](RefusalLabel::of).
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
    /// The label of a refusal with this status.
    pub fn of(status: u16) -> RefusalLabel {
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
