//! HTTP requests and responses as values. They are parsed, checked and built here, but read and written elsewhere.
//!
//! [`head`] parses the head of a request, [`origin`] decides which pages may send it, [`route`] finds what the request
//! asks for, and [`query`] parses its parameters. The server answers it with a [`response`] or an [`error_response`].
//! The response to `GET /` is the web [`page`].

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
