//! `trailbell verify copy`: what is copied, when it is copied again, and what a hostile bucket can do to the folder.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use testkit::digests::{BUCKET, day, gzip};
use testkit::stand_in::StandIn;

use crate::support::{Run, run, run_at};
use crate::verify_s3::{MIDNIGHT, SOURCE, SPAN, invalid, json_of, place, service};

/// Copies the day of the tests.
pub(crate) fn copy(stand_in: &StandIn, folder: &Path, more: &[&str]) -> Run {
    let folder = folder.display().to_string();
    run_at(stand_in, &[&["verify", "copy", SOURCE, &folder], &SPAN[..4], more].concat())
}

#[test]
fn a_copy_gives_the_verdicts_of_its_bucket_and_is_not_made_twice() {
    let (world, chains) = day(MIDNIGHT, 96);
    let (altered, gone) = (chains[0].links[3].files[0].clone(), chains[1].links[5].files[0].clone());
    let mut service = service(&world);
    service.objects.get_mut(&altered).unwrap().body = gzip(b"{}");
    service.objects.remove(&gone);
    let stand_in = StandIn::serve(service);
    let folder = tempfile::tempdir().unwrap();
    let first = copy(&stand_in, folder.path(), &[]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.stderr.contains("a digest names it, and it is not in the bucket"), "{first:?}");
    assert!(first.stdout.starts_with("copied 143 objects, "), "{first:?}");
    let keys = folder.path().join("keys.json");
    fs::write(&keys, world.keys_json()).unwrap();
    let (source, keys) = (folder.path().display().to_string(), keys.display().to_string());
    let local = run([&["verify", &source, "--keys", &keys, "--format", "json"], &SPAN[..]].concat()).json();
    let remote = json_of(&stand_in, &[]);
    for member in ["digests", "logFiles", "holes", "starts", "findings"] {
        assert_eq!(local[member], remote[member], "{member}");
    }
    let wrong = [(place(&gone), "missing".to_owned()), (place(&altered), "altered".to_owned())];
    assert_eq!(invalid(&local), wrong);
    stand_in.seen();
    let second = copy(&stand_in, folder.path(), &[]);
    assert!(
        second.stdout.contains("copied 0 objects, 0 bytes; 143 there already; 1 not copied"),
        "{second:?}"
    );
    let log_files = stand_in.seen().into_iter().filter(|seen| {
        seen.operation == "GetObject"
            && seen.resource.contains("/CloudTrail/")
            && !seen.resource.contains(&gone.1)
    });
    assert_eq!(log_files.count(), 0);
    // What has changed in the bucket, and what has become shorter in the folder, is copied again.
    stand_in.change(|service| service.objects.get_mut(&altered).unwrap().body = gzip(b"{ }"));
    let cut = chains[0].links[7].files[0].clone();
    fs::write(folder.path().join(&cut.0).join(&cut.1), b"cut").unwrap();
    let third = copy(&stand_in, folder.path(), &[]);
    assert!(third.stdout.starts_with("copied 2 objects, "), "{third:?}");
}

#[test]
fn a_copy_has_the_files_that_lie_after_its_end_and_nothing_of_other_days() {
    let (world, chains) = day(MIDNIGHT, 480);
    let stand_in = StandIn::serve(service(&world));
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().display().to_string();
    let span = ["--from", "2026-09-14T03:00:00Z", "--to", "2026-09-14T05:00:00Z"];
    let run_copy = run_at(&stand_in, &[&["verify", "copy", SOURCE, &source], &span[..]].concat());
    assert_eq!(run_copy.code, Some(0), "{run_copy:?}");
    let is_there = |(bucket, key): &(String, String)| folder.path().join(bucket).join(key).is_file();
    // Its digest begins in the span and ends after it.
    let last = chains[0].links[4].files.last().unwrap();
    assert!(last.1.contains("T05"), "{}", last.1);
    assert!(is_there(last));
    assert!(!is_there(&chains[0].links[12].files[0]));
    let sidecar = format!("{source}/{BUCKET}/{}.meta.json", chains[0].links[4].key);
    let metadata: Value = serde_json::from_slice(&fs::read(sidecar).unwrap()).unwrap();
    assert_eq!(metadata["signature"], json!(chains[0].links[4].signature));
    let keys = folder.path().join("keys.json");
    fs::write(&keys, world.keys_json()).unwrap();
    let keys = keys.display().to_string();
    let arguments = ["verify", &source, "--keys", &keys, "--now", "2026-09-15T06:00:00Z"];
    let verified = run([&arguments[..], &span[..]].concat());
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[cfg(unix)]
#[test]
fn a_copy_does_not_leave_its_folder() {
    let (mut world, chains) = day(MIDNIGHT, 48);
    let file = chains[0].links[3].files[0].clone();
    let folder_of_file = file.1.rsplit_once('/').unwrap().0;
    let hostile = format!("{folder_of_file}/../../../../../../../../escaped_CloudTrail_x.json.gz");
    let object = world.objects[&file].clone();
    world.objects.insert((file.0.clone(), hostile), object);
    let stand_in = StandIn::serve(service(&world));
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("copy");
    let linked = folder.join(BUCKET).join("AWSLogs/111122223333/CloudTrail");
    let elsewhere = outside.path().join("elsewhere");
    fs::create_dir_all(linked.parent().unwrap()).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &linked).unwrap();
    let run = copy(&stand_in, &folder, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("a symbolic link in the folder leads elsewhere"), "{run:?}");
    let files = |folder: &Path| {
        walk(folder).into_iter().filter(|path| fs::symlink_metadata(path).unwrap().is_file()).count()
    };
    assert_eq!(files(&elsewhere), 0);
    let mut beside: Vec<_> =
        fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["copy", "elsewhere"]);
}

#[cfg(unix)]
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn an_interrupted_copy_leaves_no_half_file_and_goes_on() {
    let (world, chains) = day(MIDNIGHT, 96);
    let mut broken = service(&world);
    let file = chains[0].links[3].files[0].clone();
    broken.objects.get_mut(&file).unwrap().breaks = 50;
    let stand_in = StandIn::serve(broken);
    let folder = tempfile::tempdir().unwrap();
    let first = copy(&stand_in, folder.path(), &[]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(!folder.path().join(&file.0).join(&file.1).exists());
    stand_in.change(|service| service.objects.get_mut(&file).unwrap().breaks = 0);
    let second = copy(&stand_in, folder.path(), &[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(second.stdout.starts_with("copied 1 object, "), "{second:?}");
    assert_eq!(fs::read(folder.path().join(&file.0).join(&file.1)).unwrap(), world.objects[&file].body);
}
