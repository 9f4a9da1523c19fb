//! What can't be copied survives: connections, files, closures, threads, channels. Showing such a value uses it.

use crate::layouts::spec::{Spec, case};

macro_rules! debug {
    ($body:literal) => {
        concat!(
            "\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { ",
            $body,
            " } }"
        )
    };
}

/// A trait with these methods, whose objects show themselves by `seen`, before the rest of a version.
macro_rules! objects {
    ($methods:literal, $rest:literal) => {
        concat!(
            "#[liveswap::hot] pub trait Label { ",
            $methods,
            " }\npub struct Held(Counted);\nimpl Label for Held { fn number(&self) -> u32 { self.0.label() } }\n\
             impl fmt::Debug for dyn Label { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, \"{}\", self.seen()) } }\n",
            $rest
        )
    };
}

pub fn cases() -> Vec<Spec> {
    vec![
        case("connection",
            concat!("use std::io::{Read, Write};\n#[derive(HotType, HotState)] pub struct State { n: u8, stream: std::net::TcpStream, peer: std::net::TcpStream }", debug!("(&self.stream).write_all(b\"ping\").unwrap(); let mut buffer = [0; 4]; (&self.peer).read_exact(&mut buffer).unwrap(); write!(f, \"{} {}\", self.n, String::from_utf8_lossy(&buffer))")),
            concat!("use std::io::{Read, Write};\n#[derive(HotType, HotState)] pub struct State { peer: Box<std::net::TcpStream>, stream: Option<std::net::TcpStream>, n: u16 }", debug!("(&mut &*self.peer).write_all(b\"pong\").unwrap(); let mut buffer = [0; 4]; self.stream.as_ref().unwrap().read_exact(&mut buffer).unwrap(); write!(f, \"{} {}\", self.n, String::from_utf8_lossy(&buffer))")),
            "{ let listener = std::net::TcpListener::bind(\"127.0.0.1:0\").unwrap(); let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap(); let peer = listener.accept().unwrap().0; State { n: 1, stream, peer } }")
            .moved(&["State: field `peer`: `TcpStream` -> `Box<TcpStream>`", "State: field `stream`: `TcpStream` -> `Option<TcpStream>`", "State: field `n`: `u8` -> `u16`"], "1 pong")
            .back(&["State: field `n`: `u16` -> `u8`", "State: field `stream`: `Option<TcpStream>` -> `TcpStream`", "State: field `peer`: `Box<TcpStream>` -> `TcpStream`"], "1 ping"),
        case("file",
            concat!("use std::io::{Read, Seek, Write};\n#[derive(HotType, HotState)] pub struct State { all: Vec<std::fs::File>, path: std::path::PathBuf }\nimpl Drop for State { fn drop(&mut self) { let _ = std::fs::remove_file(&self.path); } }", debug!("let mut file = &self.all[0]; file.write_all(b\"x\").unwrap(); file.rewind().unwrap(); let mut text = String::new(); file.read_to_string(&mut text).unwrap(); write!(f, \"{}\", &text[..4])")),
            concat!("use std::io::{Read, Seek, Write};\n#[derive(HotType, HotState)] pub struct State { path: std::path::PathBuf, new: u8, all: VecDeque<std::fs::File> }\nimpl Drop for State { fn drop(&mut self) { let _ = std::fs::remove_file(&self.path); } }", debug!("let mut file = &self.all[0]; file.write_all(b\"y\").unwrap(); file.rewind().unwrap(); let mut text = String::new(); file.read_to_string(&mut text).unwrap(); let last = text.chars().last().unwrap(); write!(f, \"{}{last}\", &text[..4])")),
            "{ let path = std::env::temp_dir().join(format!(\"liveswap-layouts-{}\", std::process::id())); let mut file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap(); file.write_all(b\"kept\").unwrap(); State { all: vec![file], path } }")
            .moved(&["State: field `new: u8` added", "State: field `all`: `Vec<File>` -> `VecDeque<File>`"], "kepty")
            .back(&["State: field `all`: `VecDeque<File>` -> `Vec<File>`", "State: field `new: u8` removed"], "kept"),
        case("closure",
            concat!("#[derive(HotType, HotState)] pub struct State { #[hot(opaque)] call: Box<dyn Fn(u8) -> u8>, n: u8 }", debug!("write!(f, \"{}\", (self.call)(self.n))")),
            concat!("#[derive(HotType, HotState)] pub struct State { new: u8, n: u16, #[hot(opaque)] call: Box<dyn Fn(u8) -> u8> }", debug!("write!(f, \"new {}\", (self.call)(self.n as u8))")),
            "{ let inside = counted(10); State { call: Box::new(move |n| n + inside.label() as u8), n: 1 } }")
            .moved(&["State: field `new: u8` added", "State: field `n`: `u8` -> `u16`"], "new 11")
            .back(&["State: field `n`: `u16` -> `u8`", "State: field `new: u8` removed"], "11"),
        // The objects keep the code that made them.
        case("trait_objects",
            objects!("fn number(&self) -> u32; fn seen(&self) -> u32 { self.number() }", "struct State { a: Box<dyn Label>, b: Vec<Rc<dyn Label>>, c: Option<rc::Weak<dyn Label>>, d: Box<dyn std::any::Any>, n: u8 }"),
            objects!("fn number(&self) -> u32; fn seen(&self) -> u32 { 2 * self.number() }", "struct State { n: u16, b: VecDeque<Rc<dyn Label>>, a: Option<Box<dyn Label>>, c: Option<rc::Weak<dyn Label>> }"),
            "{ let one: Rc<dyn Label> = Rc::new(Held(counted(2))); State { a: Box::new(Held(counted(1))), c: Some(Rc::downgrade(&one)), b: vec![one.clone(), one], d: Box::new(counted(3)), n: 1 } }")
            .moved(&["State: field `n`: `u8` -> `u16`", "State: field `b`: `Vec<Rc<dyn Label>>` -> `VecDeque<Rc<dyn Label>>`", "State: field `a`: `Box<dyn Label>` -> `Option<Box<dyn Label>>`", "State: field `d: Box<dyn Any>` removed"], "State { n: 1, b: [2, 2], a: Some(1), c: Some((Weak)) }")
            .back_refused(&["State: field `d: Box<dyn Any>` added, and its type has no `Default`; write `#[hot(default = …)]` before it"]),
        case("a_changed_trait",
            objects!("fn number(&self) -> u32; fn seen(&self) -> u32 { self.number() }", "struct State { a: Box<dyn Label> }"),
            objects!("fn loud(&self) -> bool { true } fn number(&self) -> u32; fn seen(&self) -> u32 { self.number() }", "struct State { a: Box<dyn Label> }"),
            "State { a: Box::new(Held(counted(1))) }")
            .refused(&["State: field `a`: `Box<dyn Label>` -> `Box<dyn Label>`: no way from one to the other (Label: method `loud` added)"]),
        case("thread",
            concat!("#[derive(HotType, HotState)] pub struct State { go: std::sync::mpsc::Sender<u8>, thread: RefCell<Option<std::thread::JoinHandle<u8>>>, n: u8 }", debug!("write!(f, \"{}\", self.thread.borrow().as_ref().map_or(true, |thread| !thread.is_finished()))")),
            concat!("#[derive(HotType, HotState)] pub struct State { n: u16, thread: RefCell<Option<std::thread::JoinHandle<u8>>>, go: std::sync::mpsc::Sender<u8> }", debug!("let _ = self.go.send(7); write!(f, \"{:?}\", self.thread.take().map(|thread| thread.join().unwrap()))")),
            "{ let (go, come) = std::sync::mpsc::channel::<u8>(); State { go, thread: RefCell::new(Some(std::thread::spawn(move || { come.recv().unwrap() }))), n: 1 } }")
            .moved(&["State: field `n`: `u8` -> `u16`"], "Some(7)")
            .back(&["State: field `n`: `u16` -> `u8`"], "true"),
        case("what_has_no_layout_of_ours",
            concat!("#[derive(HotType, HotState)] pub struct State { since: std::time::Instant, name: Arc<str>, id: std::thread::ThreadId, call: fn(u8) -> u8, mark: std::marker::PhantomData<Counted>, error: std::io::Error, n: u8 }", debug!("write!(f, \"{} {} {} {}\", self.name, self.id == std::thread::current().id(), (self.call)(self.n), self.error)")),
            concat!("#[derive(HotType, HotState)] pub struct State { n: u16, error: std::io::Error, mark: std::marker::PhantomData<Counted>, call: fn(u8) -> u8, id: std::thread::ThreadId, name: Arc<str>, since: std::time::Instant }", debug!("write!(f, \"{} {} {}\", self.name, (self.call)(self.n as u8), self.error)")),
            "State { since: std::time::Instant::now(), name: \"name\".into(), id: std::thread::current().id(), call: |n| n + 1, mark: Default::default(), error: std::io::Error::other(\"an error\"), n: 1 }")
            .moved(&["State: field `n`: `u8` -> `u16`"], "name 2 an error")
            .back(&["State: field `n`: `u16` -> `u8`"], "name true 2 an error"),
        case("a_channel_of_what_changes",
            "struct State { s: std::sync::mpsc::Sender<Item> }\nstruct Item { n: u8 }",
            "struct State { s: std::sync::mpsc::Sender<Item> }\nstruct Item { n: u16 }",
            "State { s: std::sync::mpsc::channel().0 }")
            .refused(&["State: field `s`: `Sender<Item>` -> `Sender<Item>`: no way from one to the other (Item: size 1 -> 2, align 1 -> 2; Item: field `n`: type `u8` -> `u16`)"]),
    ]
}
