//! Which functions have a loop that does not end: a call that is in it never comes to code that is put in the function's
//! place.
//!
//! Said only where it is sure: a macro that nobody here knows may leave the loop.

use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprBreak, ExprClosure, ExprForLoop, ExprLoop, ExprWhile, Item, Label, Macro, Stmt};

/// Whether the body comes to a `loop` or a `while true` that nothing leaves, as far as it comes so far.
pub fn has_endless_loop(body: &Block) -> bool {
    body.stmts.iter().any(|statement| match statement {
        Stmt::Expr(Expr::Loop(inner), _) => is_never_left(&inner.label, &inner.body),
        Stmt::Expr(Expr::While(inner), _) => is_true(&inner.cond) && is_never_left(&inner.label, &inner.body),
        Stmt::Expr(Expr::Unsafe(inner), _) => has_endless_loop(&inner.block),
        Stmt::Expr(Expr::Block(inner), _) => inner.label.is_none() && has_endless_loop(&inner.block),
        _ => false,
    })
}

fn is_true(condition: &Expr) -> bool {
    matches!(condition, Expr::Lit(literal) if matches!(&literal.lit, syn::Lit::Bool(of) if of.value))
}

fn is_never_left(label: &Option<Label>, body: &Block) -> bool {
    let mut exits = Exits { own: label.as_ref().map(|label| label.name.ident.to_string()), inside: 0, found: false };
    exits.visit_block(body);
    !exits.found
}

/// What leaves a loop.
struct Exits {
    /// The loop's label.
    own: Option<String>,
    /// How many loops deeper.
    inside: usize,
    found: bool,
}

impl Exits {
    fn deeper(&mut self, visit: impl FnOnce(&mut Self)) {
        self.inside += 1;
        visit(self);
        self.inside -= 1;
    }
}

impl<'a> Visit<'a> for Exits {
    fn visit_expr_break(&mut self, item: &'a ExprBreak) {
        self.found |= match &item.label {
            Some(label) => self.own.as_ref().is_some_and(|own| label.ident == own),
            None => self.inside == 0,
        };
        visit::visit_expr_break(self, item);
    }

    fn visit_expr_return(&mut self, _: &'a syn::ExprReturn) {
        self.found = true;
    }

    fn visit_expr_try(&mut self, _: &'a syn::ExprTry) {
        self.found = true;
    }

    fn visit_expr_loop(&mut self, item: &'a ExprLoop) {
        self.deeper(|exits| visit::visit_expr_loop(exits, item));
    }

    fn visit_expr_while(&mut self, item: &'a ExprWhile) {
        self.deeper(|exits| visit::visit_expr_while(exits, item));
    }

    fn visit_expr_for_loop(&mut self, item: &'a ExprForLoop) {
        self.deeper(|exits| visit::visit_expr_for_loop(exits, item));
    }

    // These are left by themselves.
    fn visit_expr_closure(&mut self, _: &'a ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'a ExprAsync) {}

    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_macro(&mut self, item: &'a Macro) {
        const STAY: [&str; 14] = [
            "assert",
            "assert_eq",
            "assert_ne",
            "debug",
            "eprintln",
            "error",
            "format",
            "info",
            "print",
            "println",
            "trace",
            "vec",
            "warn",
            "writeln",
        ];
        let name = item.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        // Their arguments are expressions, which may leave it.
        let text = format!(" {} ", item.tokens);
        let may_leave = text.contains('?') || [" return ", " break "].iter().any(|word| text.contains(word));
        self.found |= may_leave || !STAY.contains(&&*name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_nothing_leaves_is_endless() {
        let endless = [
            "{ loop {} }",
            "{ setup(); loop { work(); } }",
            "{ while true { work(); } }",
            "{ unsafe { loop {} } }",
            "{ 'a: loop { loop { break; } for _ in x { break; } while y { continue 'a; } } }",
            "{ loop { println!(\"{}\", x); let f = || return; let g = async { x? }; } }",
        ];
        for text in endless {
            assert!(has_endless_loop(&syn::parse_str(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn a_loop_that_may_be_left_is_not() {
        let left = [
            "{ work(); }",
            "{ while x { } }",
            "{ for x in y { } }",
            "{ loop { if x { break; } } }",
            "{ 'a: loop { loop { break 'a; } } }",
            "{ loop { x?; } }",
            "{ loop { for y in z { return; } } }",
            "{ loop { bail!(\"x\"); } }",
            "{ loop { println!(\"{}\", x?); } }",
            "{ 'a: { loop { break 'a; } } }",
            "{ if x { loop {} } }",
        ];
        for text in left {
            assert!(!has_endless_loop(&syn::parse_str(text).unwrap()), "{text}");
        }
    }
}
