//! The automata of an interval accept the texts of its numbers, and of no others.

use super::*;
use crate::automaton::Automaton;

/// Whether all automata of some zone accept a text.
fn accepts(zones: &[Zone], text: &str) -> bool {
    zones.iter().any(|zone| {
        zone.expressions().iter().all(|expression| {
            let mut automaton = Automaton::whole(expression).unwrap();
            let mut state = automaton.start().unwrap();
            for byte in text.bytes() {
                let class = automaton.class(byte);
                state = automaton.next(state, class).unwrap();
            }
            automaton.accepts(state)
        })
    })
}

/// Places near zero, near the ends of zones, near powers of ten, and anywhere.
fn places(domain: Domain, random: &mut fastrand::Rng) -> Vec<i128> {
    let all = domain.all();
    let mut places = vec![all.first, all.last, 0, 1, -1, 2, -2];
    match domain {
        Domain::Integers => {
            for power in 0..19 {
                let near = 10_i128.pow(power);
                places.extend([near - 1, near, near + 1, -near, 1 - near]);
            }
            places.extend((0..20).map(|_| i128::from(random.i64(..))));
            places.extend((0..20).map(|_| i128::from(random.i64(-3000..3000))));
        }
        Domain::Floats => {
            for power in -323..=308 {
                if power % 29 == 0 || (-8..18).contains(&power) {
                    let near = place_of(format!("1e{power}").parse().unwrap());
                    places.extend([near - 1, near, near + 1, -1 - near]);
                }
            }
            places.extend((0..30).map(|_| random.i128(all.first..=all.last)));
            places.extend((0..30).map(|_| place_of(random.f64())));
            places.extend((0..30).map(|_| place_of(f64::from(random.i32(-100_000..100_000)) / 1000.0)));
        }
    }
    places.retain(|place| all.first <= *place && *place <= all.last);
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn the_texts_of_an_interval_are_those_of_its_numbers() {
    let mut random = fastrand::Rng::with_seed(7);
    let zones = Zones::default();
    for domain in [Domain::Integers, Domain::Floats] {
        let places = places(domain, &mut random);
        for _ in 0..40 {
            let (one, other) = (random.choice(&places).unwrap(), random.choice(&places).unwrap());
            let interval = Interval { first: *one.min(other), last: *one.max(other) };
            let of_interval = zones.of(domain, interval);
            for place in (0..12).map(|_| *random.choice(&places).unwrap()).chain([
                interval.first,
                interval.last,
                interval.first - 1,
                interval.last + 1,
            ]) {
                let Some(number) = domain.number(place) else { continue };
                let text = number.to_string();
                let is_inside = interval.first <= place && place <= interval.last;
                let ends =
                    [interval.first, interval.last].map(|place| domain.number(place).unwrap().to_string());
                assert_eq!(accepts(&of_interval, &text), is_inside, "{text} in {ends:?}");
            }
        }
    }
}

#[test]
fn the_ways_to_write_a_float_meet_where_they_are_expected_to() {
    let written = |float: f64| Number::from_f64(float).unwrap().to_string();
    let table = [
        (1e-5, "0.00001"),
        (0.000_009_9, "9.9e-6"),
        (1.5e-7, "1.5e-7"),
        (1e-300, "1e-300"),
        (5e-324, "5e-324"),
        (1e15, "1000000000000000.0"),
        (9_999_999_999_999_998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (-0.0, "-0.0"),
    ];
    for (float, expected) in table {
        assert_eq!(written(float), expected);
    }
}
