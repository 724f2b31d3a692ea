//! Chains that begin, end, begin again, move, or have neighbours.

use digests::{Request, verify};
use testkit::digests::{BUCKET, Chain, DigestPlan, HOME, SigningKey, World};

use crate::stage::{HOME_START, HOUR, MIDNIGHT, MINUTE, Stage, at, hole, line, wrong};

/// A stage whose home region has only these spans, in minutes after the first; `true` begins a chain anew.
fn spans(spans: &[(i64, i64, bool)]) -> Stage {
    let mut stage = Stage::sound();
    stage.world.objects.retain(|(_, key), _| !key.contains("/us-east-1/"));
    stage.home = Chain::new(HOME, SigningKey::Home);
    for &(from, to, is_start) in spans {
        let (start, end) = (HOME_START + from * MINUTE, HOME_START + to * MINUTE);
        let files = vec![stage.home.log_file(&mut stage.world, (start + end) / 2, 0)];
        let plan = DigestPlan { start, end, files, is_start, ..DigestPlan::default() };
        stage.home.digest(&mut stage.world, plan);
    }
    stage
}

#[test]
fn time_between_two_chains_is_stopped() {
    let stage = spans(&[(0, 60, true), (60, 90, false), (150, 210, true)]);
    stage.check(&[hole(HOME, HOME_START + 90 * MINUTE, HOME_START + 150 * MINUTE, "stopped")]);
}

#[test]
fn a_chain_that_begins_the_second_the_other_ends_leaves_no_hole() {
    spans(&[(0, 60, true), (60, 120, false), (120, 180, true)]).check(&[]);
}

#[test]
fn chains_that_overlap_leave_no_hole() {
    spans(&[(0, 60, true), (60, 90, false), (45, 105, true), (105, 165, false)]).check(&[]);
}

#[test]
fn linked_digests_may_leave_time_between_them() {
    let stage = spans(&[(0, 60, true), (60, 120, false), (150, 210, false)]);
    stage.check(&[hole(HOME, HOME_START + 120 * MINUTE, HOME_START + 150 * MINUTE, "unlinked-time")]);
}

#[test]
fn a_span_within_a_stop_is_stopped_by_its_neighbours() {
    let mut stage = spans(&[(0, 60, true), (60, 90, false), (450, 510, true)]);
    (stage.from, stage.to, stage.now) = (at(11, 0), at(12, 0), at(20, 0));
    stage.check(&[hole(HOME, stage.from, stage.to, "stopped")]);
}

#[test]
fn a_part_of_the_day_is_judged_by_what_touches_it() {
    let mut stage = Stage::sound();
    (stage.from, stage.to) = (at(11, 30), at(12, 0));
    let territories = stage.verify().report.territories;
    let count =
        |at: usize| (territories[at].digests.len(), territories[at].named, territories[at].holes.len());
    assert_eq!((count(0), count(1)), ((1, 1, 0), (1, 2, 0)));
    stage.check(&[]);
    // The digest after the span is what proves that the one of the span is missing.
    stage.remove(&stage.digest(2));
    let expected = [
        line(&stage.digest(2), "missing"),
        line(&stage.file(2, 1), "unproven"),
        hole(HOME, stage.from, stage.to, "digest-missing"),
    ];
    stage.check(&expected);
}

#[test]
fn files_at_the_edges_of_the_span_belong_to_its_neighbours() {
    let mut stage = spans(&[]);
    (stage.from, stage.to) = (HOME_START + HOUR, HOME_START + 2 * HOUR);
    // Each neighbour has a file within a minute of the span, under a name that may be in it.
    for (number, second) in
        [(0, stage.from - 20), (1, stage.from + 20), (2, stage.to + 20), (3, stage.to + HOUR + 20)]
    {
        let start = HOME_START + number * HOUR;
        let files = vec![stage.home.log_file(&mut stage.world, second, 0)];
        stage.home.digest(&mut stage.world, DigestPlan { files, ..DigestPlan::hour(start) });
    }
    stage.check(&[]);
    // Without its digest, a file after the span is nobody's business here; one in the last minutes may be either's.
    stage.remove(&stage.digest(3));
    stage.remove(&stage.digest(2));
    stage.now = HOME_START + 3 * HOUR;
    stage.check(&[line(&stage.home.links[2].files[0], "pending")]);
}

#[test]
fn an_old_hour_may_get_a_backfill_digest_by_a_later_key() {
    let mut stage = Stage::sound();
    let later = MIDNIGHT + 40 * 24 * HOUR;
    let mut extra = Chain::new(HOME, SigningKey::Successor);
    let file = extra.log_file(&mut stage.world, HOME_START + 76 * MINUTE, 3);
    let named = (BUCKET.to_owned(), file["s3Object"].as_str().unwrap().to_owned());
    (stage.from, stage.to, stage.now) = (HOME_START, stage.away.links[3].end, later + HOUR);
    // Before, nothing names the file.
    assert_eq!(stage.wrong(), [line(&named, "unlisted")]);
    let plan =
        DigestPlan { files: vec![file], generated_at: Some(later), ..DigestPlan::hour(HOME_START + HOUR) };
    let backfill = extra.digest(&mut stage.world, plan).clone();
    let place = (backfill.bucket, backfill.key);
    assert_eq!(stage.wrong(), [line(&place, "unknown-key"), line(&named, "unlisted")]);
    stage.world.keys.get_mut(HOME).unwrap().push((SigningKey::Successor, later - HOUR, later + HOUR));
    stage.check(&[]);
    // With the key of the hour itself it would be out of time; without the time of its generation any key counts.
    *stage.world.keys.get_mut(HOME).unwrap().last_mut().unwrap() =
        (SigningKey::Successor, MIDNIGHT, later - 1);
    assert_eq!(stage.wrong(), [line(&place, "key-out-of-time"), line(&named, "unlisted")]);
    stage.object(&place).metadata.remove("backfill-generation-timestamp");
    stage.check(&[]);
}

#[test]
fn a_backfill_digest_adds_no_time() {
    let mut stage = Stage::sound();
    stage.remove(&stage.digest(1));
    let mut extra = Chain::new(HOME, SigningKey::Home);
    let content: serde_json::Value = serde_json::from_slice(&stage.home.links[1].content).unwrap();
    let plan = DigestPlan {
        files: content["logFiles"].as_array().unwrap().clone(),
        generated_at: Some(at(13, 20)),
        ..DigestPlan::hour(HOME_START + HOUR)
    };
    extra.digest(&mut stage.world, plan);
    stage.check(&[
        line(&stage.digest(1), "missing"),
        hole(HOME, HOME_START + HOUR, HOME_START + 2 * HOUR, "digest-missing"),
    ]);
}

#[test]
fn two_trails_share_a_bucket_without_being_taken_for_each_other() {
    let mut stage = Stage::sound();
    let mut other = Chain::new(HOME, SigningKey::Home);
    other.trail = format!("{}_{HOME}_copy", stage.home.trail);
    for number in 0..4 {
        let start = HOME_START + number * HOUR + 11 * MINUTE;
        let files = vec![other.log_file(&mut stage.world, start + 15 * MINUTE, 5)];
        other.digest(&mut stage.world, DigestPlan { files, ..DigestPlan::hour(start) });
    }
    stage.check(&[]);
    let trails: Vec<_> = stage.verify().report.territories[1].trails.clone();
    assert_eq!(trails.len(), 2);
}

#[test]
fn a_chain_goes_on_below_another_prefix() {
    let mut stage = spans(&[]);
    for number in 0..4 {
        stage.home.prefix = if number < 2 { String::new() } else { "audit/".to_owned() };
        let start = HOME_START + number * HOUR;
        let files = vec![stage.home.log_file(&mut stage.world, start + 20 * MINUTE, 0)];
        stage.home.digest(&mut stage.world, DigestPlan { files, ..DigestPlan::hour(start) });
    }
    stage.check(&[]);
}

#[test]
fn an_organization_has_a_chain_for_each_account() {
    let mut world = World::default();
    world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 24 * HOUR)]);
    for account in ["111122223333", "444455556666"] {
        let mut chain = Chain::new(HOME, SigningKey::Home);
        (chain.account, chain.organization) = (account.to_owned(), Some("o-exampleorgid".to_owned()));
        chain.prefix = "o-exampleorgid/".to_owned();
        let files = vec![chain.log_file(&mut world, HOME_START + 20 * MINUTE, 0)];
        chain.digest(&mut world, DigestPlan { files, ..DigestPlan::hour(HOME_START) });
    }
    let mut stage = Stage::sound();
    (stage.world, stage.from, stage.to) = (world, HOME_START, HOME_START + HOUR);
    stage.check(&[]);
    assert_eq!(stage.verify().report.territories.len(), 2);
    let one = Request { accounts: vec!["444455556666".into()], ..stage.request() };
    let verified = verify(&stage.memory(), &stage.public_keys(), &one, &()).unwrap();
    assert_eq!(
        verified.report.territories.iter().map(|t| t.account.as_str()).collect::<Vec<_>>(),
        ["444455556666"]
    );
}

#[test]
fn what_was_asked_for_by_name_and_is_not_there_is_a_hole() {
    let stage = Stage::sound();
    let request = Request { regions: vec![HOME.into(), "ap-southeast-2".into()], ..stage.request() };
    let verified = verify(&stage.memory(), &stage.public_keys(), &request, &()).unwrap();
    assert_eq!(wrong(&verified), [hole("ap-southeast-2", stage.from, stage.to, "no-digest")]);
    let request = Request { accounts: vec!["111122223333".into(), "444455556666".into()], ..stage.request() };
    let verified = verify(&stage.memory(), &stage.public_keys(), &request, &()).unwrap();
    assert_eq!(wrong(&verified), [hole("", stage.from, stage.to, "no-digest")]);
}

#[test]
fn without_a_start_the_span_begins_with_the_first_day_that_there_is() {
    let stage = Stage::sound();
    let request = Request { from: None, ..stage.request() };
    let verified = verify(&stage.memory(), &stage.public_keys(), &request, &()).unwrap();
    assert_eq!((verified.span.from, verified.report.has_findings()), (MIDNIGHT, false));
}
