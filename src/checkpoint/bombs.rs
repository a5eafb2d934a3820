//! Files that cost whoever made them little, and would cost a reader much: memory, time, disk.

use std::time::{Duration, Instant};

use super::hostile::{archive, entry, load, refused, repeated};
use super::manifest;

/// A call of a function by name, with these arguments, left on the stack.
fn call(name: &str, arguments: &[u8]) -> Vec<u8> {
    [b"c".as_slice(), name.as_bytes(), b"\n(", arguments, b"tR"].concat()
}

/// A pickle that puts the first part into memo 0, and then the second one `times` into a list.
fn again(first: &[u8], then: &[u8], times: usize) -> Vec<u8> {
    [b"\x80\x04", first, b"q\0" as &[u8], b"0](", &repeated(then, times), b"e."].concat()
}

#[test]
fn what_costs_a_file_little_and_a_reader_much_is_refused() {
    let many = |item: &[u8], count| [b"(".as_slice(), &repeated(item, count), b"l"].concat();
    let pairs = many(b"NN\x86", 300_000);
    let table = [b"}(".as_slice(), &repeated(b"K\x01N", 200_000), b"u"].concat();
    let text = [b"X\x80\x96\x98\0".as_slice(), &vec![b'a'; 10_000_000]].concat();
    let array = |kind: &str| call("numpy\ndtype", format!("S'{kind}'\nI00\nI01\n").as_bytes());
    for (file, message) in [
        // Keywords, copies of bytes and text, and lists that are no pairs but for their last item.
        (again(&table, b"ca\nB\n)h\0\x92", 20_000), "take more than"),
        (again(&text, &call("_codecs\nencode", b"h\0S'latin1'\n"), 1000), "take more than"),
        (again(&text, &call("builtins\nbytearray", &call("_codecs\nencode", b"h\0S'latin1'\n")), 1000), "take more than"),
        (
            again(&text, &call("numpy.core.multiarray\nscalar", &[array("V10000000"), b"h\0".to_vec()].concat()), 500),
            "take more than",
        ),
        (
            again(&[&pairs[..pairs.len() - 1], b"Nl"].concat(), &call("collections\nOrderedDict", b"h\0"), 20_000),
            "look at more than",
        ),
        // Functions that call functions.
        (
            [b"\x80\x02ccopyreg\n__newobj__\nq\0(".to_vec(), repeated(b"h\0", 300_000), b"tR.".to_vec()].concat(),
            "calls of calls",
        ),
        (
            b"ctorch._tensor\n_rebuild_from_type_v2\np0\n](g0\nctorch\nTensor\nep1\n(g1\nNe0g0\n(g0\nctorch\nTensor\ng1\nNtR."
                .to_vec(),
            "calls of calls",
        ),
    ] {
        let error = refused(&file);
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn objects_that_share_a_large_state_are_not_walked_for_ever() {
    let state =
        [b"}(".to_vec(), (0..200_000).flat_map(|n| format!("I{n}\nN").into_bytes()).collect(), b"u".to_vec()];
    let error = refused(&again(&state.concat(), b"ca\nB\n)\x81h\0b", 20_000));
    assert!(error.contains("steps from object to object"), "{error}");
}

#[test]
fn views_that_add_up_to_too_much_are_not_read() {
    let view = |offset: usize| {
        call(
            "torch._utils\n_rebuild_tensor_v2",
            format!("g0\nI{offset}\n(I2000000\nt(I1\ntI00\nN").as_bytes(),
        )
    };
    let storage = b"((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI2001000\ntQp0\n".to_vec();
    let views: Vec<u8> = (0..1000).flat_map(view).collect();
    let pickle = [storage, b"0(".to_vec(), views, b"l.".to_vec()].concat();
    let start = Instant::now();
    let mut loaded =
        load(&archive(&[entry("x/data.pkl", &pickle), entry("x/data/0", &vec![1; 8_004_000])])).unwrap();
    let entries = manifest::of(&mut loaded.graph, loaded.root).unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(entries.len(), 1000);
    assert!(entries[0].sha256.sum().is_some());
    let last = entries[999].sha256.damage().unwrap();
    assert!(last.message().ends_with("are not read"), "{last}");
}

#[test]
fn lying_json_is_refused() {
    let header = |text: &str| [(text.len() as u64).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat();
    let sizes = "0,".repeat(100);
    for (text, message) in [
        (
            format!(r#"{{"a":{{"dtype":"F32","shape":[{sizes}0],"data_offsets":[0,0]}}}}"#),
            "more than 64 dimensions",
        ),
        (
            format!(r#"{{"__metadata__":{{{}"a":"b"}}}}"#, r#""a":"b","#.repeat(600_000)),
            "more than 500000 entries",
        ),
    ] {
        let error = refused(&header(&text));
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn lying_gguf_files_are_refused() {
    let text = |text: &str| [(text.len() as u64).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat();
    let tensor = |name: &str, offset: u64| {
        [
            text(name),
            1_u32.to_le_bytes().to_vec(),
            16_u64.to_le_bytes().to_vec(),
            vec![0; 4],
            offset.to_le_bytes().to_vec(),
        ]
        .concat()
    };
    let file = |alignment: u64, tensors: &[Vec<u8>]| {
        let counts = [(tensors.len() as u64).to_le_bytes(), 1_u64.to_le_bytes()].concat();
        let metadata =
            [text("general.alignment"), 10_u32.to_le_bytes().to_vec(), alignment.to_le_bytes().to_vec()];
        [b"GGUF\x03\0\0\0".to_vec(), counts, metadata.concat(), tensors.concat(), vec![0; 256]].concat()
    };
    assert!(load(&file(32, &[tensor("a", 0), tensor("b", 64)])).is_ok());
    for (file, message) in [
        (file(3, &[tensor("a", 0)]), "not a power of two"),
        (file(1 << 63, &[tensor("a", 0)]), "the file has"),
        (file(32, &[tensor("a", 0), tensor("b", 32)]), "overlaps 'b'"),
        (file(32, &[tensor("a", u64::MAX)]), "overflows"),
    ] {
        let error = refused(&file);
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn keys_and_names_of_many_parts_are_bounded() {
    // Forty record types, each of 64 fields of the one before.
    let first = call("numpy\ndtype", b"S'f8'\nI00\nI01\n");
    let mut pickle = [first, b"p0\n0".to_vec()].concat();
    for level in 1..40 {
        let fields: Vec<u8> =
            (0..64).flat_map(|n| format!("S'{n}'\n(g{}\nI0\nt", level - 1).into_bytes()).collect();
        pickle.extend(call("numpy\ndtype", b"S'V8'\nI00\nI01\n"));
        pickle.extend(format!("p{level}\n(I3\nS'|'\nNt").into_bytes());
        pickle.truncate(pickle.len() - 1);
        pickle.extend([b"N(".as_slice(), &fields, b"dI8\nI1\nI0\ntb0"].concat());
    }
    pickle.extend(b"g39\n.");
    let start = Instant::now();
    load(&pickle).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
}
