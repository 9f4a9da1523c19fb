//! Enums: variants added, removed, renamed, set in another order, with other fields and other numbers.

use crate::layouts::spec::{Spec, case};

pub fn cases() -> Vec<Spec> {
    vec![
        case("variant_added", "struct State { all: Vec<Event> }\nenum Event { A(Counted), B { n: u8 } }", "struct State { all: Vec<Event> }\nenum Event { New, A(Counted), B { n: u8 } }", "State { all: vec![Event::A(counted(1)), Event::B { n: 2 }] }")
            .moved(&["State.all > Event: variant `New` added"], "State { all: [A(#1), B { n: 2 }] }")
            .back(&["State.all > Event: variant `New` removed"], "State { all: [A(#1), B { n: 2 }] }"),
        case("variant_removed_and_not_used", "struct State { all: Vec<Event> }\nenum Event { A(Counted), B { n: u8 } }", "struct State { all: Vec<Event> }\nenum Event { A(Counted) }", "State { all: vec![Event::A(counted(1)), Event::A(counted(2))] }")
            .moved(&["State.all > Event: variant `B` removed"], "State { all: [A(#1), A(#2)] }")
            .back(&["State.all > Event: variant `B` added"], "State { all: [A(#1), A(#2)] }"),
        case("variant_removed_and_used", "struct State { c: Counted, all: Vec<Event> }\nenum Event { A(Counted), B(Counted) }", "struct State { c: Counted, #[hot(default = counted(4))] d: Counted, all: Vec<Event> }\nenum Event { A(Counted, Counted) }", "State { c: counted(0), all: vec![Event::A(counted(1)), Event::B(counted(2)), Event::A(counted(3))] }")
            .failed("State.all[1]: it is a `B`, and there is no such variant any more"),
        case("variant_renamed", "struct State { all: Vec<Event> }\nenum Event { #[hot(rename = \"Stop\")] Quit(Counted), Go }", "struct State { all: Vec<Event> }\nenum Event { Go, #[hot(rename = \"Quit\")] Stop(Counted) }", "State { all: vec![Event::Quit(counted(1)), Event::Go] }")
            .moved(&["State.all > Event: variant `Quit` renamed to `Stop`"], "State { all: [Stop(#1), Go] }")
            .back(&["State.all > Event: variant `Stop` renamed to `Quit`"], "State { all: [Quit(#1), Go] }"),
        // As for fields: the variant of the name itself comes before one that was renamed.
        case("an_old_variants_name_is_used_again", "struct State { all: Vec<Event> }\nenum Event { A(Counted), B(Counted) }", "struct State { all: Vec<Event> }\nenum Event { #[hot(rename = \"A\")] B(Counted), C }", "State { all: vec![Event::B(counted(1))] }")
            .moved(&["State.all > Event: variant `A` removed", "State.all > Event: variant `C` added"], "State { all: [B(#1)] }")
            .back(&["State.all > Event: variant `C` removed", "State.all > Event: variant `A` added"], "State { all: [B(#1)] }"),
        case("variants_reordered", "enum State { A, B(Counted), C { n: u8 } }", "enum State { C { n: u8 }, B(Counted), A }", "State::B(counted(1))")
            .moved(&["State: laid out anew"], "B(#1)")
            .back(&["State: laid out anew"], "B(#1)"),
        case("plain_variants_reordered", "enum State { A, B, C }", "enum State { C, B, A }", "State::A").moved(&["State: laid out anew"], "A").back(&["State: laid out anew"], "A"),
        case("numbers_of_variants_change", "struct State { all: Vec<Code> }\nenum Code { A = 1, B = 2 }", "struct State { all: Vec<Code> }\nenum Code { A = 2, B = 1 }", "State { all: vec![Code::A, Code::B, Code::A] }")
            .moved(&["State: laid out anew"], "State { all: [A, B, A] }")
            .back(&["State: laid out anew"], "State { all: [A, B, A] }"),
        case("numbers_of_variants_change_their_size", "struct State { all: Vec<Code> }\n#[repr(u8)]\nenum Code { A(Counted) = 1, B = 2 }", "struct State { all: Vec<Code> }\n#[repr(i64)]\nenum Code { A(Counted) = -1, B = 1000 }", "State { all: vec![Code::A(counted(1)), Code::B] }")
            .moved(&["State: laid out anew"], "State { all: [A(#1), B] }")
            .back(&["State: laid out anew"], "State { all: [A(#1), B] }"),
        case("repr_added", "enum State { A(Counted), B }", "#[repr(u8)]\nenum State { A(Counted), B }", "State::A(counted(1))")
            .moved(&["State: laid out anew"], "A(#1)")
            .back(&["State: laid out anew"], "A(#1)"),
        case("fields_of_a_variant", "struct State { all: Vec<Event> }\nenum Event { Move { x: u8, gone: Counted, c: Counted }, Stop }", "struct State { all: Vec<Event> }\nenum Event { Move { c: Counted, x: f32, new: Counted }, Stop }", "State { all: vec![Event::Move { x: 1, gone: counted(1), c: counted(2) }, Event::Stop] }")
            .moved(&["State.all > Event::Move: field `x`: `u8` -> `f32`", "State.all > Event::Move: field `new: Counted` added", "State.all > Event::Move: field `gone: Counted` removed"], "State { all: [Move { c: #2, x: 1.0, new: #0 }, Stop] }")
            .back(&["State.all > Event::Move: field `x`: `f32` -> `u8`", "State.all > Event::Move: field `gone: Counted` added", "State.all > Event::Move: field `new: Counted` removed"], "State { all: [Move { x: 1, gone: #0, c: #2 }, Stop] }"),
        case("field_of_a_variant_that_does_not_fit", "struct State { all: Vec<Event> }\nenum Event { Move { c: Counted, x: u16 } }", "struct State { all: Vec<Event> }\nenum Event { Move { new: Counted, c: Counted, x: u8 } }", "State { all: vec![Event::Move { c: counted(1), x: 255 }, Event::Move { c: counted(2), x: 256 }] }")
            .failed("State.all[1].x: 256 does not fit `u8`"),
        case("unit_variant_gets_fields", "enum State { Idle, Run(Counted) }", "enum State { Idle(u8, #[hot(default = counted(7))] Counted), Run { #[hot(rename = \"0\")] c: Counted } }", "State::Idle")
            .moved(&["State::Idle: field `0: u8` added", "State::Idle: field `1: Counted` added", "State::Run: field `0` renamed to `c`"], "Idle(0, #7)")
            .back(&["State::Idle: field `0: u8` removed", "State::Idle: field `1: Counted` removed", "State::Run: field `c` renamed to `0`"], "Idle"),
        case("variant_gets_a_field_without_default", "enum State { Idle, Run(Counted) }", "enum State { Idle(Inner), Run(Counted) }\nstruct Inner;", "State::Run(counted(1))")
            .refused(&["State::Idle: field `0: Inner` added, and its type has no `Default`; write `#[hot(default = …)]` before it"]),
        case("struct_becomes_an_enum", "struct State { a: Inner }\nstruct Inner { c: Counted }", "struct State { a: Inner }\nenum Inner { A { c: Counted } }", "State { a: Inner { c: counted(1) } }")
            .refused(&["State: field `a`: `Inner` -> `Inner`: no way from one to the other (Inner: was a struct, is an enum now)"]),
        case("recursive_enum", "struct State(List);\nenum List { End, Item(Counted, Box<List>) }", "struct State(List);\nenum List { Item(Counted, Box<List>), End, Other(u8) }", "State(List::Item(counted(1), Box::new(List::Item(counted(2), Box::new(List::End)))))")
            .moved(&["State.0 > List: variant `Other` added"], "State(Item(#1, Item(#2, End)))")
            .back(&["State.0 > List: variant `Other` removed"], "State(Item(#1, Item(#2, End)))"),
        case("variant_with_a_function", "enum State { A(String), B }", "enum State { B, A(#[hot(with = length)] usize) }\nfn length(old: &String) -> Result<usize, String> { if old.is_empty() { Err(\"it is empty\".into()) } else { Ok(old.len()) } }", "State::A(String::new())")
            .failed("State.0: it is empty"),
    ]
}
