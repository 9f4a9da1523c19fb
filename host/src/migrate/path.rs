//! Where in a value something is, as a text that stays short: lists and trees lead a hundred thousand steps deep.

/// The longest sequence of steps that is looked for as one that repeats itself.
const LONGEST_PERIOD: usize = 4;

/// How often steps must repeat themselves to be shortened.
const FEWEST_TIMES: usize = 4;

/// How many bytes of a path are shown; of a longer one, half of them at each end.
const LONGEST: usize = 400;

/// The steps as one text, without what repeats itself: `.list.next.next … .next (×5,000)`.
pub(super) fn shortened(steps: &[&str]) -> String {
    let (mut path, mut at) = (String::new(), 0);
    while at < steps.len() {
        let rest = &steps[at..];
        match repeated(rest) {
            Some((period, times)) => {
                let step = rest[..period].concat();
                path += &format!("{step}{step} … {step} (×{})", grouped(times));
                at += period * times;
            }
            None => {
                path += rest[0];
                at += 1;
            }
        }
    }
    if path.len() <= LONGEST {
        return path;
    }
    let (head, tail) = (path.floor_char_boundary(LONGEST / 2), path.ceil_char_boundary(path.len() - LONGEST / 2));
    format!("{} … {}", &path[..head], &path[tail..])
}

/// How many steps at the beginning repeat themselves, and how often.
fn repeated(steps: &[&str]) -> Option<(usize, usize)> {
    (1..=LONGEST_PERIOD.min(steps.len())).find_map(|period| {
        let times = steps.chunks_exact(period).take_while(|chunk| **chunk == steps[..period]).count();
        (times >= FEWEST_TIMES).then_some((period, times))
    })
}

/// A number with commas.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn short_paths_are_shown_whole() {
        assert_eq!(shortened(&[]), "");
        assert_eq!(shortened(&[".all", "[3]", ".next", ".next", ".next", ".n"]), ".all[3].next.next.next.n");
    }

    #[test]
    fn repeated_steps_are_counted() {
        let list = [&[".l"][..], &[".next"; 99_998], &[".v"]].concat();
        assert_eq!(shortened(&list), ".l.next.next … .next (×99,998).v");
        let tree = [&[".root"][..], &[".children", "[0]"].repeat(1_000), &[".n"]].concat();
        assert_eq!(shortened(&tree), ".root.children[0].children[0] … .children[0] (×1,000).n");
    }

    #[test]
    fn a_long_path_without_a_pattern_shows_its_ends() {
        let steps: Vec<String> = (0..5_000).map(|index| format!(".ä[{index}]")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let path = shortened(&steps);
        assert!(path.len() < 410 && path.starts_with(".ä[0].ä[1]") && path.ends_with(".ä[4999]"), "{path}");
    }
}
