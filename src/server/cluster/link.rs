//! Sends a connection's messages to the hub. In a cluster, sends joins and lines to the publisher.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{SendError, SendTimeoutError, Sender};

use crate::base::deadline::Deadline;
use crate::base::id::ClientId;
use crate::server::cluster::event::RoomEvent;
use crate::server::cluster::local_message::LocalMessage;
use crate::server::http::route::Upgrade;
use crate::server::hub::messages::HubMessage;
use crate::server::hub::room_request::{Post, RoomRequest};
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::join::JoinRequest;

/// How often a client is sent a Ping while its messages wait for Redis: every 5 s. Clients give up on a silent server
/// after 10 s or more.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// The link from the connections to the hub.
#[derive(Clone, Debug)]
pub enum HubLink {
    /// The room has only this server: all messages are sent to the hub.
    Single(Sender<HubMessage>),
    /// The server belongs to a cluster: joins and lines are sent to the publisher.
    Clustered(ClusterLink),
}

/// The link of a server in a cluster. Sends joins and lines to the publisher, and all other messages to the hub.
#[derive(Clone, Debug)]
pub struct ClusterLink {
    /// The channel of the hub.
    pub hub: Sender<LocalMessage>,
    /// The channel of the publisher.
    pub publisher: Sender<RoomEvent>,
}

impl HubLink {
    /// Sends a message. Waits while the channel is full.
    ///
    /// # Errors
    /// [`SendError`] if the hub or, in a cluster, the publisher has ended.
    pub fn send(&self, message: HubMessage) -> Result<(), SendError<()>> {
        match self {
            HubLink::Single(hub) => hub.send(message).map_err(|_| SendError(())),
            HubLink::Clustered(link) => link.send(message),
        }
    }

    /// Sends [`HubMessage::Stop`]. Waits while the channel is full, but only until `deadline`.
    ///
    /// # Errors
    /// [`SendTimeoutError::Timeout`] at the deadline. [`SendTimeoutError::Disconnected`] if the hub has ended.
    pub fn stop(&self, deadline: Deadline) -> Result<(), SendTimeoutError<()>> {
        let (stop, deadline) = (HubMessage::Stop, deadline.instant());
        match self {
            HubLink::Single(hub) => hub.send_deadline(stop, deadline).map_err(without_message),
            HubLink::Clustered(ClusterLink { hub, .. }) => {
                let stop = LocalMessage::Other(stop);
                hub.send_deadline(stop, deadline).map_err(without_message)
            }
        }
    }
}

impl ClusterLink {
    /// Sends a message.
    ///
    /// The hub learns of an entry before the entry is published. So it already expects the entry when the client's next
    /// message arrives, and when the entry itself comes back. The hub publishes each Leave, so a connection that ends
    /// does not wait for the publisher.
    fn send(&self, message: HubMessage) -> Result<(), SendError<()>> {
        match message {
            HubMessage::Say { client, lines } => {
                self.to_hub(LocalMessage::ExpectEntry(client))?;
                self.publish(client, RoomEvent::Say { client, lines }, None)
            }
            HubMessage::Join {
                client,
                half,
                upgrade,
            } if upgrade.join.is_some() => self.join(client, half, upgrade),
            HubMessage::Http {
                client,
                request: RoomRequest::Post(Post { name, lines, reply }),
            } => {
                self.to_hub(LocalMessage::Post { client, reply })?;
                let event = RoomEvent::Post {
                    client,
                    name,
                    lines,
                };
                self.publish(client, event, None)
            }
            other => self.to_hub(LocalMessage::Other(other)),
        }
    }

    fn join(
        &self,
        client: ClientId,
        half: WriteHalf,
        upgrade: Box<Upgrade>,
    ) -> Result<(), SendError<()>> {
        let join = upgrade.join.as_ref();
        let request = JoinRequest {
            name: join.and_then(|join| join.name.clone()),
            key: join.and_then(|join| join.key.clone()),
            ..JoinRequest::default()
        };
        let socket = Arc::clone(half.socket());
        self.to_hub(LocalMessage::Join {
            client,
            half,
            upgrade,
        })?;
        let event = RoomEvent::Join { client, request };
        self.publish(client, event, Some(&socket))
    }

    /// Sends an event to the publisher. Waits while its channel is full, which means that Redis is unreachable or slow.
    /// Meanwhile, TCP slows down the client, and Pings show the client that the server is alive.
    ///
    /// If a joining client hangs up during the wait, withdraws its join.
    fn publish(
        &self,
        client: ClientId,
        mut event: RoomEvent,
        joining: Option<&Socket>,
    ) -> Result<(), SendError<()>> {
        loop {
            match self.publisher.send_timeout(event, PING_INTERVAL) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Disconnected(_)) => return Err(SendError(())),
                Err(SendTimeoutError::Timeout(unsent)) => event = unsent,
            }
            if joining.is_some_and(Socket::is_at_end) {
                return self.to_hub(LocalMessage::WithdrawJoin(client));
            }
            self.to_hub(LocalMessage::Other(HubMessage::Ping(client)))?;
        }
    }

    fn to_hub(&self, message: LocalMessage) -> Result<(), SendError<()>> {
        self.hub.send(message).map_err(|_| SendError(()))
    }
}

fn without_message<T>(error: SendTimeoutError<T>) -> SendTimeoutError<()> {
    match error {
        SendTimeoutError::Timeout(_) => SendTimeoutError::Timeout(()),
        SendTimeoutError::Disconnected(_) => SendTimeoutError::Disconnected(()),
    }
}
