//! What a save does to files, and what other programs do to them meanwhile: nothing is lost, nothing is shown or saved that
//! is not what was loaded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Ran, run, torchsh};

const LIMIT: Duration = Duration::from_secs(60);

/// Types lines at the prompt, in a folder; lines with `!` are other programs' doing.
fn typed(folder: &Path, lines: &str) -> Ran {
    let mut command = torchsh(folder);
    command.arg("-i");
    run(command, lines, LIMIT)
}

fn program(folder: &Path, text: &str) -> Ran {
    let mut command = torchsh(folder);
    command.args(["-c", text]);
    run(command, "", LIMIT)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const SOURCE: &str =
    "torch.save({'a': torch.ones(100000), 'b': torch.arange(8)}, 't.pt')\np = load('t.pt')\n";

#[test]
fn once_a_file_is_damaged_every_use_of_it_is_an_error() {
    let uses = "p['a'].sum()\nprint(p['a'])\np['b'].tolist()\np['b'][0].item()\np['a'] + 1\np['a'] == p['a']\ndescribe p\n\
                y = p['a'] * 2\np['b'].numpy().sum()\nnp.save('x.npy', p['a'].numpy())\nmanifest(p)\nlen(p) + 40\n";
    let changes = ["truncate -s 1000 t.pt", "truncate -s 1000 t.pt; truncate -s 400100 t.pt", "cp u.pt t.pt"];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let other = "torch.save({'a': torch.zeros(100000), 'b': torch.arange(8) + 1}, 'u.pt')\n";
        let ran = typed(folder.path(), &format!("{other}{SOURCE}!{change}\n{uses}"));
        let errors = ran.stderr.matches("OSError: 't.pt' was ").count();
        assert_eq!(errors, uses.lines().count() - 1, "{change}\n{}\n{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("load(\"t.pt\", mmap=False)"), "{}", ran.stderr);
        assert!(!ran.stdout.contains("tensor(") && !ran.stdout.contains("1.0000"), "{}", ran.stdout);
        assert!(ran.stdout.contains("]: 42"), "{}", ran.stdout);
        assert!(!folder.path().join("x.npy").exists());
    }
}

#[test]
fn what_was_computed_from_a_changed_file_gets_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "!truncate -s 1000 t.pt\ny = p['a'] * 2\ny\np = load('t.pt')\n";
    let ran = typed(folder.path(), &format!("{SOURCE}{lines}"));
    assert!(ran.stderr.contains("NameError: name 'y' is not defined"), "{}", ran.stderr);
}

#[test]
fn a_damaged_source_never_takes_the_place_of_what_is_kept() {
    let saves = [
        ("k.pt", "torch.save(p, 'k.pt')"),
        ("k.pt", "torch.save(p, 'k.pt', _use_new_zipfile_serialization=False)"),
        ("k.pt", "save p 'k.pt' compact=True"),
        ("k.safetensors", "save p 'k.safetensors'"),
        ("k.safetensors", "from safetensors.torch import save_file; save_file(p, 'k.safetensors')"),
        ("k.npz", "save p 'k.npz'"),
        ("k.npz", "np.savez('k.npz', a=p['a'].numpy())"),
        ("k-00001-of-00002.safetensors", "save p 'k.safetensors' max_shard_size=1000"),
    ];
    for change in ["truncate -s 1000 t.pt", "cp u.pt t.pt"] {
        let folder = tempfile::tempdir().unwrap();
        let mut lines =
            format!("torch.save({{'a': torch.zeros(100000), 'b': torch.arange(8)}}, 'u.pt')\n{SOURCE}");
        for (kept, _) in saves {
            lines += &format!("!echo kept > {kept}\n");
        }
        lines += &format!("!{change}\n");
        for (_, save) in saves {
            lines += &format!("{save}\n");
        }
        // An open file is the program's own: but what is written to it is right.
        lines += "f = open('f.pt', 'wb')\nimport pickle\npickle.dump(p['a'].numpy(), f)\ntorch.save(p, f)\nf.close()\n";
        let ran = typed(folder.path(), &lines);
        assert_eq!(ran.stderr.matches("OSError: 't.pt' was ").count(), saves.len() + 2, "{}", ran.stderr);
        for (kept, save) in saves {
            assert_eq!(fs::read_to_string(folder.path().join(kept)).unwrap(), "kept\n", "{save}");
        }
        assert_eq!(fs::metadata(folder.path().join("f.pt")).unwrap().len(), 0);
        assert!(names(folder.path()).iter().all(|name| !name.starts_with(".torchsh")));
    }
}

#[test]
fn what_a_program_itself_does_to_its_files_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = "
import os, shutil
def fresh():
    torch.save({'a': torch.ones(100000)}, 't.pt')
    return torch.load('t.pt')
def check(p, of='t.pt'):
    assert p['a'].sum() == 100000, p['a'].sum()
p = fresh()
torch.save(p, 't.pt')                       # over the file that is mapped
check(p); check(torch.load('t.pt'))
with open('t.pt', 'wb') as f:               # as many programs do: the file is emptied first
    torch.save(p, f)
check(p); check(torch.load('t.pt'))
p = fresh()
with open('t.pt', 'r+b') as f:
    f.write(b'x' * 1000)
check(p)
p = fresh()
torch.save({'a': torch.zeros(100000)}, 'u.pt')
shutil.copy('u.pt', 't.pt')
check(p)
p = fresh()
os.replace('u.pt', 't.pt')
check(p)
p = fresh()
os.chmod('t.pt', 0o600); os.rename('t.pt', 'v.pt'); check(p); os.remove('v.pt')
check(p)
q = {k: v * 2 for k, v in fresh().items()}  # nothing is used that was changed
with open('t.pt', 'wb') as f:
    f.write(b'')
print(q['a'].sum().item())
";
    let ran = program(folder.path(), text);
    assert_eq!((ran.stdout.as_str(), ran.status), ("200000.0\n", Some(0)), "{}", ran.stderr);
}

#[test]
fn the_manifest_of_a_file_that_changes_is_refused() {
    // Read once, and found to be whole.
    let folder = tempfile::tempdir().unwrap();
    assert!(program(folder.path(), SOURCE).succeeded());
    let mut command = Command::new("sh");
    let shell = format!(
        "{} manifest /dev/stdin < t.pt; cat t.pt | {0} manifest /dev/stdin",
        env!("CARGO_BIN_EXE_torchsh")
    );
    command.current_dir(folder.path()).args(["-c", &shell]);
    let ran = run(command, "", LIMIT);
    assert_eq!(ran.stdout.matches("\"name\":\"a\"").count(), 2, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn pipes_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    assert!(program(folder.path(), SOURCE).succeeded());
    let torchsh = env!("CARGO_BIN_EXE_torchsh");
    let shell = format!(
        "set -e
{torchsh} manifest <(cat t.pt) > one; {torchsh} manifest t.pt > two; cmp one two
mkfifo in out
cat t.pt > in & {torchsh} -c 'print(load(\"in\")[\"a\"].sum().item())'
cat out > copy & {torchsh} -c 'torch.save(load(\"t.pt\"), \"out\")'; wait
{torchsh} -c 'p = load(\"t.pt\")
save p \"/dev/stdout\"' 2>said | cat > piped
{torchsh} -c 'p = load(\"t.pt\")
save p \"/dev/stdout\"' > redirected
{torchsh} -c 'torch.save(load(\"t.pt\"), \"/dev/null\")'
for copy in copy piped redirected; do {torchsh} manifest $copy > three; cmp two three; done
{torchsh} -c 'verify(\"t.pt\"); print(verify(\"/dev/stdin\"))' < <(cat t.pt)
head -c 100 < <({torchsh} -c 'p = {{\"a\": torch.ones(1000000)}}
try: torch.save(p, \"/dev/fd/7\")
except OSError as e: print(e.errno, type(e).__name__)' 7> >(head -c 10 >/dev/null))
"
    );
    let mut command = Command::new("bash");
    command.current_dir(folder.path()).args(["-c", &shell]).env("HOME", folder.path());
    let ran = run(command, "", LIMIT);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("100000.0\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("32 BrokenPipeError\n"), "{}", ran.stdout);
    assert!(fs::metadata(folder.path().join("out")).unwrap().file_type().is_fifo());
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn arguments_and_files_of_any_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"w\xff\xe4.pt");
    assert!(program(folder.path(), "torch.save({'a': torch.ones(3)}, 't.pt')").succeeded());
    fs::rename(folder.path().join("t.pt"), folder.path().join(name)).unwrap();
    for arguments in [[OsStr::new("manifest"), name], [OsStr::new("-c"), name], [name, OsStr::new("x")]] {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        let ran = run(command, "", LIMIT);
        assert!(!ran.stderr.contains("panicked") && ran.status.is_some(), "{}", ran.stderr);
        if arguments[0] == "manifest" {
            assert!(ran.stdout.contains("\"a\""), "{}{}", ran.stdout, ran.stderr);
        }
    }
    let text = "
import os
from pathlib import Path
[name] = os.listdir()
print(name, os.path.exists(name), [p.name for p in Path('.').iterdir()] == [name])
print(load(name)['a'].sum().item(), len(open(name, 'rb').read()) > 100, os.path.getsize(name) > 100)
p = load(name)
save p 'other.pt'
torch.save(p, name)
os.rename(name, 'plain.pt')
print(sorted(os.listdir()))
";
    let ran = program(folder.path(), text);
    assert_eq!(
        ran.stdout, "w\\udcff\\udce4.pt True True\n3.0 True True\n['other.pt', 'plain.pt']\n",
        "{}",
        ran.stderr
    );
}

#[test]
fn errors_of_a_save_say_what_python_says() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    let mut text = String::from(
        "import errno\np = {'a': torch.ones(3)}\ndef tried(save):\n    try: save()\n    except OSError as e: print(type(e).__name__, errno.errorcode[e.errno], e.filename, e.strerror)\n",
    );
    for path in ["none/x.pt", "there", "/dev/full", "there/x.pt/y.pt"] {
        text += &format!("tried(lambda: torch.save(p, '{path}'))\n");
    }
    text += "torch.save(p, 'there/x.pt')\ntried(lambda: save(p, 'there/x.pt/y.safetensors'))\n";
    let ran = program(folder.path(), &text);
    let expected = "FileNotFoundError ENOENT none/x.pt No such file or directory\n\
                    IsADirectoryError EISDIR there Is a directory\n\
                    OSError ENOSPC /dev/full No space left on device\n\
                    FileNotFoundError ENOENT there/x.pt/y.pt No such file or directory\n\
                    NotADirectoryError ENOTDIR there/x.pt/y.safetensors Not a directory\n";
    assert_eq!(ran.stdout, expected, "{}", ran.stderr);
}

/// Starts a program that saves 200 MB again and again, and ends it by a signal when it has begun to.
fn ended_in_the_middle(folder: &Path, signal: i32, after: Duration) -> Option<i32> {
    let text =
        "p = {'a': torch.ones(5000000)}\nprint('begins', flush=True)\nwhile True: torch.save(p, 'a.pt')\n";
    let mut command = torchsh(folder);
    // Whoever runs the tests may have been told to survive the end of its terminal; the program here was not.
    // SAFETY: `signal` may be called between fork and exec.
    unsafe {
        command.pre_exec(move || {
            libc::signal(signal, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.args(["-c", text]).stdout(Stdio::piped()).spawn().unwrap();
    let mut begins = [0; 7];
    child.stdout.as_mut().unwrap().read_exact(&mut begins).unwrap();
    thread::sleep(after);
    // SAFETY: the process is ours and not waited for yet.
    assert_eq!(unsafe { libc::kill(child.id() as i32, signal) }, 0);
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return status.signal();
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("signal {signal} did not end it");
}

#[test]
fn a_save_that_is_ended_leaves_the_file_whole_and_nothing_beside_it() {
    for (turn, signal) in
        [libc::SIGTERM, libc::SIGHUP, libc::SIGKILL, libc::SIGKILL, libc::SIGTERM].into_iter().enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".torchsh-of-the-dead"), "x").unwrap();
        let after = Duration::from_millis(20 + 13 * turn as u64);
        assert_eq!(ended_in_the_middle(folder.path(), signal, after), Some(signal));
        let left = names(folder.path());
        let is_clean = left.iter().all(|name| name == "a.pt");
        assert!(is_clean || signal == libc::SIGKILL, "{signal}: {left:?}");
        let ran = program(
            folder.path(),
            "import os\nif os.path.exists('a.pt'): assert load('a.pt')['a'].sum() == 5000000\nsave({'a': torch.ones(2)}, 'b.pt')",
        );
        assert!(ran.succeeded(), "{}", ran.stderr);
        assert!(names(folder.path()).iter().all(|name| ["a.pt", "b.pt"].contains(&name.as_str())));
    }
}

#[test]
fn a_save_says_what_it_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "save({'a': torch.ones(300000)}, 'a.pt')\np = {'a': torch.ones(3)}\nsave p 'a.pt'\nsave p 'b.safetensors'\n\
                 p = {'a': torch.ones(3), 'b': torch.ones(3)}\nsave p 'c.safetensors' max_shard_size=12\n\
                 save p 'c.safetensors' max_shard_size=12\nsave p 'c.safetensors' max_shard_size=10**6\n";
    let ran = program(folder.path(), lines);
    for said in [
        "saved 1 tensor: replaced a.pt (1.1 MiB → ",
        "saved 1 tensor to b.safetensors (",
        "saved 2 tensors to c-00001-of-00002.safetensors … c-00002-of-00002.safetensors, with c.safetensors.index.json (",
        "saved 2 tensors: replaced c-00001-of-00002.safetensors … c-00002-of-00002.safetensors, with c.safetensors.index.json (",
        "saved 2 tensors to c.safetensors (",
        "removed 2 shards of the set that was there before\n",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    assert_eq!(names(folder.path()), ["a.pt", "b.safetensors", "c.safetensors"]);
}

#[test]
fn metadata_of_safetensors_is_kept_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "
p = {'a.x': torch.ones(300), 'b.x': torch.ones(3)}
save(p, 'm.safetensors', metadata={'modelspec.title': 't', 'ss_dim': '4', 'ss_alpha': '1'})
def of(path): return dict(sorted(load(path).metadata.items()))
p = load('m.safetensors')
save p 'n.safetensors'
print(of('n.safetensors'))
q = keep p 'a.*'
q = rename q '^a' 'c'
save q 'n.safetensors'
print(of('n.safetensors'))
save p 's.safetensors' max_shard_size=1200
s = load('s.safetensors.index.json')
print(len(s), dict(sorted(s.metadata.items())))
save(load('*of-00002.safetensors'), 'both.safetensors')
print(list(load('both.safetensors')), of('both.safetensors'))
print('lost', flush=True)
save p 'm.npz'
save p 'n.safetensors' metadata={'own': '1'}
plain = {k: v.half() for k, v in p.items()}
save plain 'm.safetensors'
save q 'q.pt'
print(list(torch.load('q.pt')))
";
    let ran = program(folder.path(), lines);
    let kept = "{'format': 'pt', 'modelspec.title': 't', 'ss_alpha': '1', 'ss_dim': '4'}";
    let expected = format!("{kept}\n{kept}\n2 {kept}\n['a.x', 'b.x'] {kept}\nlost\n['c.x']\n");
    assert_eq!(ran.stdout, expected, "{}", ran.stderr);
    let notes: Vec<_> = ran.stderr.lines().filter(|line| line.contains("metadata")).collect();
    assert_eq!(
        notes,
        [
            "3 entries of the file's own metadata left out, which npz cannot hold (modelspec.title, ss_dim, ss_alpha)",
            "3 entries of the file's own metadata left out (modelspec.title, ss_alpha, ss_dim)",
            "3 entries of the file's own metadata left out (modelspec.title, ss_alpha, ss_dim)",
        ],
        "{}",
        ran.stderr
    );
}

#[test]
fn owner_mode_and_links_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real.pt"), "old").unwrap();
    fs::set_permissions(at("real.pt"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.pt", at("link.pt")).unwrap();
    let before = fs::metadata(at("real.pt")).unwrap();
    assert!(program(folder.path(), "torch.save({'a': 1}, 'link.pt')").succeeded());
    let after = fs::metadata(at("real.pt")).unwrap();
    assert!(fs::symlink_metadata(at("link.pt")).unwrap().is_symlink());
    assert_eq!((before.mode(), before.uid(), before.gid()), (after.mode(), after.uid(), after.gid()));
    assert_ne!(before.ino(), after.ino());
}

#[test]
fn compressed_files_and_cut_archives() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
import tarfile, io, pickle, bz2, lzma, gzip
data = pickle.dumps({'a': [1, 2, 3]}, 2)
for name, how in ('x.bz2', bz2), ('x.xz', lzma), ('x.gz', gzip):
    how.open(name, 'wb').write(data)
for name, how in ('bomb.bz2', bz2.compress), ('bomb.xz', lzma.compress), ('bomb.gz', gzip.compress):
    open(name, 'wb').write(10 * how(bytes(60 << 20)))
open('m.th', 'wb').write(open('t.pt', 'rb').read())
with tarfile.open('m.tar', 'w') as t:
    t.add('m.th'); t.add('t.pt')
whole = open('m.tar', 'rb').read()
size = len(open('t.pt', 'rb').read())
end = 2 * (512 + -(-size // 512) * 512)
for i, cut in enumerate((end - 1, end, end + 511, end // 2, end // 2 + 100)):
    open(f'cut{i}.tar', 'wb').write(whole[:cut])
";
    assert!(program(folder.path(), "torch.save({'a': torch.ones(3)}, 't.pt')").succeeded());
    let python = std::env::var("TORCHSH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.current_dir(folder.path()).args(["-c", script]);
    let made = run(command, "", LIMIT);
    assert!(made.succeeded(), "{}", made.stderr);
    let text = "
for name in 'x.bz2', 'x.xz', 'x.gz': print(load(name))
print(list(load('m.tar')))
for i in range(5):
    try: print(load(f'cut{i}.tar'))
    except ValueError as e: print(e)
";
    let ran = program(folder.path(), text);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(
        lines[..4],
        ["{'a': [1, 2, 3]}", "{'a': [1, 2, 3]}", "{'a': [1, 2, 3]}", "['m.th', 't.pt']"],
        "{}",
        ran.stderr
    );
    assert_eq!(lines.len(), 9, "{}", ran.stdout);
    assert!(
        lines[4..].iter().all(|line| line.contains("the file is cut short") || line.contains("damaged tar")),
        "{}",
        ran.stdout
    );
    for bomb in ["bomb.bz2", "bomb.xz", "bomb.gz"] {
        let (started, text) = (
            Instant::now(),
            format!(
                "
try: load('{bomb}')
except MemoryError as e: print(e)
[peak] = [line for line in open('/proc/self/status') if line.startswith('VmHWM')]
print(int(peak.split()[1]) < 1000000 or peak)
"
            ),
        );
        let ran = program(folder.path(), &text);
        assert_eq!(ran.stdout, "the compressed file unpacks to more than 512 MiB\nTrue\n", "{}", ran.stderr);
        assert!(started.elapsed() < Duration::from_secs(20), "{bomb}");
    }
}
