//! The heads of requests. They are written by hand, so that exactly these bytes are sent and counted.

use clap::ValueEnum;

/// Which header fields each request has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Headers {
    /// Only the fields that the protocol requires.
    Minimal,
    /// The fields that a browser sends with a page's request or handshake, except cookies.
    Browser,
}

const USER_AGENT: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                          Chrome/140.0.0.0 Safari/537.36\r\n";

const LANGUAGES: &str =
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n";

impl Headers {
    /// Returns the head of a GET request.
    pub(crate) fn get(self, target: &str, host: &str) -> String {
        match self {
            Headers::Minimal => format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Headers::Browser => format!(
                "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive\r\n\
                 sec-ch-ua-platform: \"Linux\"\r\n{USER_AGENT}\
                 sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n\
                 Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n\
                 Referer: http://{host}/\r\n{LANGUAGES}\r\n"
            ),
        }
    }

    /// Returns the head of a handshake's request (RFC 6455, section 4.1). Unlike a browser's head, it does not offer
    /// the compression extension, which our server does not support.
    pub(crate) fn upgrade(self, target: &str, host: &str, key: &str) -> String {
        let protocol = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        );
        match self {
            Headers::Minimal => format!("{protocol}\r\n"),
            Headers::Browser => format!(
                "{protocol}Pragma: no-cache\r\nCache-Control: no-cache\r\n{USER_AGENT}\
                 Origin: http://{host}\r\n{LANGUAGES}\r\n"
            ),
        }
    }
}
