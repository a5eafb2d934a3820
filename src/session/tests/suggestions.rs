//! Every hint that is a line is typed, and must help.

use super::{Session, shown, with_session};

/// The line that a hint of this line's answer gives.
fn hinted(session: &Session, line: &str) -> String {
    let shown = shown(session, line);
    let hint = shown.rsplit_once("hint: ").map_or("", |(_, hint)| hint);
    let hint = hint.split_whitespace().collect::<Vec<_>>().join(" ");
    hint.split_once(": ").map_or(hint.as_str(), |(_, code)| code).to_owned()
}

/// Types a line that fails, what its hint says, and a last one that must succeed.
fn mends(setup: &str, fails: &str, code: &str, then: &str) {
    let [setup, fails, code, then] = [setup, fails, code, then].map(str::to_owned);
    with_session(move |session, _| {
        session.execute("net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))");
        for line in setup.lines() {
            let outcome = session.execute(line);
            assert!(outcome.error.is_none(), "{line}: {:?}", outcome.error);
        }
        let hint = hinted(session, &fails);
        assert_eq!(hint, code, "{fails}");
        let outcome = session.execute(&hint);
        assert!(outcome.error.is_none(), "{hint}: {:?}", outcome.error);
        for line in then.lines() {
            let outcome = session.execute(line);
            assert!(outcome.error.is_none(), "{hint}\n{line}: {:?}", outcome.error);
        }
    });
}

const WRAPPED: &str =
    "ck = {'epoch': 1, 'state_dict': {'module.' + k: v + 1 for k, v in net.state_dict().items()}}";

#[test]
fn a_beginning_is_removed_or_put_before() {
    let strip = "p = strip ck[\"state_dict\"] \"module.\"";
    let loaded =
        "load_state_dict p into net\nassert torch.equal(net[0].weight, ck['state_dict']['module.0.weight'])";
    mends(WRAPPED, "load_state_dict ck[\"state_dict\"] into net", strip, loaded);
    mends(WRAPPED, "net.load_state_dict(ck[\"state_dict\"])", strip, loaded);
    mends(WRAPPED, "load_state_dict ck[\"state_dict\"] into net strict=False", strip, loaded);
    // A name that is taken stays as it is, and one that is the state_dict's own is used again.
    let taken = format!("{WRAPPED}\np = 5");
    let free = strip.replace("p = ", "q = ");
    mends(
        &taken,
        "load_state_dict ck[\"state_dict\"] into net",
        &free,
        "load_state_dict q into net\nassert p == 5",
    );
    let named = format!("{WRAPPED}\nweights = ck['state_dict']");
    mends(
        &named,
        "load_state_dict weights into net",
        "weights = strip weights \"module.\"",
        "load_state_dict weights into net",
    );
    mends(
        "sd = {k.removeprefix('0.'): v for k, v in net.state_dict().items() if k[0] == '0'}\nnet = net[:1]",
        "load_state_dict sd into net",
        "sd = prefix sd \"0.\"",
        "load_state_dict sd into net",
    );
}

#[test]
fn the_weights_of_a_checkpoint_are_named() {
    let setup = "ck = {'epoch': 1, 'model': net.state_dict()}";
    mends(setup, "net.load_state_dict(ck)", "load_state_dict ck[\"model\"] into net", "");
    let two = "ck = {'model': net.state_dict(), 'ema': net.state_dict()}";
    mends(two, "load_state_dict ck into net", "p = ck[\"model\"]", "load_state_dict p into net");
    mends(two, "keep ck \"0.*\"", "p = ck[\"model\"]", "keep p \"0.*\"");
    mends("m = net.state_dict()", "hist m", "hist m[\"0.weight\"]", "");
    mends(setup, "hist ck", "hist ck[\"model\"][\"0.weight\"]", "");
}

#[test]
fn what_the_model_does_not_have_is_dropped() {
    let more = "sd = dict(net.state_dict())\nsd['emb.position_ids'] = torch.arange(3)";
    mends(
        more,
        "load_state_dict sd into net",
        "sd = drop sd \"emb.position_ids\"",
        "load_state_dict sd into net",
    );
    let many =
        "sd = dict(net.state_dict())\nsd.update({f'{i}._extra_state': torch.ones(1) for i in range(5)})";
    mends(many, "net.load_state_dict(sd)", "sd = drop sd \"*._extra_state\"", "net.load_state_dict(sd)");
    let odd = "sd = dict(net.state_dict())\nsd.update({f'{k}.weight': torch.ones(1) for k in 'abcde'})";
    mends(odd, "load_state_dict sd into net", "load_state_dict sd into net strict=False", "");
}

#[test]
fn what_fits_is_loaded() {
    let misfit = "sd = dict(net.state_dict())\nsd['2.weight'] = torch.ones(7, 3)";
    let line = "sd = filter sd shape== net; load_state_dict sd into net strict=False";
    mends(misfit, "load_state_dict sd into net", line, "");
    mends(misfit, "net.load_state_dict(sd)", line, "");
    let part = "sd = dict(net[0].state_dict())\nsd = {'0.' + k: v for k, v in sd.items()}";
    mends(part, "load_state_dict sd into net", "load_state_dict sd into net strict=False", "");
}

#[test]
fn an_error_that_is_raised_again_is_told_alike() {
    let caught = |raises: &str| {
        format!(
            "try:\n    net.load_state_dict(ck[\"state_dict\"])\nexcept RuntimeError as e:\n    text = str(e)\n    {raises}\n"
        )
    };
    with_session(move |session, _| {
        session.execute("net = nn.Sequential(*[nn.Linear(2, 1) for _ in range(7)])");
        session.execute(WRAPPED);
        let whole = shown(session, "net.load_state_dict(ck[\"state_dict\"])");
        assert!(whole.contains("\"4.bias\"\n\t\t… 4 more keys (traceback shows all)"), "{whole}");
        let says = "all 14 unexpected keys match when \"module.\" is removed";
        for raises in ["raise", "raise e", "raise ValueError('no') from e"] {
            let again = shown(session, &caught(raises));
            assert!(again.contains(says), "{raises}: {again}");
        }
        // What a program reads is PyTorch's text, and nothing beside it.
        let head = "Error(s) in loading state_dict for Sequential:\\n\\tMissing key(s) in state_dict: \"0.weight\", \"0.bias\",";
        assert!(shown(session, "text").contains(head), "{}", shown(session, "text"));
        session.execute(&caught("own = e"));
        assert_eq!(shown(session, "own.__dict__, own.args == (text,)"), "({}, True)");
        assert_eq!(shown(session, "len(net._load_state_dict_pre_hooks)"), "0");
        // A text that only looks alike is not taken for it.
        let alike = shown(session, "raise RuntimeError(text)");
        assert!(!alike.contains("hint:") && !alike.contains("more keys"), "{alike}");
    });
}

#[test]
fn other_names_are_taken_once() {
    let other = "old = {k.replace('0.', 'first.').replace('1.', 'norm.').replace('2.', 'last.'): v for k, v in net.state_dict().items()}\n\
                 old['norm.more'] = torch.ones(9)";
    with_session(move |session, kept| {
        session.execute("net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))");
        other.lines().for_each(|line| drop(session.execute(line)));
        session.execute("class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        \
                         self.encoder = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))\n        self.head = nn.Linear(9, 9)\n");
        session.execute("model = Net()");
        session.execute("old = {'body.' + k: v for k, v in model.encoder.state_dict().items()}");
        session.execute("old['rest.weight'] = torch.ones(2)");
        let code = hinted(session, "load_state_dict old into model");
        assert_eq!(code, "old = rename old to model");
        session.execute(&code);
        assert!(kept.complaints.borrow().contains("renamed "), "{}", kept.complaints.borrow());
        // It is not offered again.
        let code = hinted(session, "load_state_dict old into model");
        assert_eq!(code, "load_state_dict old into model strict=False");
        kept.complaints.borrow_mut().clear();
        session.execute(&code);
        assert!(
            kept.complaints.borrow().starts_with("loaded 7 of the model's 9 entries"),
            "{}",
            kept.complaints.borrow()
        );
    });
}

#[test]
fn query_key_and_value_are_joined_and_parted() {
    let attention =
        "net = nn.ModuleDict({'a': nn.MultiheadAttention(4, 2), 'b': nn.Linear(4, 4)})\nm = net.state_dict()";
    let apart = format!(
        "{attention}\nsd = {{k.replace('in_proj_', x): w + 1 for k, v in m.items() for x, w in (zip(('q_proj.', 'k_proj.', 'v_proj.'), \
         v.chunk(3)) if 'in_proj_' in k else [('', v - 1)])}}"
    );
    with_session(move |session, _| {
        apart.lines().for_each(|line| assert!(session.execute(line).error.is_none(), "{line}"));
        let code = hinted(session, "load_state_dict sd into net");
        assert!(session.execute(&code).error.is_none(), "{code}");
        let done = shown(session, "load_state_dict sd into net");
        assert_eq!(done, "<All keys matched successfully>", "{code}");
        // And back, into a model that has them apart.
        let lines = "class Apart(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.q, self.k, self.v = \
                     nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)\n";
        session.execute(lines);
        session.execute("model = Apart()\n");
        session
            .execute("fused = {'qkv.weight': torch.arange(48.).reshape(12, 4), 'qkv.bias': torch.ones(12)}");
        let code = hinted(session, "load_state_dict fused into model");
        assert!(session.execute(&code).error.is_none(), "{code}");
        assert_eq!(
            shown(session, "load_state_dict fused into model"),
            "<All keys matched successfully>",
            "{code}"
        );
        assert_eq!(shown(session, "model.v.weight[0, 0].item()"), "32.0");
    });
}

#[test]
fn files_and_optimizers_are_told() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        session.execute("sd = {'a': torch.ones(2), 'epoch': 3}");
        let code = hinted(session, &format!("save sd \"{at}/x.safetensors\""));
        assert_eq!(code, "sd = filter sd where isinstance(v, torch.Tensor)");
        session.execute(&code);
        assert!(session.execute(&format!("save sd \"{at}/x.safetensors\"")).error.is_none());
        session.execute("ck = {'epoch': 3, 'model': {'a': torch.ones(2)}}");
        let code = hinted(session, &format!("save ck \"{at}/y.safetensors\""));
        assert_eq!(code, format!("save ck[\"model\"] \"{at}/y.safetensors\""));
        assert!(session.execute(&code).error.is_none());

        let shard = |number: usize, of: usize| format!("{at}/model-{number:05}-of-{of:05}.safetensors");
        for number in [1, 2] {
            session.execute(&format!("save {{'w{number}': torch.ones({number})}} \"{}\"", shard(number, 2)));
        }
        let index = "{\"weight_map\": {\"w1\": \"model-00001-of-00003.safetensors\"}}";
        std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        let code = hinted(session, &format!("load(\"{at}/model.safetensors.index.json\")"));
        assert!(session.execute(&code).error.is_none(), "{code}");
        assert_eq!(shown(session, "sorted(p)"), "['w1', 'w2']");
        let index = index.replace("1-of-00003", "3-of-00002");
        std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        let shown_error = shown(session, &format!("load(\"{at}\")"));
        assert!(
            shown_error.contains("is missing: fetch it") && !shown_error.contains("did you mean"),
            "{shown_error}"
        );

        session.execute("net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))");
        session.execute("one = torch.optim.SGD(net.parameters(), lr=1)");
        session.execute(
            "two = torch.optim.SGD([{'params': net[0].parameters()}, {'params': net[1].parameters()}], lr=1)",
        );
        session.execute("ck = {'optimizer': two.state_dict(), 'model': net.state_dict()}");
        for line in ["load_state_dict ck into one", "one.load_state_dict(ck[\"optimizer\"])"] {
            let error = shown(session, line);
            let words = "the state_dict has 2 groups of 2+2 parameters, one here 1 group of 4";
            assert!(error.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{error}");
        }
    });
}

#[test]
fn entries_that_are_asked_for_as_attributes_are_named() {
    with_session(|session, _| {
        for line in [
            "ckpt = {'epoch': 3, 'state_dict': {'conv1.weight': torch.ones(2), 'layer1.0.w': 1, 'layer1.1.w': 2}, 'update_count': 2, 'keys': 1}",
            "p = ckpt['state_dict']",
        ] {
            assert!(session.execute(line).error.is_none(), "{line}");
        }
        for (line, hint) in [
            ("ckpt.state_dict", "ckpt[\"state_dict\"]"),
            ("x = ckpt.state_dict()", "ckpt[\"state_dict\"]"),
            ("print(ckpt.epoch + 1)", "ckpt[\"epoch\"]"),
            ("ckpt.epohc", "ckpt[\"epoch\"]"),
            ("p.conv1", "p[\"conv1.weight\"]"),
            ("p.layer1", "2 keys begin so: items p \"layer1.*\""),
            ("ckpt[\"state_dict\"].conv1.weight", "ckpt[\"state_dict\"][\"conv1.weight\"]"),
            ("ckpt.updaet", "did you mean 'update'?"),
            ("tensor([1])", "did you mean 'torch.tensor'?"),
            ("Linear(3, 2)", "did you mean 'nn.Linear'?"),
            ("relu(1)", "did you mean 'torch.relu'?"),
        ] {
            let shown = shown(session, line);
            let hint = format!("hint: {hint}");
            let ends = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = hint.strip_prefix("hint: ").unwrap();
            assert!(ends.contains("hint: ") && ends.ends_with(said), "{line}: {hint}\n{shown}");
        }
    });
}

#[test]
fn help_on_what_is_not_there_names_what_is_near() {
    with_session(|session, _| {
        assert!(session.execute("network = nn.Linear(3, 2); ckpt = {'epoch': 1}").error.is_none());
        for (line, hint) in [
            ("help(netwrok)", "did you mean: help network"),
            ("torch.topkk?", "did you mean: help torch.topk"),
            ("help(network.weigth)", "did you mean: help network.weight"),
            ("help ckpt.epohc", "did you mean: ckpt[\"epoch\"]"),
            ("help filtr", "did you mean: help filter"),
            ("help formts", "did you mean: help formats"),
            ("help zzzzqqqq", "help lists what there is"),
        ] {
            let shown = shown(session, line);
            assert!(shown.contains(&format!("hint: {hint}")), "{line}: {hint}\n{shown}");
        }
    });
}

#[test]
fn programs_of_a_shell_behind_a_bar_are_named() {
    with_session(|session, _| {
        assert!(session.execute("m = {'a.w': torch.ones(2)}").error.is_none());
        for (line, here) in [
            ("items m | grep fc", "find m \"*fc*\""),
            ("items m | head", "items m \"layer1.*\""),
            ("items m | wc", "len(m)"),
        ] {
            let shown = shown(session, line).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&format!("hint: here it is {here}; ")), "{line}: {shown}");
        }
    });
}

#[test]
fn more_than_there_is_to_undo_undoes_all() {
    with_session(|session, kept| {
        for line in ["a = 1", "b = 2"] {
            assert!(session.execute(line).error.is_none());
        }
        let undone = shown(session, "undo 9");
        assert!(undone.ends_with("undid In [1]: a = 1\nthere is nothing more to undo"), "{undone}");
        assert!(kept.complaints.borrow().is_empty());
        let redone = shown(session, "redo 9");
        assert!(redone.ends_with("redid In [2]: b = 2\nthere is nothing more to redo"), "{redone}");
        assert!(shown(session, "undo 2").ends_with("undid In [1]: a = 1"));
        assert!(shown(session, "undo").contains("there is nothing to undo"));
    });
}

#[test]
fn the_first_use_of_a_module_is_nothing_to_undo() {
    with_session(|session, _| {
        assert!(session.execute("kept = 1").error.is_none());
        for line in
            ["F.relu(torch.ones(2))", "torch.topk(torch.ones(2), 1, dmi=0)", "math.pi", "nn.functional.gelu"]
        {
            session.execute(line);
        }
        assert_eq!(shown(session, "undo"), "undid In [1]: kept = 1");
    });
}

#[test]
fn a_verb_that_went_inside_does_not_say_where_the_weights_are() {
    let whole = "whole = {\"state_dict\": state_dict(net), \"epoch\": 1}";
    mends(whole, "net.load_state_dict(whole)", "load_state_dict whole[\"state_dict\"] into net", "");
    let renamed = "net = nn.Linear(2, 3)\n\
                   whole = {\"state_dict\": {\"a.weight\": net.weight, \"b.bias\": net.bias}, \"epoch\": 1}";
    let loads = "load_state_dict whole into net";
    mends(renamed, loads, "whole = rename whole to net guess=True", loads);
}

#[test]
fn a_file_that_is_named_where_a_state_dict_belongs_is_opened() {
    let path = "../../tests/fixtures/views.pt";
    mends("", &format!("items '{path}'"), &format!("p = load('{path}')"), "items p");
}
