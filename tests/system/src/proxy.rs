//! Somebody between an agent and NOC, who may look at what goes through, change it, or keep it.

use std::{
    io::{BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A request and its answer, each as it went over the wire.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The request.
    pub request: Vec<u8>,
    /// The answer.
    pub answer: Vec<u8>,
}

type Change = Box<dyn FnMut(&mut Vec<u8>) + Send>;

#[derive(Default)]
struct Between {
    seen: Vec<Exchange>,
    change_request: Option<Change>,
    change_answer: Option<Change>,
}

/// Somebody between an agent and NOC.
pub struct Proxy {
    origin: String,
    between: Arc<Mutex<Between>>,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// Stands in front of the NOC at this origin.
    pub fn of(noc: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
        let origin = format!("http://{}", listener.local_addr().expect("it has an address"));
        let between = Arc::new(Mutex::new(Between::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, is_over) = (Arc::clone(&between), Arc::clone(&ended));
        let to = noc.trim_start_matches("http://").to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                // A connection that breaks is one that an agent has to live with.
                let _ = pass_on(stream, &to, &shared);
            }
        });
        Self { origin, between, ended }
    }

    /// `http://HOST:PORT`
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What went through.
    pub fn seen(&self) -> Vec<Exchange> {
        self.lock().seen.clone()
    }

    /// Changes requests from now on.
    pub fn change_requests(&self, change: impl FnMut(&mut Vec<u8>) + Send + 'static) {
        self.lock().change_request = Some(Box::new(change));
    }

    /// Changes answers from now on.
    pub fn change_answers(&self, change: impl FnMut(&mut Vec<u8>) + Send + 'static) {
        self.lock().change_answer = Some(Box::new(change));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Between> {
        self.between.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The listener wakes up and sees that it is over.
        let _ = TcpStream::connect(self.origin.trim_start_matches("http://"));
    }
}

fn pass_on(mut client: TcpStream, to: &str, between: &Mutex<Between>) -> std::io::Result<()> {
    let mut request = read_message(&mut BufReader::new(client.try_clone()?))?;
    let lock = || between.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(change) = &mut lock().change_request {
        change(&mut request);
    }
    let mut server = TcpStream::connect(to)?;
    server.write_all(&request)?;
    let mut answer = read_message(&mut BufReader::new(server))?;
    let mut between = lock();
    between.seen.push(Exchange { request, answer: answer.clone() });
    if let Some(change) = &mut between.change_answer {
        change(&mut answer);
    }
    drop(between);
    client.write_all(&answer)
}

/// Head and body of a message that says how long it is. The connection is used once.
fn read_message(from: &mut impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            message.extend_from_slice(b"Connection: close\r\n\r\n");
            break;
        }
        message.extend_from_slice(line.as_bytes());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    message.extend_from_slice(&body);
    Ok(message)
}
