//! The Pongs that tungstenite writes.

use std::io::{self, Write};

use tungstenite::Bytes;

use crate::server::connection::ws_stream::WsStream;
use crate::server::delivery::block::Block;
use crate::server::hub::messages::HubMessage;

impl Write for WsStream<'_> {
    /// Sends tungstenite's Pongs, which are whole frames, to the hub. The session itself replies to a Close.
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        self.connection.send_to_hub(HubMessage::Private {
            client: self.connection.id,
            block: Block::new(Bytes::copy_from_slice(frames)),
        });
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
