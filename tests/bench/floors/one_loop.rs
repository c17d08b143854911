//! One thread waits on all sockets, and sends new lines to each socket in one call.

use std::collections::HashMap;
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
    let mut streams: HashMap<u64, (TcpStream, Vec<u8>)> = HashMap::new();
    let (mut buffer, mut lines, mut newest) = (vec![0; 256 * 1024], Vec::new(), 0);
    loop {
        let mut events = Vec::with_capacity(1024);
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None).unwrap();
        for event in &events {
            let number = event.data.u64();
            let Some((stream, unread)) = streams.get_mut(&number) else {
                let (mut stream, _) = read_request(listener.accept().unwrap().0);
                stream.write_all(SWITCHING).unwrap();
                let number = streams.len() as u64 + 1;
                watch(number, &stream);
                streams.insert(number, (stream, Vec::new()));
                continue;
            };
            let Ok(length @ 1..) = stream.read(&mut buffer) else {
                std::process::exit(0);
            };
            unread.extend_from_slice(&buffer[..length]);
            while let Some(text) = next_text(unread) {
                append_lines(&mut lines, &mut newest, &text);
            }
        }
        if !lines.is_empty() {
            for (stream, _) in streams.values_mut() {
                stream.write_all(&lines).unwrap();
            }
            lines.clear();
        }
    }
}
