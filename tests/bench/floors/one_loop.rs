//! One thread waits on all sockets, and sends new lines to each socket in one call.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::event::epoll;

use super::{SWITCHING, append_lines, next_text, read_request};

pub fn run(listener: &TcpListener) {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let watch = |number: u64, it: &dyn std::os::fd::AsFd| {
        let data = epoll::EventData::new_u64(number);
        epoll::add(&poll, it.as_fd(), data, epoll::EventFlags::IN).unwrap();
    };
    watch(0, listener);
    // The number of a stream is its index plus one.
    let mut streams: Vec<(TcpStream, Vec<u8>)> = Vec::new();
    let (mut buffer, mut lines, mut newest) = (vec![0; 256 * 1024], Vec::new(), 0);
    loop {
        let mut events = Vec::with_capacity(1024);
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None).unwrap();
        for event in &events {
            let Some(index) = event.data.u64().checked_sub(1) else {
                let (mut stream, _) = read_request(listener.accept().unwrap().0);
                stream.write_all(SWITCHING).unwrap();
                watch(streams.len() as u64 + 1, &stream);
                streams.push((stream, Vec::new()));
                continue;
            };
            let (stream, unread) = &mut streams[index as usize];
            let Ok(length @ 1..) = stream.read(&mut buffer) else {
                std::process::exit(0);
            };
            unread.extend_from_slice(&buffer[..length]);
            while let Some(text) = next_text(unread) {
                append_lines(&mut lines, &mut newest, &text);
            }
        }
        if !lines.is_empty() {
            for (stream, _) in &mut streams {
                stream.write_all(&lines).unwrap();
            }
            lines.clear();
        }
    }
}
