//! Each function calls itself once more, and gives how far the two frames lie apart.

use std::hint::black_box;

type Large = [u8; 20_000];

fn here<T>(local: &T) -> usize {
    std::ptr::from_ref(local) as *const () as usize
}

fn numbers(above: usize, n: u64) -> usize {
    let local = n;
    if n == 0 { above - here(&local) } else { numbers(here(&local), n - 1) }
}

pub struct S(u32);

impl S {
    fn method(&self, above: usize, n: u64) -> usize {
        let local = n + u64::from(self.0);
        if n == 0 { above - here(&local) } else { self.method(here(&local), n - 1) }
    }

    fn text<'a>(&'a mut self, above: usize, text: &'a str) -> usize {
        let local = text.len();
        if text.is_empty() { above - here(&local) } else { self.text(here(&local), &text[1..]) }
    }
}

fn pairs((x, y): (f32, f32), above: usize, n: u64) -> usize {
    let local = x + y;
    if n == 0 { above - here(&local) } else { pairs((y, x), here(&local), n - 1) }
}

fn large(above: usize, value: Large, n: u64) -> usize {
    let local = value;
    if n == 0 { above - here(&local) } else { large(here(&local), local, n - 1) }
}

fn list(above: usize, names: &[String], mut out: Vec<String>) -> usize {
    let local = names.len();
    if let Some((first, rest)) = names.split_first() {
        let name = format!("{first}-{}", out.len());
        let longer = format!("{name}-{local}");
        out.push(name.clone());
        out.push(longer);
        list(here(&local), rest, out)
    } else {
        above - here(&local)
    }
}

fn tree(above: usize, depth: Option<Box<u32>>) -> usize {
    let local = depth.as_deref().copied().unwrap_or_default();
    match depth {
        Some(depth) if *depth > 0 => {
            let names = vec![format!("{depth}"), local.to_string()];
            let next = Some(Box::new(*depth - 1));
            let found = tree(here(&local), next);
            assert_eq!(names.len(), 2);
            found
        }
        _ => above - here(&local),
    }
}

fn main() {
    println!("numbers {}", numbers(0, black_box(3)));
    println!("method {}", S(1).method(0, black_box(3)));
    println!("text {}", S(1).text(0, black_box("abc")));
    println!("pairs {}", pairs((1.0, 2.0), 0, black_box(3)));
    println!("large {}", large(0, black_box([1; 20_000]), 3));
    println!("list {}", list(0, black_box(&["a".to_owned(), "b".to_owned()]), Vec::new()));
    println!("tree {}", tree(0, Some(Box::new(black_box(3)))));
}
