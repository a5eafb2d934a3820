"""torchsh as a kernel: what Jupyter's own tests and programs make of it, and conversations that other kernels fail in."""

import contextlib
import os
import queue
import subprocess
import time
import unittest

from registry import Told, case

LIMIT = 60


def installed(torchsh, folder):
    """Tells Jupyter of the kernel, for this process alone; nothing of it outlives the folder."""
    done = subprocess.run([torchsh, "kernel", "install", "--prefix", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    os.environ["JUPYTER_PATH"] = os.path.join(folder, "share", "jupyter")
    os.environ["HOME"] = os.environ["XDG_STATE_HOME"] = os.environ["JUPYTER_RUNTIME_DIR"] = folder
    return folder


class Talk:
    """A client of a kernel."""

    def __init__(self, client):
        self.client = client

    def ask(self, code, **options):
        """Runs code; its reply, and what was said because of it, up to idle."""
        return self.heard(self.client.execute(code, **options))

    def heard(self, number):
        said = []
        while True:
            message = self.client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
            said.append(message)
        return self.reply(number), said

    def reply(self, number):
        while True:
            reply = self.client.get_shell_msg(timeout=LIMIT)
            if reply["parent_header"].get("msg_id") == number:
                return reply["content"]

    def value(self, code):
        """The text of what code gives."""
        reply, said = self.ask(code)
        assert reply["status"] == "ok", reply
        return results(said)[-1]["text/plain"] if results(said) else ""


def results(said):
    return [one["content"]["data"] for one in said if one["msg_type"] in ("execute_result", "display_data")]


def printed(said, name="stdout"):
    streams = (one["content"] for one in said if one["msg_type"] == "stream")
    return "".join(one["text"] for one in streams if one["name"] == name)


@contextlib.contextmanager
def kernel(**options):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="torchsh", startup_timeout=LIMIT, **options)
    try:
        yield manager, Talk(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def talk(name):
    """Registers a conversation: `check(manager, talk)`, whose failed claims are the differences."""

    def register(check):
        def told(torchsh, folder):
            installed(torchsh, folder)
            with kernel(cwd=folder) as (manager, talk):
                check(manager, talk)
                # Whatever happened, the session is still there.
                assert talk.value("6 * 7") == "42"
            return []

        case(f"notebook/{name}")(lambda path: Told(told))
        return check

    return register


@case("notebook/jupyter_kernel_test")
def kernel_test(path):
    return Told(jupyters_own_tests)


def jupyters_own_tests(torchsh, folder):
    """jupyter_kernel_test with every sample given: a skipped test is a difference."""
    import jupyter_kernel_test as jkt

    installed(torchsh, folder)

    class Tests(jkt.KernelTests):
        kernel_name = "torchsh"
        language_name = "torchsh"
        file_extension = ".py"
        code_hello_world = "print('hello, world')"
        code_stderr = "import sys; print('test', file=sys.stderr)"
        completion_samples = [
            {"text": "torch.is_ten", "matches": {"is_tensor"}},
            {"text": "é = 1; math.hypo", "matches": {"hypot"}},
        ]
        complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n", "items {}", "who", "!ls"]
        incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2", "for i in (1,"]
        invalid_code_samples = ["import = 7q", "1 +/ 2"]
        code_page_something = "page who"
        code_generate_error = "raise ValueError('é')"
        code_execute_result = [
            {"code": "1+2+3", "result": "6"},
            {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        ]
        code_execute_result += [
            {"code": code, "mime": "text/html"}
            for code in (
                "items {'w': torch.zeros(2)}", "{'a.b': torch.zeros(2), 'a.c': torch.ones(3)}", "tree {'w': torch.zeros(2)}",
                "describe {'w': torch.rand(9)}", "hist torch.rand(99)", "heat {'h.0.w': torch.rand(3), 'h.1.w': torch.rand(3)}", "diff {'a': torch.zeros(2)} {'b': torch.zeros(2)}",
                "nn.Sequential(nn.Linear(2, 3))", "torch.rand(40, 30)", "{'model': {'w': torch.zeros(2)}, 'epoch': 1}",
                "storages {'w': torch.zeros(2)}", "manifest {'w': torch.zeros(2)}", "keys {'w': torch.zeros(2)}", "match {'w': torch.zeros(2)} to {'v': torch.ones(2)}",
                "nn.Linear(2, 3).load_state_dict({'weigth': torch.zeros(3, 2)}, strict=False)",
                "check {'weight': torch.zeros(3, 2)} into nn.Linear(2, 3)", "health {'w': torch.zeros(2)}", "size {'w': torch.zeros(2)}",
            )
        ]  # fmt: skip
        code_display_data = [
            {"code": "from IPython.display import HTML, display\ndisplay(HTML('<b>test</b>'))", "mime": "text/html"},
            {"code": "display(torch.ones(2))", "mime": "text/plain"},
        ]
        code_history_pattern = "1?2*"
        supported_history_operations = ("tail", "range", "search")
        code_inspect_sample = "torch.topk"
        code_clear_output = "from IPython.display import clear_output; clear_output()"

    class Welcome(jkt.IopubWelcomeTests):
        kernel_name = "torchsh"
        support_iopub_welcome = True

    load = unittest.defaultTestLoader.loadTestsFromTestCase
    result = unittest.TestResult()
    unittest.TestSuite([load(Tests), load(Welcome)]).run(result)
    failed = [f"{test}: {text.splitlines()[-1]}" for test, text in result.failures + result.errors]
    skipped = [f"{test} was skipped: {why}" for test, why in result.skipped]
    return failed + skipped + ([] if result.testsRun >= 13 else [f"only {result.testsRun} tests ran"])


@talk("interrupt")
def interrupted_everywhere(manager, talk):
    """In a loop, in an operator, in a sleep, in `input`, in another program: the statement ends, the session stays."""
    talk.ask("kept = torch.ones(2500, 2500)")
    for code, pause in [
        ("while True: pass", 0.3),
        ("for i in range(400): kept @ kept", 0.5),
        ("import time; time.sleep(100)", 0.3),
        ("!sleep 100", 0.5),
        ("import subprocess; subprocess.run(['sleep', '100'])", 0.5),
    ]:
        number = talk.client.execute(code)
        time.sleep(pause)
        started = time.monotonic()
        manager.interrupt_kernel()
        reply, said = talk.heard(number)
        took = time.monotonic() - started
        assert took < 10, (code, took)
        if not code.startswith("!"):
            assert reply["status"] == "error" and reply["ename"] == "KeyboardInterrupt", (code, reply)
        assert talk.value("kept.shape") == "torch.Size([2500, 2500])", code
    number = talk.client.execute("name = input('who? ')", allow_stdin=True)
    assert talk.client.get_stdin_msg(timeout=LIMIT)["content"]["prompt"] == "who? "
    manager.interrupt_kernel()
    reply, _ = talk.heard(number)
    assert reply["ename"] == "KeyboardInterrupt", reply
    # Where nothing runs, an interrupt stops nothing that comes later.
    manager.interrupt_kernel()
    time.sleep(0.2)
    assert talk.value("1 + 1") == "2"


@talk("input")
def asked(manager, talk):
    for code, line, secret in [
        ("input('name: ')", "Ada é", False),
        ("import getpass; getpass.getpass('word: ')", "secret", True),
    ]:
        number = talk.client.execute(code, allow_stdin=True)
        question = talk.client.get_stdin_msg(timeout=LIMIT)["content"]
        assert question["password"] is secret, question
        talk.client.input(line)
        reply, said = talk.heard(number)
        assert results(said)[-1]["text/plain"] == repr(line), said
    # What was printed before a question is there when it is asked.
    number = talk.client.execute("print('before'); input()", allow_stdin=True)
    talk.client.get_stdin_msg(timeout=LIMIT)
    kinds = []
    with contextlib.suppress(queue.Empty):
        while True:
            kinds.append(talk.client.get_iopub_msg(timeout=1)["msg_type"])
    assert "stream" in kinds, kinds
    talk.client.input("")
    talk.reply(number)
    reply, _ = talk.ask("input('x')", allow_stdin=False)
    assert reply["status"] == "error" and "no input" in reply["evalue"], reply


@talk("long-output")
def whole_and_in_order(manager, talk):
    """200,000 messages of output, a result of 30 MB, and what other programs print."""
    reply, said = talk.ask(
        "import sys\nfor i in range(100_000):\n    print(i)\n    print(i, file=sys.stderr)", stop_on_error=False
    )
    numbers = "".join(f"{i}\n" for i in range(100_000))
    assert sum(one["msg_type"] == "stream" for one in said) == 200_000
    assert printed(said) == numbers and printed(said, "stderr") == numbers
    reply, said = talk.ask("from IPython.display import HTML, display\ndisplay(HTML('x' * 30_000_000 + 'end'))\nprint('after')")
    assert results(said)[0]["text/html"] == "x" * 30_000_000 + "end"
    kinds = [one["msg_type"] for one in said]
    assert kinds.index("display_data") < kinds.index("stream"), kinds
    reply, said = talk.ask("print('a')\nimport subprocess\nsubprocess.run(['echo', 'b'])\nprint('c')")
    assert printed(said).split() == ["a", "b", "c"], said
    assert printed(talk.ask("!echo x; echo y >&2; cat")[1]) == "x\n"


@talk("cells")
def cells(manager, talk):
    """silent, store_history, user_expressions, cells behind one that failed."""
    assert talk.value("_3 = 1") == ""
    before = talk.ask("1")[0]["execution_count"]
    reply, said = talk.ask("quiet = 5; print(quiet)", silent=True)
    assert [one["msg_type"] for one in said] == ["status"], said
    reply, said = talk.ask("quiet + 1", store_history=False)
    assert results(said)[0]["text/plain"] == "6" and reply["execution_count"] == before, reply
    reply, said = talk.ask("2", user_expressions={"a": "quiet * 2", "b": "no_such_name"})
    assert reply["execution_count"] == before + 1, reply
    assert reply["user_expressions"]["a"]["data"]["text/plain"] == "10", reply
    assert reply["user_expressions"]["b"]["ename"] == "NameError", reply
    numbers = [talk.client.execute(code) for code in ("import time; time.sleep(.5); 1/0", "ran = 1", "ran = 2")]
    assert [talk.reply(number)["status"] for number in numbers] == ["error", "aborted", "aborted"]
    reply, said = talk.ask("x = 1/0", stop_on_error=False)
    error = next(one["content"] for one in said if one["msg_type"] == "error")
    assert error["ename"] == "ZeroDivisionError" and any("^" in line for line in error["traceback"]), error
    reply, said = talk.ask("ran")
    assert reply["ename"] == "NameError", reply
    reply, said = talk.ask("load_state_dict {'module.weight': torch.zeros(3, 2)} into nn.Linear(2, 3)")
    page = results(said)[0]
    assert reply["ename"] == "RuntimeError" and page["text/plain"] == "2 missing keys, 1 unexpected key", page
    assert "missing" in page["text/html"] and "hint" in page["text/html"], page
    reply, said = talk.ask("torch.zeros(2).foo")
    assert reply["status"] == "error"
    reply, said = talk.ask("first = 1\n!echo between\nfirst + 1")
    assert printed(said) == "between\n" and results(said)[-1]["text/plain"] == "2", said
    reply, said = talk.ask("!echo a\n\nfirst +* 1")
    assert any("line 3" in line for line in reply["traceback"]), reply
    reply, said = talk.ask("p = {'module.w': torch.zeros(2)}\np = strip p 'module.'")
    assert not printed(said, "stderr") and "renamed 1 of 1" in results(said)[0]["text/plain"], said
    for asked in ("help(nn.Linear)", "help nn.Linear", "nn.Linear?"):
        page = talk.ask(asked)[0]["payload"][0]
        assert page["source"] == "page" and "in_features" in page["data"]["text/plain"], (asked, page)
        assert "<code>in_features</code>" in page["data"]["text/html"], (asked, page)
    reply, _ = talk.ask("exit")
    assert reply["payload"] == [{"source": "ask_exit", "keepkernel": False}], reply
    reply, _ = talk.ask("import sys; sys.exit(3)")
    assert reply["ename"] == "SystemExit" and reply["evalue"] == "3", reply


@talk("displays")
def displays(manager, talk):
    reply, said = talk.ask("h = display('a', display_id='me'); h.update('b')")
    first, second = [one["content"] for one in said if "display_data" in one["msg_type"]]
    assert first["transient"] == second["transient"] == {"display_id": "me"}
    assert second["data"]["text/plain"] == "'b'"
    reply, said = talk.ask("display(1)\n2")
    shown = [one["content"] for one in said if one["msg_type"] == "display_data"]
    assert shown[0]["transient"] == {}, shown
    reply, said = talk.ask("class P:\n    def _repr_png_(self): return b'\\x89PNG'\n    def __repr__(self): return 'P'\nP()")
    assert results(said)[0] == {"text/plain": "P", "image/png": "iVBORw=="}, said


@talk("cursor")
def cursor(manager, talk):
    """Places are counted in characters, whatever they are made of."""
    talk.ask("é = {'𝒳.weight': torch.zeros(2), '𝒳.bias': torch.zeros(1)}")
    code = "'𝒳𝒳'; é['𝒳.w"
    number = talk.client.complete(code, len(code))
    reply = talk.reply(number)
    assert reply["cursor_end"] == len(code), reply
    joined = {code[: reply["cursor_start"]] + match for match in reply["matches"]}
    assert joined == {"'𝒳𝒳'; é['𝒳.weight']"}, joined
    reply = talk.reply(talk.client.inspect("'𝒳'; torch.topk(", len("'𝒳'; torch.to")))
    assert reply["found"] and "text/html" in reply["data"] and "topk" in reply["data"]["text/plain"]
    assert not talk.reply(talk.client.inspect("no_such_name"))["found"]
    reply = talk.reply(talk.client.is_complete("for i in x:"))
    assert reply == {"status": "incomplete", "indent": "    "}, reply


@talk("second-client")
def second_client(manager, talk):
    """Two clients hear each other; one that goes away in the middle takes nothing with it."""
    from jupyter_client.session import Session

    other = manager.client()
    other.session = Session(key=manager.session.key)
    other.start_channels()
    other.wait_for_ready(timeout=LIMIT)
    reply, said = talk.ask("shared = 1; print('to all')")
    heard = []
    while "idle" not in heard or "to all\n" not in heard:
        message = other.get_iopub_msg(timeout=LIMIT)["content"]
        heard.append(message.get("text") or message.get("execution_state"))
    number = other.execute("for i in range(50_000): print('x' * 100)")
    time.sleep(0.2)
    other.stop_channels()
    assert talk.value("shared + 1") == "2"


@talk("crash")
def crashed_front(manager, talk):
    """A front is killed while it is told something, and while it is asked; a connection breaks within a message."""
    import signal
    import socket
    import struct
    import sys

    front = f"""
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient()
client.load_connection_file({manager.connection_file!r})
client.start_channels()
client.wait_for_ready(timeout={LIMIT})
"""
    told = front + "client.execute('for i in range(100_000): print(i)')\nfor _ in range(5): client.get_iopub_msg()\n"
    asked = front + "client.execute('input()', allow_stdin=True)\nclient.get_stdin_msg()\n"
    for program in (told, asked):
        program += "print('there', flush=True)\nwhile True: pass"
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as other:
            assert other.stdout.readline() == b"there\n"
            other.send_signal(signal.SIGKILL)
        if program.startswith(asked):
            # Nobody is left to answer: whoever is there can end the question. What was sent before it ended is not run.
            manager.interrupt_kernel()
            while talk.ask("")[0]["status"] == "aborted":
                pass
        assert talk.value("3 + 4") == "7"
    info = manager.get_connection_info()
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)
    for begun in (greeting[:11], greeting, greeting + b"\x04\x29\x05READY\x0bSocket-Type", greeting + b"\x02\xff\xff"):
        for port in (info["shell_port"], info["iopub_port"], info["control_port"], info["stdin_port"], info["hb_port"]):
            with socket.create_connection((info["ip"], port)) as broken:
                broken.sendall(begun)
                # Closed at once, as by a machine that went away.
                broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert talk.value("5 + 6") == "11"
    assert talk.client.is_alive()


@talk("progress")
def progress(manager, talk):
    """One display, updated, which ends empty; a short work shows none."""
    code = "from tqdm.auto import tqdm\nimport time\nfor i in tqdm(range(20), desc='epoch'):\n    time.sleep(0.05)"
    for code, wanted in ((code, "epoch"), ("x = {str(i): torch.ones(2048, 2048) for i in range(40)}; describe x", "of 1.2 GiB")):
        reply, said = talk.ask(code)
        shown = [one for one in said if "display_data" in one["msg_type"] and one["content"]["transient"]]
        assert reply["status"] == "ok" and shown, (code, reply, [one["msg_type"] for one in said])
        assert shown[0]["msg_type"] == "display_data"
        assert {one["msg_type"] for one in shown[1:]} == {"update_display_data"}, code
        assert len({one["content"]["transient"]["display_id"] for one in shown}) == 1
        assert wanted in shown[0]["content"]["data"]["text/plain"], shown[0]
        assert not any(shown[-1]["content"]["data"].values()), shown[-1]
    reply, said = talk.ask("for i in tqdm(range(3)): pass")
    assert not results(said), said


@talk("strangers")
def strangers(manager, talk):
    """Messages of another key, broken ones, unknown ones: none ends the kernel, and none is run."""
    import socket

    from jupyter_client.session import Session

    info = manager.get_connection_info()
    wrong = manager.client()
    wrong.session = Session(key=b"another")
    wrong.start_channels(stdin=False, hb=False)
    wrong.execute("stolen = 1")
    raw = talk.client.shell_channel.socket
    for parts in (
        [b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"00", b"{}"], [b"<IDS|MSG>", b"zz", b"{}", b"{}", b"{}", b"{}"],
        [b"\xff" * 2_000_000], [b"<IDS|MSG>", b"", b"[" * 100_000, b"{}", b"{}", b"{}"],
    ):  # fmt: skip
        raw.send_multipart(parts)
    session = talk.client.session
    for kind, content in [("dance_request", {}), ("execute_request", {}), ("comm_open", {"comm_id": "c", "target_name": "x"}), ("complete_request", {"code": 1})]:
        session.send(raw, session.msg(kind, content))
    session.send(raw, session.msg("execute_request", {"code": f"big = {'1' * 20_000_000!r}"}))
    for port in (info["shell_port"], info["iopub_port"]):
        with socket.create_connection((info["ip"], port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
    assert talk.value("len(big)") == "20000000"
    reply, _ = talk.ask("stolen", stop_on_error=False)
    assert reply["ename"] == "NameError", reply
    wrong.stop_channels()
    debug = session.msg("debug_request", {"seq": 1, "type": "request", "command": "initialize"})
    talk.client.control_channel.send(debug)
    assert talk.client.get_control_msg(timeout=LIMIT)["content"]["success"] is False


@talk("restart")
def restart(manager, talk):
    talk.ask("gone = 1")
    manager.restart_kernel()
    talk.client.wait_for_ready(timeout=LIMIT)
    reply, _ = talk.ask("gone", stop_on_error=False)
    assert reply["ename"] == "NameError", reply
    # A kernel that is busy ends too, and soon.
    talk.client.execute("while True: pass")
    time.sleep(0.3)
    started = time.monotonic()
    manager.restart_kernel()
    assert time.monotonic() - started < 6
    talk.client.wait_for_ready(timeout=LIMIT)


@talk("history")
def history(manager, talk):
    """What another kernel ran is found, under a session of its own."""
    talk.ask("in_first = 1")
    with kernel() as (_, second):
        second.ask("in_second = 2")
        reply = second.reply(second.client.history(hist_access_type="search", pattern="in_*", output=False))
        found = [(session, code) for session, _, code in reply["history"]]
        assert [code for _, code in found] == ["in_first = 1", "in_second = 2"], found
        assert found[0][0] != found[1][0], found
        assert second.value("7") == "7" and talk.value("in_first") == "1"


@case("notebook/without-libtorch")
def without_libtorch(path):
    return Told(alone)


def alone(torchsh, folder):
    """The program without its door and without libtorch: a kernel all the same, for all that needs neither."""
    import shutil

    import torch

    lonely = shutil.copy(torchsh, os.path.join(folder, "torchsh-alone"))
    os.environ["TORCHSH_LIBTORCH"] = folder
    torch.save({"w": torch.arange(6.0).reshape(2, 3)}, os.path.join(folder, "x.pt"))
    try:
        installed(lonely, folder)
        with kernel(cwd=folder) as (manager, talk):
            assert "[2, 3]" in talk.value("p = load('x.pt'); p")
            assert talk.value("p['w'].shape") == "torch.Size([2, 3])"
            reply, _ = talk.ask("p['w'] @ p['w'].T")
            assert reply["status"] == "error" and "libtorch" in reply["evalue"], reply
            assert talk.value("1 + 1") == "2"
    finally:
        del os.environ["TORCHSH_LIBTORCH"]
    return []


@case("notebook/programs")
def programs(path):
    return Told(executed)


def executed(torchsh, folder):
    """nbclient runs the article and a session of surgery, nbconvert makes pages of them; torchsh --inplace writes the same outputs."""
    import shutil

    import nbclient
    import nbconvert
    import nbformat

    installed(torchsh, folder)
    differences = []
    here = os.path.join(os.path.dirname(__file__), "..")
    for name in ("article", "surgery"):
        beneath, beside = os.path.join(folder, name), os.path.join(folder, f"{name}-inplace")
        os.mkdir(beneath)
        os.mkdir(beside)
        ours = shutil.copy(os.path.join(here, "notebooks", f"{name}.ipynb"), beside)
        notebook = nbformat.read(ours, as_version=4)
        nbclient.NotebookClient(notebook, timeout=LIMIT, resources={"metadata": {"path": beneath}}).execute()
        nbformat.validate(notebook)
        for exporter in (nbconvert.HTMLExporter, nbconvert.MarkdownExporter, nbconvert.PythonExporter):
            text, _ = exporter().from_notebook_node(notebook)
            if len(text) < 1000:
                differences.append(f"{name}: {exporter.__name__} made {len(text)} characters")
        done = subprocess.run([torchsh, "--inplace", ours], cwd=beside, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode:
            differences.append(f"{name}: --inplace ended with {done.returncode}: {done.stderr[-300:]}")
        inplace = nbformat.read(ours, as_version=4)
        nbformat.validate(inplace)
        for theirs, own in zip(notebook.cells, inplace.cells, strict=True):
            if theirs.cell_type == "code" and comparable(theirs) != comparable(own):
                differences.append(f"{name}: {theirs.source[:60]!r} gave {comparable(own)}, not {comparable(theirs)}")
        if name == "article":
            outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
            printed = "".join(output.text for output in outputs if output.get("name") == "stdout")
            with open(os.path.join(here, "article.txt")) as file:
                if printed != file.read():
                    differences.append("the article prints something else in a notebook")
        else:
            rich = sum("text/html" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))
            if rich < 8:
                differences.append(f"{name}: only {rich} outputs are HTML")
    return differences


def comparable(cell):
    """The outputs of a cell without what differs from run to run: colours of errors, progress, in how many pieces text came."""
    kept, printed = [], {}
    for output in cell.outputs:
        if output.output_type == "error":
            kept.append((output.ename, output.evalue))
        elif "text" in output:
            printed[output.name] = printed.get(output.name, "") + output.text
        elif output.data.get("text/plain"):
            kept.append(output.data)
    return [cell.execution_count, printed, *kept]


@case("notebook/wrong-start")
def wrong_start(path):
    return Told(wrong_starts)


def wrong_starts(torchsh, folder):
    """A port in use and a wrong connection file are said, with a status."""
    import json
    import socket

    taken = socket.create_server(("127.0.0.1", 0))
    info = dict.fromkeys(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), taken.getsockname()[1])
    info |= {"ip": "127.0.0.1", "transport": "tcp", "key": "k", "signature_scheme": "hmac-sha256"}
    differences = []
    for text, says in [(json.dumps(info), "shell socket"), ("{}", "connection file"), (json.dumps(info | {"signature_scheme": "x"}), "hmac-sha256")]:
        with open(os.path.join(folder, "c.json"), "w") as file:
            file.write(text)
        done = subprocess.run([torchsh, "kernel", "start", "-f", file.name], capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 1 or says not in done.stderr:
            differences.append(f"{text}: status {done.returncode}, {done.stderr!r}")
    return differences
