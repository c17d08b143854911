//! Requests and responses as values: parsed, checked and built here, but read and written elsewhere.
//!
//! [`head`] parses a request, [`origin`] decides which pages may send it, [`route`] finds what it asks for, and
//! [`query`] reads its parameters. A request is answered with a [`response`] or an [`error_response`]. [`page`] is one
//! of the responses.

pub mod body;
pub mod chunked;
pub mod error_response;
pub mod forwarded;
pub mod head;
pub mod origin;
pub mod page;
pub mod query;
pub mod request_line;
pub mod response;
pub mod route;
pub mod target;
