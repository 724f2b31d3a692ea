//! Folders of every shape, with links, pipes and unreadable entries.

use super::*;

fn names(list: &FileList, root: &Path) -> Vec<String> {
    let root = format!("{}/", path_text(root));
    list.mentions.iter().map(|index| list.name(*index).replace(&root, "")).collect()
}

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }
    folder
}

#[test]
fn a_folder_gives_its_files_in_the_order_of_their_names() {
    let folder = folder(&["b.json.gz", "a/z.json", "a/x.JSON", "c.txt", "e.gz"]);
    let list = list(&[folder.path().to_path_buf()]);
    assert_eq!(names(&list, folder.path()), ["a/x.JSON", "a/z.json", "b.json.gz", "c.txt", "e.gz"]);
    assert_eq!(list.bytes, 10);
    assert!((0..5).all(|index| list.is_in_folder(index)));
    assert!(list.errors.is_empty() && list.notes.is_empty());
}

#[test]
fn a_named_file_is_taken_whatever_its_ending() {
    let folder = folder(&["c.txt"]);
    let list = list(&[folder.path().join("c.txt")]);
    assert_eq!(names(&list, folder.path()), ["c.txt"]);
}

#[test]
fn a_file_that_is_reached_twice_is_listed_once_and_mentioned_twice() {
    let folder = folder(&["a.json"]);
    let around = folder.path().join("..").join(folder.path().file_name().unwrap()).join("a.json");
    let list = list(&[folder.path().to_path_buf(), around]);
    assert_eq!(list.mentions, [0, 0]);
    assert_eq!(list.files.len(), 1);
    assert!(!list.is_in_folder(0), "the caller named it");
}

#[test]
fn a_missing_path_is_an_error_and_an_empty_folder_a_note() {
    let folder = folder(&[]);
    let missing = folder.path().join("missing.json");
    let list = list(&[missing.clone(), folder.path().to_path_buf()]);
    assert_eq!(list.errors.len(), 1);
    assert_eq!((list.errors[0].code, &list.errors[0].file), ("file.not-found", &path_text(&missing)));
    assert_eq!(list.unreachable_files, 1);
    assert_eq!(list.notes, [format!("`{}` contains no files", path_text(folder.path()))]);
}

#[test]
fn the_key_is_absolute_and_free_of_detours() {
    let here = std::env::current_dir().unwrap();
    for (path, expected) in [
        ("/AWSLogs/1/CloudTrail-Digest/../CloudTrail/a", PathBuf::from("/AWSLogs/1/CloudTrail/a")),
        ("./a/../b/./c.json", here.join("b/c.json")),
        ("/../a", PathBuf::from("/a")),
    ] {
        assert_eq!(without_detours(Path::new(path)), expected);
    }
}

#[test]
fn keys_that_read_alike_are_told_apart() {
    let taken = HashMap::from([("a".to_owned(), 0), ("(2)/a".to_owned(), 1)]);
    assert_eq!(free_key(&taken, "a".to_owned()), "(3)/a");
    assert_eq!(free_key(&taken, "b".to_owned()), "b");
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_those_that_lead_nowhere_fail_under_a_log_files_name_only() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["real/a.json"]);
    let at = |name: &str| folder.path().join(name);
    symlink(folder.path(), at("real/circle")).unwrap();
    symlink(at("real"), at("second")).unwrap();
    symlink(at("real/a.json"), at("third.json")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    symlink(at("myself"), at("myself")).unwrap();
    symlink(at("nowhere"), at("zz.json")).unwrap();
    symlink(at("zzz.json"), at("zzz.json")).unwrap();
    let list = list(&[folder.path().to_path_buf()]);
    assert_eq!(names(&list, folder.path()), ["real/a.json", "real/a.json"]);
    let errors: Vec<(&str, &str)> =
        list.errors.iter().map(|error| (error.file.as_str(), error.code)).collect();
    assert_eq!(
        errors,
        [
            (path_text(&at("zz.json")).as_str(), "file.not-found"),
            (path_text(&at("zzz.json")).as_str(), "file.refused"),
        ]
    );
    assert_eq!(list.errors[0].message, "cannot follow the link: No such file or directory (os error 2)");
    assert_eq!(list.unreachable_files, 2);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_counts_as_failed_under_a_log_files_name_only() {
    use std::os::unix::net::UnixListener;
    let folder = folder(&["a.json"]);
    let _sockets = ["b.json", "other"].map(|name| UnixListener::bind(folder.path().join(name)).unwrap());
    let list = list(&[folder.path().to_path_buf()]);
    assert_eq!(list.mentions.len(), 1);
    assert_eq!((list.errors.len(), list.unreachable_files), (1, 1));
    assert_eq!(list.errors[0].code, "file.not-regular");
    assert_eq!((list.skipped.len(), list.skipped[0].code), (1, "file.not-regular"));
}

#[test]
fn what_cannot_be_reached_is_counted_where_it_is_a_file_by_its_name() {
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let folder = folder(&["closed.json/a.json", "closed/a.json"]);
    let cases = [
        ("closed", 0, "cannot read the folder: permission denied"),
        ("closed.json", 0, "cannot read the folder: permission denied"),
        ("beyond/file.json", 1, "permission denied"),
        ("beyond/folder", 0, "unreachable: permission denied"),
    ];
    for (name, counted, message) in cases {
        let mut lister = Lister::default();
        let path = folder.path().join(name);
        lister.add_unreachable_entry(&path, &denied());
        let expected =
            ErrorEntry { file: path_text(&path), code: "file.access-denied", message: message.to_owned() };
        assert_eq!(lister.list.errors, [expected]);
        assert_eq!(lister.list.unreachable_files, counted, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_utf8_lead_to_their_files() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder(&["\\xff.json"]);
    let odd = folder.path().join(OsStr::from_bytes(b"\xff.json"));
    fs::write(&odd, "{}").unwrap();
    let list = list(&[folder.path().to_path_buf()]);
    assert_eq!(list.mentions.len(), 2);
    let origins: Vec<&Origin> = list.mentions.iter().map(|index| list.origin(*index).unwrap()).collect();
    assert!(origins.contains(&&Origin::Path(odd)));
    assert_ne!(list.key(0), list.key(1));
}
