//! The catalogue of ordinary activity: which calls occur, how often, by whom, and with which parameters.
//!
//! The weights follow what an account with a web fleet, containers, pipelines and a few people records in a day:
//! nine in ten calls read. What an attacker does is not here but in the sample folder's story.

pub(super) mod compute;
mod platform;
mod security;

use super::account::Scene;
use super::record::{Details, Kind};
use crate::dice::Dice;

/// Who usually makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    Humans,
    Workloads,
    Services,
    Directory,
    /// Humans now and then, workloads most of the time.
    Mixed,
}

/// One kind of call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: Kind,
    pub(crate) read_only: bool,
    pub(crate) callers: Callers,
    weight: u32,
    /// Makes the parameters of one occurrence.
    pub(crate) fill: fn(&mut Dice, Scene<'_>) -> Details,
}

type Fill = fn(&mut Dice, Scene<'_>) -> Details;

impl Call {
    const fn read(service: &'static str, name: &'static str, weight: u32, fill: Fill) -> Self {
        Self {
            service,
            name,
            version: "1.11",
            kind: Kind::Management,
            read_only: true,
            callers: Callers::Mixed,
            weight,
            fill,
        }
    }

    const fn change(service: &'static str, name: &'static str, weight: u32, fill: Fill) -> Self {
        let mut call = Self::read(service, name, weight, fill);
        call.read_only = false;
        call
    }

    const fn by(mut self, callers: Callers) -> Self {
        self.callers = callers;
        self
    }

    const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Services move to new versions of the record format one by one.
    const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }
}

/// All calls, with the sum of their weights.
#[derive(Debug)]
pub(crate) struct Catalogue {
    calls: Vec<Call>,
    total_weight: u32,
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        let calls = [compute::CALLS, platform::CALLS, security::CALLS].concat();
        let total_weight = calls.iter().map(|call| call.weight).sum();
        Self { calls, total_weight }
    }

    /// A call, each as often as its weight says. Global services are seen in `us-east-1` only.
    pub(crate) fn draw(&self, dice: &mut Dice, region: &str) -> Call {
        loop {
            let call = self.at(dice.below(self.total_weight));
            if region == "us-east-1" || !is_global(call.service) {
                return call;
            }
        }
    }

    fn at(&self, mut position: u32) -> Call {
        for call in &self.calls {
            if position < call.weight {
                return *call;
            }
            position -= call.weight;
        }
        unreachable!("a position is below the sum of all weights");
    }
}

fn is_global(service: &str) -> bool {
    matches!(service, "iam" | "organizations" | "signin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_calls_in_ten_read() {
        let catalogue = Catalogue::new();
        let reads: u32 = catalogue.calls.iter().filter(|call| call.read_only).map(|call| call.weight).sum();
        let share = f64::from(reads) / f64::from(catalogue.total_weight);
        assert!((0.85..0.95).contains(&share), "{share}");
    }

    #[test]
    fn global_services_are_recorded_in_one_region_only() {
        let catalogue = Catalogue::new();
        let mut dice = Dice::new(3);
        let seen =
            |dice: &mut Dice, region| (0..4000).any(|_| is_global(catalogue.draw(dice, region).service));
        assert!(seen(&mut dice, "us-east-1"));
        assert!(!seen(&mut dice, "eu-west-1"));
    }
}
