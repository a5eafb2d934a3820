//! The command line: where programs come from, where text goes, what the exit status says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Ran, run, torchsh};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

fn ran(arguments: &[&str], input: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.args(arguments);
    run(command, input, LIMIT)
}

#[test]
fn programs_come_from_everywhere() {
    assert_eq!(ran(&["-c", "print(1)"], "").stdout, "1\n");
    assert_eq!(ran(&["-"], "print(2)").stdout, "2\n");
    assert_eq!(ran(&[], "print(3)\n").stdout, "3\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("beside.py"), "x = 4\n").unwrap();
    std::fs::write(folder.path().join("program.py"), "import sys, beside\nprint(beside.x, sys.argv)\n")
        .unwrap();
    let mut command = torchsh(folder.path());
    command.args(["program.py", "a", "-c"]);
    assert_eq!(run(command, "", LIMIT).stdout, "4 ['program.py', 'a', '-c']\n");
}

#[test]
fn the_status_says_how_it_went() {
    let statuses = |arguments: &[&str]| ran(arguments, "").status;
    assert_eq!(statuses(&["-c", "pass"]), Some(0));
    assert_eq!(statuses(&["-c", "1 / 0"]), Some(1));
    assert_eq!(statuses(&["-c", "assert False"]), Some(1));
    assert_eq!(statuses(&["-c", "x = ("]), Some(1));
    assert_eq!(statuses(&["-c", "raise SystemExit(7)"]), Some(7));
    assert_eq!(statuses(&["--nothing"]), Some(2));
    assert_eq!(statuses(&["missing.py"]), Some(2));
    assert_eq!(statuses(&["--check", "-c", "1 / 0"]), Some(0));
    assert_eq!(statuses(&["--check", "-c", "1 /"]), Some(1));
}

#[test]
fn verbs_are_commands() {
    let folder = tempfile::tempdir().unwrap();
    let ran = |arguments: &[&str]| {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        run(command, "", LIMIT)
    };
    let made = "a = {'net.w': torch.ones(2, 3), 'net.b': torch.zeros(2)}\ntorch.save(a, 'my model.pt')\n\
                torch.save({'epoch': 1, 'state_dict': {'net.w': torch.zeros(2, 3), 'net.b': torch.zeros(2)}}, 'b.ckpt')";
    assert_eq!(ran(&["-c", made]).status, Some(0));
    let diff = ran(&["diff", "my model.pt", "b.ckpt", "--exit-code", "--format", "json"]);
    assert_eq!(diff.status, Some(1), "{}", diff.stderr);
    assert!(diff.stdout.contains("\"key\":\"net.w\""), "{}", diff.stdout);
    assert_eq!(ran(&["strip", "b.ckpt", "net.", "-o", "c.safetensors"]).status, Some(0));
    assert_eq!(ran(&["keys", "c.safetensors"]).stdout, "b\nw\n");
    let same = ran(&["diff", "c.safetensors", "c.safetensors", "--exit-code"]);
    assert_eq!(
        (same.status, same.stdout.as_str()),
        (Some(0), "no difference in 2 entries\n"),
        "{}",
        same.stderr
    );
    assert_eq!(ran(&["save", "my model.pt", "c.safetensors"]).status, Some(0));
    assert_eq!(ran(&["keys", "c.safetensors"]).stdout, "net.b\nnet.w\n");
    for (wrong, says) in [
        (&["strip", "b.ckpt", "net."][..], "-o OUT"),
        (&["items", "b.ckpt", "-o", "x.pt"], "no state_dict"),
        (&["diff", "b.ckpt", "--nothing"], "no option --nothing"),
    ] {
        let ran = ran(wrong);
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let missing = ran(&["items", "nothing.pt"]);
    assert_eq!(missing.status, Some(1));
    assert!(missing.stderr.contains("No such file or directory: 'nothing.pt'"), "{}", missing.stderr);
}

#[test]
fn errors_go_to_the_other_stream() {
    let ran = ran(&["-c", "print('out')\ndef f(m):\n    return m['fc.weight']\nf({})"], "");
    assert_eq!(ran.stdout, "out\n");
    let expected = "Traceback (most recent call last):\n  File \"<string>\", line 4\n    f({})\n  \
                    File \"<string>\", line 3, in f\n    return m['fc.weight']\n           ^^^^^^^^^^^^^^\n\
                    KeyError: 'fc.weight'\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn reports_are_no_output() {
    let ran = ran(&["-c", "p = {'a': torch.zeros(1)}\np = filter p key~ 'b'\nprint(len(p))\nitems p"], "");
    assert_eq!(ran.stdout, "0\n0 tensors\n");
    assert_eq!(ran.stderr, "kept 0 of 1 entry; dropped:\n  a\n");
}

#[test]
fn text_of_a_file_cannot_move_the_cursor() {
    let ran = ran(&["-c", "m = {'a\\x1b[2J': torch.zeros(1)}\nitems m\nkeys m\nm['b\\x1b[2J']"], "");
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("a\\x1b[2J"));
}

#[test]
fn checkpoints_open_and_the_prompt_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.args(["-c", "torch.save({'epoch': 3, 'state_dict': {'a': torch.zeros(2)}}, 'x.pt')"]);
    assert!(run(command, "", LIMIT).succeeded());
    let mut command = torchsh(folder.path());
    command.arg("x.pt");
    let ran = run(command, "ckpt['epoch']\n", LIMIT);
    assert!(ran.stdout.contains("state_dict  dict  1 tensor"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Out[1]: 3"), "{}", ran.stdout);
    let mut command = torchsh(folder.path());
    command.args(["manifest", "x.pt"]);
    let ran = run(command, "", LIMIT);
    assert!(ran.succeeded() && ran.stdout.contains("state_dict.a"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn after_a_script_the_prompt_can_stay() {
    let ran = ran(&["-i", "-c", "x = 5"], "x + 1\n");
    assert!(ran.stdout.contains("Out[1]: 6"), "{}", ran.stdout);
}

#[test]
fn states_of_an_optimizer_carry_their_parameters_names() {
    let program = "m = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))\n\
                   o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)\n\
                   m(torch.ones(2, 3)).sum().backward(); o.step()\n\
                   torch.save({'model': m.state_dict(), 'optimizer': o.state_dict()}, 'x.pt')";
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.args(["-c", program]);
    assert!(run(command, "", LIMIT).succeeded());
    let mut command = torchsh(folder.path());
    command.arg("x.pt");
    let ran = run(command, "", LIMIT);
    let labelled = |label: &str| ran.stdout.lines().any(|line| line.trim_start().starts_with(label));
    for label in ["0  0.weight", "1  0.bias", "2  1.weight", "3  1.bias"] {
        assert!(labelled(label), "{label}: {}", ran.stdout);
    }
}

#[test]
fn a_verb_that_is_called_is_shown_its_form() {
    let ran = ran(&["-c", "m = {}\nitems(m)"], "");
    assert!(
        ran.stderr.contains("hint: items is a verb, its words stand side by side: items m"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_are_opened_by_their_content_and_only_programs_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str], input: &str| {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        run(command, input, LIMIT)
    };
    let names = [
        "c.pth.tar",
        "c.tar",
        "c.model",
        "c.weights",
        "c.th",
        "c.t7",
        "c.zip",
        "c.pt.bak",
        "ckpt-1000",
        "llama",
    ];
    let made = at(
        &[
            "-c",
            "import os, shutil\nw = {'a': torch.ones(2), 'b': torch.ones(3)}\ntorch.save(w, 'c.pt')\n\
             for name in ['c.pth.tar', 'c.tar', 'c.model', 'c.weights', 'c.th', 'c.t7', 'c.zip', 'c.pt.bak', 'ckpt-1000']:\n    \
             shutil.copy('c.pt', name)\nos.mkdir('llama')\nsave(w, 'llama/model.safetensors')\n\
             open('llama/config.json', 'w').write('{\"tied\": false}')",
        ],
        "",
    );
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    for name in names {
        let ran = at(&[name], "print('has', len(ckpt))\n");
        assert!(ran.stdout.contains("has 2\n"), "{name}: {}{}", ran.stdout, ran.stderr);
    }
    std::fs::write(folder.path().join("notes.txt"), "print('executed')\n").unwrap();
    std::fs::write(folder.path().join("tool"), "#!/usr/bin/env torchsh\nprint('executed')\n").unwrap();
    let refused = at(&["notes.txt"], "");
    assert_eq!((refused.status, refused.stdout.as_str()), (Some(2), ""));
    assert!(
        refused.stderr.contains("notes.txt is a text file")
            && refused.stderr.contains("torchsh - < notes.txt")
    );
    assert!(at(&["llama/config.json"], "").stderr.contains("holds no weights"));
    assert_eq!(at(&["tool"], "").stdout, "executed\n");
    assert_eq!(at(&["-"], "print('executed')").stdout, "executed\n");
}

#[test]
fn names_of_files_are_files_whatever_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let of = |arguments: &[&str], input: &str| {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        run(command, input, LIMIT)
    };
    let made = of(&["-c", "torch.save({'fc.w': torch.zeros(2)}, 'epoch=1-step=8.ckpt')"], "");
    assert!(made.succeeded(), "{}", made.stderr);
    let shown = of(&["items", "epoch=1-step=8.ckpt"], "");
    assert!(shown.stdout.contains("fc.w"), "{}{}", shown.stdout, shown.stderr);
    let compared = of(&["diff", "epoch=1-step=8.ckpt", "epoch=1-step=8.ckpt", "atol=0.1"], "");
    assert!(compared.stdout.contains("no difference"), "{}{}", compared.stdout, compared.stderr);
    // A file that is not there, a verb with a letter wrong.
    let near = of(&["epoch=1-step=9.ckpt"], "");
    assert!(near.stderr.contains("did you mean 'epoch=1-step=8.ckpt'?"), "{}", near.stderr);
    let verb = of(&["dif", "a.pt", "b.pt"], "");
    assert!(verb.stderr.contains("hint: did you mean: torchsh diff FILE"), "{}", verb.stderr);
}

#[test]
fn a_pipe_is_read_once_and_leaves_no_prompt_behind() {
    let folder = tempfile::tempdir().unwrap();
    let of = |line: &str| {
        let mut command = std::process::Command::new("bash");
        let ours = torchsh(folder.path());
        command.args(["-c", line]).current_dir(folder.path()).env("torchsh", ours.get_program());
        command.env("HOME", folder.path()).env("COLUMNS", "80");
        run(command, "", LIMIT)
    };
    assert!(of("$torchsh -c \"torch.save({'fc.w': torch.zeros(20000)}, 'x.pt')\"").succeeded());
    for line in
        ["cat x.pt | $torchsh items -", "cat x.pt | $torchsh items /dev/stdin", "$torchsh items <(cat x.pt)"]
    {
        let ran = of(line);
        assert!(ran.stdout.contains("1 tensor · 20,000 elements"), "{line}: {}{}", ran.stdout, ran.stderr);
    }
    let ran = of("$torchsh x.pt | tail -1");
    assert!(ran.stdout.starts_with("1 tensor"), "{}", ran.stdout);
}

#[test]
fn a_shell_completes_verbs_options_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let ran = |arguments: &[&str]| {
        let mut command = torchsh(folder.path());
        command.args(arguments);
        run(command, "", LIMIT)
    };
    let made = "torch.save({'layer1.w': torch.ones(2), 'layer1.b': torch.ones(2), 'fc.w': torch.ones(3)}, 'my x.pt')";
    assert_eq!(ran(&["-c", made]).status, Some(0));
    let ways = |words: &[&str]| {
        let ran = ran(&[&["--complete-words"], words].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{words:?}");
        let texts = ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(ways(&["he"]), ["heat", "health", "help"]);
    assert!(ways(&["items", "--f"]).contains(&"--format".to_owned()));
    assert_eq!(ways(&["items", "--format", "j"]), ["json"]);
    assert_eq!(ways(&["find", "my\\ x.pt", "la"]), ["layer1."]);
    assert_eq!(ways(&["find", "my x.pt", "layer1."]), ["layer1.w", "layer1.b"]);
    assert!(ways(&["items", "my x.pt", "b"]).contains(&"by".to_owned()));
    assert!(ways(&["items", "my x.pt", "by", ""]).contains(&"size".to_owned()));
    assert!(ways(&["diff", "my x.pt", "my x.pt", "at"]).contains(&"atol=".to_owned()));
    assert_eq!(ways(&["find", "nothing.pt", "x"]), Vec::<String>::new());
    assert_eq!(ways(&["unknown", "x"]), Vec::<String>::new());
}

#[test]
fn the_script_for_bash_completes() {
    let folder = tempfile::tempdir().unwrap();
    let program = torchsh(folder.path()).get_program().to_owned();
    let beside = std::path::Path::new(&program).parent().unwrap().to_owned();
    let script = "source <(torchsh --completions bash)\nCOMP_WORDS=(torchsh he); COMP_CWORD=1; compopt() { :; }\n_torchsh\nprintf '%s\\n' \"${COMPREPLY[@]}\"";
    let path = format!("{}:{}", beside.display(), std::env::var("PATH").unwrap());
    let ran = std::process::Command::new("bash").arg("-c").arg(script).env("PATH", path).output();
    let Ok(ran) = ran else {
        eprintln!("skipped: there is no bash");
        return;
    };
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("heat\nhealth\nhelp\n"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn help_is_where_it_is_looked_for() {
    assert!(ran(&["help"], "").stdout.contains("usage: torchsh"));
    assert!(ran(&["help", "diff"], "").stdout.contains("usage: torchsh diff"));
    let ran_help = ran(&["-c", "help items"], "");
    assert!(ran_help.stderr.contains("torchsh items --help"), "{}", ran_help.stderr);
    assert!(ran(&["--help"], "").stdout.lines().all(|line| line.chars().count() < 80));
    let wrong = ran(&["tree", "x.pt", "--depth", "1"], "");
    assert!(wrong.stderr.contains("torchsh tree --help"), "{}", wrong.stderr);
}
