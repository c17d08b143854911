//! The labels of the metrics, and the values of each.

use crate::server::http::query::FetchParams;
use crate::server::http::route::{Resource, Route};

/// A label of a metric. The metric has a number for each of its values.
///
/// The macro below defines each label as an enum, together with the list of its values, so each value has a number.
pub trait Label {
    /// The values as `/metrics` shows them, in the order of their indexes.
    const NAMES: &'static [&'static str];

    /// Returns the index of the value in [`Label::NAMES`].
    fn index(&self) -> usize;
}

/// Defines an enum that is a [`Label`], from its values and their names. What a value holds is not part of its name.
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
    /// How a client and the room exchange lines.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    ConnectionKind {
        /// HTTP, or no request yet.
        Http = "http",
        /// A WebSocket, or an echo.
        WebSocket = "websocket",
    }
}

labels! {
    /// Why a request or a connection was not served. All but the last are derived from a [status](RefusalLabel::new).
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
        /// 503.
        ShuttingDown = "shutting_down",
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
