//! `hashlib`: checksums; and `blake3`, the package of one, which fingerprints are made of.

use std::cell::RefCell;
use std::rc::Rc;

use sha2::digest::DynDigest;

use crate::bytes::bytes_like;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Native, Value, Vm, kw, opt, pos};

macro_rules! algorithm {
    ($name:literal, $says:literal) => {
        Builtin::function(
            "hashlib",
            $name,
            &[opt("_data", "b''"), kw("usedforsecurity", "True")],
            |vm, args| start(vm, $name, args.get(0)),
        )
        .says($says)
    };
}

/// The rows.
pub const ROWS: &[Builtin] = &[
    algorithm!("md5", "MD5: known from old manifests, no protection against intent"),
    algorithm!("sha1", "SHA-1: known from old manifests, no protection against intent"),
    algorithm!("sha224", "SHA-224"),
    algorithm!("sha256", "SHA-256"),
    algorithm!("sha384", "SHA-384"),
    algorithm!("sha512", "SHA-512"),
    Builtin::function("blake3", "blake3", &[opt("data", "b''")], |vm, args| start(vm, BLAKE3, args.get(0)))
        .says("BLAKE3"),
    Builtin::function("hashlib", "new", &[pos("name"), opt("data", "b''")], |vm, args| {
        let name = args.str(vm, 0)?.to_lowercase();
        match ALGORITHMS.contains(&name.as_str()) {
            true => start(vm, &name, args.get(1)),
            false => Err(Error::value(format!("unsupported hash type {name}"))),
        }
    })
    .says("A checksum by its name"),
    Builtin::constant("hashlib", "algorithms_available", |_, _| {
        Ok(Value::tuple(ALGORITHMS.iter().copied().map(Value::str).collect()))
    })
    .says("The names"),
    Builtin::method("HASH", "update", &[pos("_data")], |vm, args| {
        let bytes = bytes_of(vm, args.value(0))?;
        with(vm, args, |hash| hash.state.borrow_mut().update(&bytes)).map(|()| Value::None)
    })
    .says("Adds bytes"),
    Builtin::method("HASH", "digest", &[], |vm, args| Ok(Value::Bytes(Rc::new(finished(vm, args)?))))
        .says("The checksum as bytes"),
    Builtin::method("HASH", "hexdigest", &[], |vm, args| {
        Ok(Value::from(finished(vm, args)?.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
    })
    .says("The checksum in hexadecimal"),
    Builtin::method("HASH", "copy", &[], |vm, args| {
        with(vm, args, |hash| {
            let state = RefCell::new(hash.state.borrow().clone());
            Value::native(Hash { name: hash.name, state })
        })
    })
    .says("One that goes on from here"),
    Builtin::property("HASH", "name", |vm, args| with(vm, args, |hash| Value::str(hash.name)))
        .says("Its name"),
    Builtin::property("HASH", "digest_size", |vm, args| {
        with(vm, args, |hash| Value::Int(i64::try_from(hash.state.borrow().size()).unwrap_or(0)))
    })
    .says("Number of bytes of the checksum"),
];

const BLAKE3: &str = "blake3";

const ALGORITHMS: &[&str] = &["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

struct Hash {
    name: &'static str,
    state: RefCell<State>,
}

/// What has been read so far.
enum State {
    Of(Box<dyn DynDigest>),
    Blake3(Box<blake3::Hasher>),
}

impl State {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            State::Of(hash) => hash.update(bytes),
            State::Blake3(hash) => {
                hash.update(bytes);
            }
        }
    }

    fn size(&self) -> usize {
        match self {
            State::Of(hash) => hash.output_size(),
            State::Blake3(_) => blake3::OUT_LEN,
        }
    }

    fn finished(&self) -> Vec<u8> {
        match self {
            State::Of(hash) => hash.box_clone().finalize().to_vec(),
            State::Blake3(hash) => hash.finalize().as_bytes().to_vec(),
        }
    }
}

impl Clone for State {
    fn clone(&self) -> State {
        match self {
            State::Of(hash) => State::Of(hash.box_clone()),
            State::Blake3(hash) => State::Blake3(hash.clone()),
        }
    }
}

impl Native for Hash {
    fn type_name(&self) -> &str {
        "HASH"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn start(vm: &dyn Vm, name: &str, data: Option<&Value>) -> Result<Value> {
    let known = ALGORITHMS.iter().copied().find(|known| *known == name).unwrap_or(BLAKE3);
    let mut state = match known {
        "md5" => State::Of(Box::<md5::Md5>::default()),
        "sha1" => State::Of(Box::<sha1::Sha1>::default()),
        "sha224" => State::Of(Box::<sha2::Sha224>::default()),
        "sha256" => State::Of(Box::<sha2::Sha256>::default()),
        "sha384" => State::Of(Box::<sha2::Sha384>::default()),
        "sha512" => State::Of(Box::<sha2::Sha512>::default()),
        _ => State::Blake3(Box::default()),
    };
    if let Some(data) = data {
        state.update(&bytes_of(vm, data)?);
    }
    Ok(Value::native(Hash { name: known, state: RefCell::new(state) }))
}

/// The bytes themselves, or those of an array.
fn bytes_of(vm: &dyn Vm, value: &Value) -> Result<Rc<Vec<u8>>> {
    if let Some(bytes) = bytes_like(value) {
        return Ok(bytes);
    }
    match value.payload() {
        Value::Str(_) => Err(Error::type_error("Strings must be encoded before hashing")),
        _ if vm.type_name(value).as_str() == "ndarray" => {
            bytes_of(vm, &vm.call_method(value, "tobytes", &[])?)
        }
        _ => Err(Error::type_error("object supporting the buffer API required")),
    }
}

fn with<T>(vm: &dyn Vm, args: &Args, what: impl FnOnce(&Hash) -> T) -> Result<T> {
    match args.receiver() {
        Value::Native(native) => native.as_any().downcast_ref::<Hash>().map(what),
        _ => None,
    }
    .ok_or_else(|| args.wrong_receiver(vm))
}

fn finished(vm: &dyn Vm, args: &Args) -> Result<Vec<u8>> {
    with(vm, args, |hash| hash.state.borrow().finished())
}
