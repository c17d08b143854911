//! Where a client connects to, and what it says there.

use crate::client::connect::trust::Trust;
use crate::client::connect::url::Url;

/// A chat's addresses, and what goes with each connection to it.
#[derive(Clone, Debug)]
pub struct Target {
    places: Vec<Place>,
    /// Which of them is used now.
    current: usize,
    /// More fields of the request, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// A subprotocol to ask for (RFC 6455, section 1.9).
    pub subprotocol: Option<String>,
    /// Whose certificates are accepted for `wss:`.
    pub trust: Trust,
}

/// One of the addresses.
#[derive(Clone, Debug)]
struct Place {
    url: Url,
    /// Whether it may be a room of ours, so that our parameters belong into its URL. Any other URL is asked for as it
    /// is: a parameter more would break a signed one, and tell a stranger the login name.
    is_room: bool,
}

impl Target {
    /// A chat at one of these URLs.
    pub fn new(urls: impl IntoIterator<Item = Url>) -> Target {
        let places = urls.into_iter().map(|url| Place {
            is_room: url.may_be_room(),
            url,
        });
        Target {
            places: places.collect(),
            current: 0,
            headers: Vec::new(),
            subprotocol: None,
            trust: Trust::default(),
        }
    }

    /// Asks for a name, which makes every URL one of a room.
    pub fn set_name(&mut self, name: &str) {
        for place in &mut self.places {
            place.is_room = true;
        }
        self.propose("name", name);
    }

    /// Asks each room for something, unless its URL already does.
    pub fn propose(&mut self, parameter: &str, value: &str) {
        for place in self.places.iter_mut().filter(|place| place.is_room) {
            place.url = place.url.clone().with(parameter, value);
        }
    }

    /// The URL that is used now.
    pub fn url(&self) -> Option<&Url> {
        self.places.get(self.current).map(|place| &place.url)
    }

    /// Turns to the next URL.
    pub fn next(&mut self) {
        self.current = (self.current + 1) % self.places.len().max(1);
    }

    /// The URL to connect to now. A room is asked for `ask`, whatever its URL says of that.
    pub fn asking(&self, ask: &[(&'static str, String)]) -> Option<Url> {
        let place = self.places.get(self.current)?;
        Some(if place.is_room {
            place.url.asking(ask)
        } else {
            place.url.clone()
        })
    }

    /// How many URLs there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
