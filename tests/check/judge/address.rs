//! Finds the address that a server announces in its output.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Returns the addresses that a line of a server's output names, or `None` if it names none.
///
/// The documented form is `listening on ws://ADDRESS/`. The judge also accepts `HOST:PORT`, alone or in a `ws://` or
/// `http://` URL, and the word `port` followed by a number. `0.0.0.0`, `[::]` and names such as `localhost` stand for
/// this computer, over IPv4 and IPv6.
pub fn find(line: &str) -> Option<Vec<SocketAddr>> {
    let line = without_colors(line).to_ascii_lowercase();
    let urls = ["ws://", "http://"];
    let in_urls = urls.iter().flat_map(|scheme| line.split(scheme).skip(1));
    let mut authorities = in_urls.map(|rest| rest.split(ends_authority).next().unwrap_or_default());
    if let Some(found) = authorities.find_map(host_and_port) {
        return Some(found);
    }
    let words = line.split(|c: char| c.is_whitespace() || "()<>,'\"`".contains(c));
    let words = words.map(|word| word.trim_end_matches(['.', '/', '!', ';']));
    let mut words = words.filter(|word| is_address(word));
    words
        .find_map(host_and_port)
        .or_else(|| after_the_word_port(&line).map(on_loopback))
}

/// Returns whether a line on stderr seems to announce an address. Some servers log both their address and their errors
/// on stderr.
pub fn is_announced(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let verbs = ["listen", "running", "serving", "start"];
    verbs.iter().any(|verb| line.contains(verb)) && !line.contains("error")
}

fn ends_authority(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || ".:[]-_*".contains(c))
}

/// Returns whether a word is an address without a URL scheme. A time of day such as `12:30` is not an address.
fn is_address(word: &str) -> bool {
    word.parse::<SocketAddr>().is_ok()
        || ["localhost:", "*:", ":"]
            .iter()
            .any(|host| word.starts_with(host))
}

fn host_and_port(authority: &str) -> Option<Vec<SocketAddr>> {
    let (host, port) = authority.rsplit_once(':')?;
    let port = port.parse().ok().filter(|&port| port > 0)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !address.is_unspecified() => Some(vec![SocketAddr::new(address, port)]),
        _ => Some(on_loopback(port)),
    }
}

fn on_loopback(port: u16) -> Vec<SocketAddr> {
    let hosts: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    hosts.map(|host| SocketAddr::new(host, port)).to_vec()
}

fn after_the_word_port(line: &str) -> Option<u16> {
    line.match_indices("port").find_map(|(at, word)| {
        let (before, after) = (line.get(..at)?, line.get(at + word.len()..)?);
        let is_word = !before.ends_with(|c: char| c.is_alphanumeric());
        let number = after.trim_start_matches([' ', ':', '=', '#']);
        let number = number.split(|c: char| !c.is_ascii_digit()).next()?;
        number.parse().ok().filter(|&port| is_word && port > 0)
    })
}

/// Removes the escape sequences that color text in a terminal: `ESC [ … m`.
fn without_colors(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let colored = pieces.map(|piece| piece.split_once('m').map_or(piece, |(_, text)| text));
    std::iter::once(first).chain(colored).collect()
}
