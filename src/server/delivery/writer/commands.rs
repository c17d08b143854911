//! Handles a writer's commands for single clients, and the command to stop.

use std::collections::BTreeMap;

use crate::base::id::ClientId;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::recipient::Recipient;
use crate::server::delivery::writer::Writer;
use crate::server::delivery::writer_state::WriterState;
use crate::server::observe::disconnect::DisconnectReason;

impl Writer {
    /// Makes a writer without recipients.
    pub fn new(state: WriterState) -> Writer {
        Writer {
            recipients: BTreeMap::new(),
            state,
            is_ending: false,
        }
    }

    /// Handles a command for one client. Commands for a client that has left are dropped.
    pub(super) fn handle_one(&mut self, client: ClientId, command: ClientCommand) {
        let Writer {
            recipients, state, ..
        } = self;
        match (command, recipients.get_mut(&client)) {
            (
                ClientCommand::Join {
                    half,
                    first,
                    audience,
                },
                _,
            ) => {
                let recipient = Recipient::start(client, half, first, audience, state);
                recipients.insert(client, recipient);
            }
            (ClientCommand::Send(block), Some(recipient)) => recipient.send(block, state),
            (ClientCommand::Ping, Some(recipient)) => recipient.ping(state),
            (ClientCommand::Disconnect(reason), Some(recipient)) => {
                recipient.disconnect(reason, state);
            }
            (ClientCommand::Leave, Some(recipient)) => {
                recipient.leave(state);
                self.remove_if_finished(client);
            }
            (ClientCommand::Reply(reply), _) => reply.send(),
            (_, None) => {}
        }
    }

    /// Disconnects all recipients, because the server is stopping.
    pub(super) fn stop(&mut self) {
        for recipient in self.recipients.values_mut() {
            recipient.disconnect(DisconnectReason::ShuttingDown, &mut self.state);
        }
    }
}
