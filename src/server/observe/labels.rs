//! The labels of the metrics, and the values of each label.

use crate::server::http::query::FetchParams;
use crate::server::http::route::{Resource, Route};

/// A label of a metric. The metric has one count for each value of the label.
///
/// The macro below defines a label as an enum, together with the list of its values, so that each value has an index.
pub trait Label {
    /// The names of the values, as `/metrics` shows them, ordered by the index of the value.
    const NAMES: &'static [&'static str];

    /// Returns the index of the value in [`Label::NAMES`].
    fn index(&self) -> usize;
}

/// Defines an enum that implements [`Label`], from a list of values with their names. The data of a value is not part of its name.
macro_rules! labels {
    ($(#[$about:meta])* $label:ident {
        $($(#[$meaning:meta])* $value:ident $(($held:ty))? $({ $($(#[$field_meaning:meta])* $field:ident: $type:ty,)+ })? = $name:literal,)+
    }) => {
        $(#[$about])*
        pub enum $label {
            $($(#[$meaning])* $value $(($held))? $({ $($(#[$field_meaning])* $field: $type,)+ })?,)+
        }

        impl $crate::server::observe::labels::Label for $label {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn index(&self) -> usize {
                // The same variants without their data, so each can be cast to a number.
                enum Index { $($value,)+ }
                match self { $(Self::$value { .. } => Index::$value as usize,)+ }
            }
        }
    };
}
pub(super) use labels;

labels! {
    /// How a client and the room exchange lines, or what else a request is for.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    Transport {
        /// `GET /lines` without `wait`.
        Polling = "polling",
        /// `GET /lines?wait=S`.
        LongPolling = "long_polling",
        /// `POST /lines`.
        Post = "post",
        /// A WebSocket, in the chat or at `/echo`, including the request for it.
        WebSocket = "websocket",
        /// `GET /`.
        Page = "page",
        /// Everything else: `GET /metrics`, `OPTIONS`, incomplete requests, and requests without a [`Route`].
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
    /// The kind of a connection. Each connection begins as HTTP.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    ConnectionKind {
        /// HTTP. This includes a connection that has not sent a request yet.
        Http = "http",
        /// A WebSocket, in the chat or at `/echo`.
        WebSocket = "websocket",
    }
}

labels! {
    /// Why a request or a connection was not served. All values but the last come from a [status](RefusalLabel::new).
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    RefusalLabel {
        /// 400.
        BadRequest = "bad_request",
        /// 403.
        Forbidden = "forbidden",
        /// 404.
        NotFound = "not_found",
        /// 405.
        MethodNotAllowed = "method_not_allowed",
        /// 408.
        RequestTimeout = "request_timeout",
        /// 409.
        NameTaken = "name_taken",
        /// 411.
        LengthRequired = "length_required",
        /// 413.
        ContentTooLarge = "content_too_large",
        /// 426.
        UpgradeRequired = "upgrade_required",
        /// 414, 431.
        HeadTooLarge = "head_too_large",
        /// 503, except when the accept thread turns a connection away.
        ShuttingDown = "shutting_down",
        /// Any other status.
        Other = "other",
        /// The accept thread turned a connection away.
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
            405 => RefusalLabel::MethodNotAllowed,
            408 => RefusalLabel::RequestTimeout,
            409 => RefusalLabel::NameTaken,
            411 => RefusalLabel::LengthRequired,
            413 => RefusalLabel::ContentTooLarge,
            426 => RefusalLabel::UpgradeRequired,
            414 | 431 => RefusalLabel::HeadTooLarge,
            503 => RefusalLabel::ShuttingDown,
            _ => RefusalLabel::Other,
        }
    }
}
