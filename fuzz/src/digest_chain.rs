//! A sound chain of digests with its log files, changed as the input says, and verified.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::{Mutex, OnceLock};

use digests::{
    DigestMetadata, DigestVerdict, ListedObject, LogFileVerdict, ObjectError, ObjectErrorKind, ObjectStore,
    Opened, Place, PublicKeys, Report, Request, Root, verify,
};
use testkit::digests::{Chain, DigestPlan, HOME, SigningKey, World, gzip};

/// 2026-09-14T00:00:00Z
const MIDNIGHT: i64 = 1_789_344_000;
const HOUR: i64 = 3600;
const HOURS: i64 = 4;

/// The input is a list of changes. Whatever they are, verifying ends with a report in which nothing is valid that differs
/// from what was delivered, no time is proven that was not before, and nothing was opened that was not listed.
pub fn digest_chain(data: &[u8]) {
    let sound = sound();
    let mut bucket = Bucket { objects: sound.objects.clone(), opened: Mutex::default() };
    for change in data.as_chunks::<5>().0 {
        bucket.change(sound, *change);
    }
    let request = Request {
        from: Some(MIDNIGHT),
        to: MIDNIGHT + HOURS * HOUR,
        now: MIDNIGHT + 5 * HOUR,
        ..Request::default()
    };
    // Without any object there is nothing to verify.
    let Ok(verified) = verify(&bucket, &sound.keys, &request, &()) else { return };
    check(&verified.report, sound, &bucket);
    let opened = bucket.opened.lock().expect("no thread panicked");
    let named: BTreeSet<&Place> = sound.objects.keys().collect();
    assert!(opened.iter().all(|place| bucket.objects.contains_key(place) || named.contains(place)));
}

fn check(report: &Report, sound: &Sound, bucket: &Bucket) {
    for territory in &report.territories {
        for digest in territory.digests.iter().filter(|digest| digest.verdict == DigestVerdict::Valid) {
            assert_eq!(digest.sha256.as_ref(), sound.digests.get(&digest.place), "{}", digest.place);
        }
        for file in territory.log_files.iter().filter(|file| file.verdict == LogFileVerdict::Valid) {
            let (is, was) = (&bucket.objects[&file.place].body, &sound.objects[&file.place].body);
            assert!(is == was || content(is) == content(was), "{}", file.place);
        }
        for pair in territory.holes.windows(2) {
            assert!(pair[0].trail != pair[1].trail || pair[0].span.to <= pair[1].span.from, "{pair:?}");
        }
        for hole in &territory.holes {
            assert!(MIDNIGHT <= hole.span.from && hole.span.from < hole.span.to);
            assert!(hole.span.to <= MIDNIGHT + HOURS * HOUR);
        }
    }
}

/// The content of a file that has the look of none or of one gzip member.
fn content(body: &[u8]) -> Vec<u8> {
    cloudtrail::read_digest(body).unwrap_or_else(|_| body.to_vec())
}

/// What was delivered.
struct Sound {
    objects: BTreeMap<Place, Object>,
    /// The SHA-256 of the content of each digest.
    digests: BTreeMap<Place, String>,
    keys: PublicKeys,
}

#[derive(Clone)]
struct Object {
    body: Vec<u8>,
    metadata: BTreeMap<String, String>,
    written_at: i64,
}

/// A chain of four hours, made once.
fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let mut world = World::default();
        world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 24 * HOUR)]);
        let mut chain = Chain::new(HOME, SigningKey::Home);
        for hour in 0..HOURS {
            let start = MIDNIGHT + hour * HOUR;
            let file = chain.log_file(&mut world, start + 600, 0);
            chain.digest(&mut world, DigestPlan { files: vec![file], ..DigestPlan::hour(start) });
        }
        let keys = PublicKeys::parse(world.keys_json().as_bytes()).expect("public keys");
        let digests = chain
            .links
            .iter()
            .map(|link| (Place::new(&link.bucket, &link.key), link.sha256.clone()))
            .collect();
        let object = |object: testkit::digests::Object| Object {
            body: object.body,
            metadata: object.metadata,
            written_at: object.written_at,
        };
        let objects = world.objects.into_iter();
        let objects =
            objects.map(|((bucket, key), found)| (Place::new(bucket, key), object(found))).collect();
        Sound { objects, digests, keys }
    })
}

struct Bucket {
    objects: BTreeMap<Place, Object>,
    opened: Mutex<BTreeSet<Place>>,
}

impl Bucket {
    /// One change: which object, what, where, and with which byte.
    fn change(&mut self, sound: &Sound, [which, what, high, low, byte]: [u8; 5]) {
        let Some(place) = sound.objects.keys().nth(usize::from(which) % sound.objects.len()).cloned() else {
            return;
        };
        let at = usize::from(high) << 8 | usize::from(low);
        let Some(object) = self.objects.get_mut(&place) else { return };
        match what % 8 {
            0 => {
                self.objects.remove(&place);
            }
            1 => object.body.truncate(at),
            2 => object.body.push(byte),
            3 => object.metadata.clear(),
            4 => {
                object.metadata.insert("signature".into(), format!("{byte:02x}").repeat(256));
            }
            5 => {
                // A change that compression does not hide.
                let mut text = content(&object.body);
                let length = text.len().max(1);
                if let Some(found) = text.get_mut(at % length) {
                    *found ^= byte;
                }
                object.body = gzip(&text);
            }
            6 => {
                let copy = object.clone();
                let key = place.key.replacen("00", &format!("{byte:02}"), 1);
                self.objects.insert(Place::new(place.bucket, key), copy);
            }
            _ => {
                let length = object.body.len().max(1);
                if let Some(found) = object.body.get_mut(at % length) {
                    *found ^= byte;
                }
            }
        }
    }
}

impl ObjectStore for Bucket {
    type Body = Cursor<Vec<u8>>;

    fn roots(&self) -> Result<Vec<Root>, ObjectError> {
        let root = |place: &Place| Root { bucket: place.bucket.clone(), prefix: String::new() };
        Ok(self.objects.keys().take(1).map(root).collect())
    }

    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError> {
        let below = self.objects.keys().filter_map(|place| place.key.strip_prefix(&folder.key));
        let names: BTreeSet<&str> = below.filter_map(|rest| Some(rest.split_once('/')?.0)).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError> {
        let below = self.objects.iter().filter(|(place, _)| place.key.starts_with(&folder.key));
        let listed = below.map(|(place, object)| ListedObject {
            key: place.key.clone(),
            size: object.body.len() as u64,
            delivered_at: Some(object.written_at),
            tag: String::new(),
        });
        Ok(listed.collect())
    }

    fn open(&self, place: &Place) -> Result<Opened<Self::Body>, ObjectError> {
        assert!(place.is_safe(), "{place}");
        self.opened.lock().expect("no thread panicked").insert(place.clone());
        let missing =
            || ObjectError { kind: ObjectErrorKind::Missing, reason: "absent".into(), source: None };
        let object = self.objects.get(place).ok_or_else(missing)?;
        let metadata = object.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Opened { body: Cursor::new(object.body.clone()), metadata: DigestMetadata::of(metadata) })
    }
}
