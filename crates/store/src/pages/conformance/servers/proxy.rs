//! A TCP proxy that partitions.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Link {
    /// They arrive.
    Passes = 0,
    /// They wait, and arrive late.
    Holds = 1,
    /// Connections end, and there are no new ones.
    Cuts = 2,
}

/// Passes connections on to a port.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    link: Arc<AtomicU8>,
}

impl Proxy {
    /// Starts one to a port of this machine.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, link) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU8::new(0)));
        let its = Arc::clone(&link);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if its.load(SeqCst) == Link::Cuts as u8 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    let link = Arc::clone(&its);
                    thread::spawn(move || pass(&mut from, &mut to, &link));
                }
            }
        });
        Self { port, link }
    }

    /// The port that it listens at.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes what happens to bytes from now on.
    pub fn set(&self, link: Link) {
        self.link.store(link as u8, SeqCst);
    }
}

fn pass(from: &mut TcpStream, to: &mut TcpStream, link: &AtomicU8) {
    let _ = from.set_nodelay(true);
    let _ = from.set_read_timeout(Some(Duration::from_millis(100)));
    let mut bytes = [0; 65_536];
    loop {
        let read = match from.read(&mut bytes) {
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                None
            }
            Ok(0) | Err(_) => break,
            Ok(read) => Some(read),
        };
        while link.load(SeqCst) == Link::Holds as u8 {
            thread::sleep(Duration::from_millis(5));
        }
        if link.load(SeqCst) == Link::Cuts as u8 {
            break;
        }
        if read.is_some_and(|read| to.write_all(&bytes[..read]).is_err()) {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
