//! Functions on numbers.

use super::{list, number, too_large};
use crate::node::Node;

pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Option<Option<Node>> {
    Some(match name {
        "abs" => of_number(arguments, f64::abs),
        "ceil" => of_number(arguments, f64::ceil),
        "floor" => of_number(arguments, f64::floor),
        "signum" => of_number(arguments, |number| if number == 0.0 { 0.0 } else { number.signum() }),
        "max" => of_numbers(arguments, f64::max),
        "min" => of_numbers(arguments, f64::min),
        "sum" => match arguments {
            [items] => items.as_list().and_then(|items| of_numbers(items, |one, other| one + other)),
            _ => None,
        },
        "pow" => match arguments {
            [base, exponent] => match (number(base), number(exponent)) {
                (Ok(base), Ok(exponent)) => Some(written(base.powf(exponent))),
                _ => None,
            },
            _ => None,
        },
        "parseint" => parse_int(arguments),
        "range" => range(arguments, bytes),
        _ => return None,
    })
}

fn written(number: f64) -> Node {
    // Adding zero turns `-0` into `0`.
    Node::text((number + 0.0).to_string())
}

fn of_number(arguments: &[Node], change: impl FnOnce(f64) -> f64) -> Option<Node> {
    let [argument] = arguments else { return None };
    number(argument).ok().map(|number| written(change(number)))
}

fn of_numbers(arguments: &[Node], join: impl Fn(f64, f64) -> f64) -> Option<Node> {
    let numbers = arguments.iter().map(number).collect::<Result<Vec<_>, _>>().ok()?;
    numbers.into_iter().reduce(join).map(written)
}

fn parse_int(arguments: &[Node]) -> Option<Node> {
    let [text, base] = arguments else { return None };
    let base: u32 = base.as_text()?.parse().ok().filter(|base| (2..=36).contains(base))?;
    i64::from_str_radix(text.as_text()?, base).ok().map(|number| Node::text(number.to_string()))
}

fn range(arguments: &[Node], bytes: usize) -> Option<Node> {
    /// The size of a number in the list, more or less.
    const ITEM: f64 = 40.0;
    let numbers = arguments.iter().map(number).collect::<Result<Vec<_>, _>>().ok()?;
    let (start, limit, step) = match *numbers.as_slice() {
        [limit] => (0.0, limit, if limit < 0.0 { -1.0 } else { 1.0 }),
        [start, limit] => (start, limit, if limit < start { -1.0 } else { 1.0 }),
        [start, limit, step] if step != 0.0 => (start, limit, step),
        _ => return None,
    };
    let count = ((limit - start) / step).ceil().max(0.0);
    // A budget is far below the integers that a float cannot hold.
    #[expect(clippy::cast_precision_loss, reason = "a limit need not be exact")]
    let is_affordable = count * ITEM <= bytes as f64;
    if !is_affordable {
        return Some(too_large("range"));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if step > 0.0 { next < limit } else { next > limit } {
        items.push(written(next));
        next += step;
    }
    Some(list(items))
}
