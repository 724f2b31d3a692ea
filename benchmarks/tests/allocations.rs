//! A record that no rule matches allocates nothing in the evaluator, however it is written.
//!
//! It is the only test of this program, because allocations are counted for the whole process.

use benchmarks::LogFile;
use cloudtrail::Limits;
use pipeline::{DeliveryTime, Evaluator, Stamp};
use rules::RuleSet;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Rules that look at keys and values in every way.
const UNMATCHED_RULES: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: by-keys
    title: By keys
    summary: Nothing.
    severity: low
    filterPattern: '{ ($.*.user = nobody) || ($.requestParameters.*.key = 7) || (($.a[0].key = *x*) && ($.b = %^y%)) }'
    metricTransformation: { metricName: Keys }
  - id: by-values
    title: By values
    summary: Nothing.
    severity: low
    filterPattern: '{ ($.eventName = StopLogging) || ($.userIdentity.userName = "*nobody") || (($.b != 1) && ($.c = "no*")) }'
    metricTransformation: { metricName: Values }
"#;
/// Records that they do not match, with escapes, repeated keys, surrogates, and white space.
const UNMATCHED_RECORDS: [&str; 5] = [
    r#"{"eventID":"1","eventName":"\u0053topLogging2","b":"\"y","a":[{"k\u0065y":"\ty"}],"c":1}"#,
    r#"{"\u0065ventName":"Stop\\Logging","userIdentity":{"user\u004eame":"no\u0062ody2","user":"\n"},"b":"x\/y"}"#,
    r#"{"requestParameters":{"x\u0079":{"\u006bey":8},"xy":{"key":"\u0037\u0037"}},"userIdentity":{"us\u0065r":"somebody"}}"#,
    r#"{ "eventName" : "\ud83e\udd80 \u00e9", "userIdentity" : { "userName" : "\ud83e\udd80" } , "b" : 1.5e3 }"#,
    r#"{"a":[{"key":"y"}],"b":2,"c":"\u006eobody\u0000","b":1}"#,
];

#[test]
fn a_record_that_no_rule_matches_allocates_nothing_however_it_is_written() {
    let (rules, _) = RuleSet::parse("rules.yaml", UNMATCHED_RULES).unwrap();
    let evaluator = Evaluator::new(rules);
    let allocations = |count: usize| {
        let records: Vec<&str> = UNMATCHED_RECORDS.iter().copied().cycle().take(count).collect();
        let file = LogFile::new(format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes());
        let stamp = Stamp { delivery: DeliveryTime::LogFile, now: 0, delivered: Some(0) };
        let evaluate = || evaluator.evaluate(file.body.as_slice(), Limits::default(), stamp).unwrap();
        drop(evaluate());
        let region = Region::new(ALLOCATOR);
        let findings = evaluate();
        let change = region.change();
        assert_eq!((findings.records.evaluated, findings.matched.len()), (count as u64, 0));
        change.allocations + change.reallocations
    };
    assert_eq!(allocations(5_000), allocations(50), "allocations for many records, and for few");
}
