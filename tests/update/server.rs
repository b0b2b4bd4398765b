//! A small HTTP server on this machine, that behaves as well or as badly as a test wants.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    headers: HashMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What is sent back.
pub(crate) enum Reply {
    /// Status, headers, body; the length is that of the body unless a header says another.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The same, but the connection ends after so many bytes of the body.
    Cut(u16, Vec<(&'static str, String)>, Vec<u8>, usize),
    /// A byte now and then, without end.
    Slow,
}

type Handler = Box<dyn FnMut(&Request) -> Reply + Send>;

/// The server; it ends with the test.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    handlers: Arc<Mutex<HashMap<String, Handler>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            handlers: Arc::default(),
            requests: Arc::default(),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.answer(connection));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers a path in a way of its own.
    pub(crate) fn on(&self, path: &str, handler: impl FnMut(&Request) -> Reply + Send + 'static) {
        let mut handlers = self.handlers.lock().unwrap();
        handlers.insert(path.to_owned(), Box::new(handler));
    }

    /// Serves a document as a good static server does: with an `ETag`, by parts, and not at all to whom has it already.
    pub(crate) fn serve(&self, path: &str, body: &[u8]) {
        let body = body.to_vec();
        let etag = etag(&body);
        self.on(path, move |request| document(request, &body, &etag));
    }

    /// Requests so far, and forgets them.
    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    fn answer(&self, connection: TcpStream) {
        let Some(request) = read_request(&connection) else {
            return;
        };
        self.requests.lock().unwrap().push(request.clone());
        let reply = match self.handlers.lock().unwrap().get_mut(&request.path) {
            Some(handler) => handler(&request),
            None => Reply::Whole(404, Vec::new(), b"nothing here".to_vec()),
        };
        let _ = send(connection, reply);
    }
}

pub(crate) fn etag(body: &[u8]) -> String {
    let sum = body.iter().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    format!("\"{sum:x}\"")
}

/// How a good server answers a request for a document.
pub(crate) fn document(request: &Request, body: &[u8], etag: &str) -> Reply {
    let headers = vec![("ETag", etag.to_owned())];
    if request.header("if-none-match") == Some(etag) {
        return Reply::Whole(304, headers, Vec::new());
    }
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes="));
    let start: Option<usize> = range
        .and_then(|range| range.strip_suffix('-'))
        .and_then(|start| start.parse().ok());
    match start {
        Some(start) if request.header("if-range") == Some(etag) && start < body.len() => {
            let place = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            Reply::Whole(
                206,
                [headers, vec![("Content-Range", place)]].concat(),
                body[start..].to_vec(),
            )
        }
        _ => Reply::Whole(200, headers, body.to_vec()),
    }
}

fn read_request(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Some(Request { path, headers })
}

fn send(mut connection: TcpStream, reply: Reply) -> std::io::Result<()> {
    let (status, headers, body, end) = match reply {
        Reply::Whole(status, headers, body) => {
            let end = body.len();
            (status, headers, body, end)
        }
        Reply::Cut(status, headers, body, end) => (status, headers, body, end),
        Reply::Slow => {
            connection.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n",
            )?;
            loop {
                connection.write_all(b"x")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
    };
    let mut head = format!("HTTP/1.1 {status} Any\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes())?;
    connection.write_all(&body[..end])?;
    connection.flush()
}

/// A proxy that lets connections through to where they are meant to go; the hosts it was asked for.
pub(crate) fn proxy(target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let Some(request) = read_request(&connection) else {
                continue;
            };
            noted.lock().unwrap().push(request.path);
            let _ = connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let mut onward = TcpStream::connect(target).unwrap();
            let (mut from, mut to) = (connection.try_clone().unwrap(), onward.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            let mut body = Vec::new();
            let _ = onward.read_to_end(&mut body);
            let _ = connection.write_all(&body);
        }
    });
    (address, asked)
}
