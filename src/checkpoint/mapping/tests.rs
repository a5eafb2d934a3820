//! Files that are cut, written to and read beyond their end.

use std::io::Write;

use super::super::origin;
use super::*;

#[test]
fn parts_lie_within() {
    let region = Region::from(vec![1, 2, 3, 4]);
    assert_eq!(region.part(1, 2).unwrap().bytes(), [2, 3]);
    assert_eq!(region.part(4, 0).unwrap().len(), 0);
    assert!(region.part(3, 2).is_none());
    assert!(region.part(usize::MAX, 2).is_none());
    assert_eq!(region.part(1, 3).unwrap().aligned(64).unwrap().bytes(), [2, 3, 4]);
}

/// A file of so many sevens, mapped.
fn mapped(length: usize) -> (tempfile::NamedTempFile, Mapping) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![7; length]).unwrap();
    let mapping = Mapping::open(file.path()).unwrap();
    (file, mapping)
}

fn address(mapping: &Mapping) -> usize {
    mapping.whole().as_mut_ptr() as usize
}

#[test]
fn a_file_cut_short_under_its_mapping_is_survived_and_refused_from_then_on() {
    let (file, mapping) = mapped(20_000);
    assert_eq!(mapping.bytes()[19_999], 7);
    origin::settle().unwrap();
    file.as_file().set_len(4096).unwrap();
    assert_eq!(mapping.bytes()[12_000], 0);
    for _ in 0..3 {
        let error = origin::settle().and_then(|()| origin::touch(address(&mapping))).unwrap_err();
        let path = file.path().display();
        assert!(
            error.message().starts_with(&format!("'{path}' was cut short while it was open (4096 bytes")),
            "{error}"
        );
        assert!(error.remedy().unwrap().contains("mmap=False"));
    }
    origin::touch(address(&mapping) - 1).unwrap();
    drop(mapping);
    origin::settle().unwrap();
}

#[test]
fn a_write_into_a_mapped_file_is_found_however_it_hides() {
    use std::os::unix::fs::{FileExt, PermissionsExt};
    type Write = fn(&File);
    let writes: [(&str, Write); 4] = [
        ("bytes", |file| file.write_all_at(&[8; 8], 100).unwrap()),
        ("the same length and time", |file| {
            let before = file.metadata().unwrap().modified().unwrap();
            file.write_all_at(&[8; 8], 100).unwrap();
            file.set_modified(before).unwrap();
        }),
        ("longer", |file| file.write_all_at(&[8; 8], 20_000).unwrap()),
        ("emptied and filled", |file| {
            file.set_len(0).unwrap();
            file.write_all_at(&[8; 20_000], 0).unwrap();
        }),
    ];
    for (how, write) in writes {
        let (file, mapping) = mapped(20_000);
        write(file.as_file());
        origin::settle().unwrap_or_else(|error| panic!("{how}: not used: {error}"));
        let _ = mapping.bytes();
        let error = origin::settle().unwrap_err();
        assert!(error.message().contains("was written to while it was open"), "{how}: {error}");
        assert!(origin::touch(address(&mapping)).is_err(), "{how}");
    }
    // What does not change its bytes is no harm: other links, modes and names, and a file put in its place.
    let (file, mapping) = mapped(20_000);
    let (path, other) = (file.path().to_owned(), file.path().with_extension("other"));
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).unwrap();
    let _ = mapping.bytes();
    origin::settle().unwrap();
    std::fs::hard_link(&path, &other).unwrap();
    std::fs::write(path.with_extension("new"), [8; 20_000]).unwrap();
    std::fs::rename(path.with_extension("new"), &path).unwrap();
    assert_eq!(mapping.bytes()[100], 7);
    origin::settle().unwrap();
    file.as_file().write_all_at(&[8], 100).unwrap();
    let _ = mapping.bytes();
    assert!(origin::settle().is_err());
    std::fs::remove_file(other).unwrap();
}

#[test]
fn what_is_loaded_stays_when_this_process_writes_the_file_again() {
    let (file, mapping) = mapped(20_000);
    // SAFETY: the memory is private, and as long.
    unsafe { mapping.whole().as_mut_ptr().add(5).write(9) };
    origin::keep(file.path()).unwrap();
    file.as_file().set_len(0).unwrap();
    assert_eq!((mapping.bytes()[5], mapping.bytes()[19_999]), (9, 7));
    origin::settle().unwrap();
}

#[test]
fn pipes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the text ends in a zero and outlives the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, [1, 2, 3])
    });
    assert_eq!(Mapping::open(&path).unwrap().bytes(), [1, 2, 3]);
    writer.join().unwrap().unwrap();
}
