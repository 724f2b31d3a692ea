//! The regions that have an event history, by partition.
//!
//! A region that an account has not enabled refuses its credentials. A region that is too new for this list is looked up if
//! `--region` names it.
//!
//! Source: the AWS General Reference, "AWS CloudTrail endpoints and quotas".

/// The regions of the commercial partition.
const COMMERCIAL: [&str; 34] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
];

/// The regions of the partition that a region belongs to.
pub(super) fn of_partition(region: &str) -> &'static [&'static str] {
    match region.split('-').next() {
        Some("cn") => &["cn-north-1", "cn-northwest-1"],
        Some("eusc") => &["eusc-de-east-1"],
        _ if region.starts_with("us-gov-") => &["us-gov-west-1", "us-gov-east-1"],
        _ => &COMMERCIAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_is_in_its_own_partition_once() {
        for (region, count) in
            [("us-east-1", 34), ("us-gov-west-1", 2), ("cn-north-1", 2), ("eusc-de-east-1", 1)]
        {
            let regions = of_partition(region);
            assert!(regions.contains(&region) && regions.len() == count, "{region}");
            let mut distinct = regions.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), count);
            assert!(regions.iter().all(|region| cloudtrail::is_region(region)), "{region}");
        }
    }
}
