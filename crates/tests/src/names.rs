//! A name server that answers for the whole DNS from a table: what it does not know does not exist.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;

const A: u16 = 1;
const MX: u16 = 15;
const TXT: u16 = 16;

type Zone = Arc<Mutex<HashMap<(String, u16), Vec<Vec<u8>>>>>;

pub struct Names {
    pub address: SocketAddr,
    zone: Zone,
    task: tokio::task::JoinHandle<()>,
}
impl Drop for Names {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Names {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let zone = Zone::default();
        let known = zone.clone();
        let task = tokio::spawn(async move {
            let mut question = [0u8; 1_500];
            while let Ok((n, from)) = socket.recv_from(&mut question).await {
                let answer = answer(&question[..n], &known.lock().unwrap());
                if let Some(answer) = answer {
                    socket.send_to(&answer, from).await.ok();
                }
            }
        });
        Self { address, zone, task }
    }

    pub fn txt(&self, name: &str, text: &str) -> &Self {
        // Strings of at most 255 bytes, as registrars cut them.
        let data = text.as_bytes().chunks(200).flat_map(|c| [&[c.len() as u8], c].concat()).collect();
        self.put(name, TXT, data)
    }
    pub fn a(&self, name: &str, address: Ipv4Addr) -> &Self {
        self.put(name, A, address.octets().to_vec())
    }
    pub fn mx(&self, name: &str, host: &str) -> &Self {
        let mut data = vec![0, 10];
        for label in host.split('.') {
            data.push(label.len() as u8);
            data.extend(label.as_bytes());
        }
        data.push(0);
        self.put(name, MX, data)
    }
    pub fn forget(&self, name: &str) {
        self.zone.lock().unwrap().retain(|(known, _), _| known != name);
    }
    fn put(&self, name: &str, kind: u16, data: Vec<u8>) -> &Self {
        self.zone.lock().unwrap().entry((name.to_lowercase(), kind)).or_default().push(data);
        self
    }
}

fn answer(question: &[u8], zone: &HashMap<(String, u16), Vec<Vec<u8>>>) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    while *question.get(at)? > 0 {
        let length = question[at] as usize;
        labels.push(String::from_utf8_lossy(question.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
    let asked = question.get(12..at + 5)?;
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    let name = labels.join(".");
    let records = zone.get(&(name.clone(), kind)).map(Vec::as_slice).unwrap_or_default();
    let known = zone.keys().any(|(n, _)| *n == name || n.ends_with(&format!(".{name}")));
    let mut out = question[..2].to_vec();
    out.extend([0x85, if known { 0x80 } else { 0x83 }]);
    out.extend([0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    out.extend(asked);
    for data in records {
        out.extend([0xc0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend((data.len() as u16).to_be_bytes());
        out.extend(data);
    }
    Some(out)
}
