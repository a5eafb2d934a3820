"""Pictures at the prompt, in a real terminal that shows them: xterm.js, in Chromium without a screen, with its add-on for pictures.

The terminal and the prompt talk to each other through a pseudo-terminal: what is asked is answered by xterm.js itself. Needs npm,
which brings xterm.js, and Chromium with its driver (Debian: npm, chromium, chromium-driver). TORCHSH_SCREENSHOTS=DIR keeps pictures to look at.
"""

import base64
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import time

from registry import Told, case

LIMIT = 60

PACKAGES = ("@xterm/xterm@6.0.0", "@xterm/addon-image@0.9.0")

#: What is drawn, and the colour that must be seen then.
DRAWN = {
    "hist torch.arange(1000.0)": "blue",
    "heat {f'h.{i}.{k}.weight': torch.full((4, 4), i + 1.0) for i in range(8) for k in 'qkv'}": "any",
    "losses = [3, 2, 1.5, 1.2]; plot losses": "any",
}

PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="xterm/css/xterm.css">
<script src="xterm/lib/xterm.js"></script><script src="addon-image/lib/addon-image.js"></script><body><div id="screen"></div><script>
const terminal = new Terminal({ cols: 100, rows: 40, allowProposedApi: true });
const pictures = new ImageAddon.ImageAddon();
terminal.loadAddon(pictures);
terminal.open(document.getElementById('screen'));
const said = [];
terminal.onData((text) => said.push(text));
const write = (text, done) => terminal.write(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), () => done(said.splice(0).join('')));
</script>"""

#: The pictures that stand in the terminal: the size of each and its colours, each with how many pixels have it.
PICTURES = """
const place = () => {
    // Each question may make another copy of a picture: one is enough.
    for (let y = 0; y < terminal.buffer.active.length; y++)
        for (let x = 0; x < terminal.cols; x++) {
            const picture = pictures.getImageAtBufferCell(x, y);
            if (picture) return [picture];
        }
    return [];
};
return place().map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let blue = 0;
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) {
        const [red, green, tone, seen] = data.slice(at, at + 4);
        if (seen > 128 && tone > 150 && tone - red > 80 && tone - green > 40) blue++;
        if (seen > 128) colours.add(`${red >> 4} ${green >> 4} ${tone >> 4}`);
    }
    return { width: canvas.width, height: canvas.height, blue, colours: colours.size };
});
"""


class Prompt:
    """torchsh at a pseudo-terminal, which a terminal in a browser shows."""

    def __init__(self, torchsh, folder, browser, variables):
        self.browser = browser
        self.text = b""
        self.process, self.side = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM_PROGRAM", "LC_TERMINAL", "TMUX")}
            os.execve(torchsh, [torchsh], {**kept, "TERM": "xterm-256color", "HOME": folder, "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder, **variables})
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        os.set_blocking(self.side, False)

    def pump(self, until):
        """Hands on what each says to the other, until something was written."""
        limit = time.monotonic() + LIMIT
        while until not in self.text:
            assert time.monotonic() < limit, f"no {until!r} in {self.text[-300:]!r}"
            try:
                more = os.read(self.side, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)
                more = b""
            self.text += more
            answer = self.browser.execute_async_script("write(arguments[0], arguments[1])", base64.b64encode(more).decode())
            if answer:
                os.write(self.side, answer.encode())

    def line(self, line, number):
        """Types a line, and waits for the prompt after it."""
        self.text = b""
        os.write(self.side, line.encode() + b"\r")
        self.pump(f"In [{number}]: ".encode())
        # What the prompt draws last.
        self.pump(b"")
        return self.text

    def close(self):
        os.close(self.side)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


@case("terminal/xterm.js")
def xterm(path):
    return Told(pictures)


def pictures(torchsh, folder):
    for tool in ("npm", "chromium", "chromedriver"):
        if not shutil.which(tool):
            return [f"{tool} is not here: sudo apt-get install npm chromium chromium-driver"]
    done = subprocess.run(["npm", "pack", "--silent", *PACKAGES], cwd=folder, capture_output=True, text=True, timeout=2 * LIMIT)
    if done.returncode:
        return [f"npm did not bring xterm.js: {done.stderr[-300:]}"]
    for archive, name in zip(sorted(name for name in os.listdir(folder) if name.endswith(".tgz")), ("addon-image", "xterm"), strict=True):
        shutil.unpack_archive(os.path.join(folder, archive), os.path.join(folder, name), "gztar")
        os.rename(os.path.join(folder, name, "package"), os.path.join(folder, f"{name}.unpacked"))
        os.rmdir(os.path.join(folder, name))
        os.rename(os.path.join(folder, f"{name}.unpacked"), os.path.join(folder, name))
    with open(os.path.join(folder, "terminal.html"), "w") as file:
        file.write(PAGE)
    from lab import chromium

    with chromium(folder, "terminal") as browser:
        browser.set_script_timeout(LIMIT)
        differences = []
        for way, begins, variables in [("sixel", b"\x1bP", {}), ("iTerm2", b"\x1b]1337;File=inline=1", {"TERM_PROGRAM": "iTerm.app"})]:
            browser.get(f"file://{folder}/terminal.html")
            differences += [f"{way}: {one}" for one in shown(torchsh, folder, browser, way, begins, variables)]
    return differences


def waited(browser):
    """The pictures, when there are some: they are unpacked a little later."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.support.ui import WebDriverWait

    with contextlib.suppress(TimeoutException):
        WebDriverWait(browser, LIMIT, 0.1).until(lambda browser: browser.execute_script(PICTURES))
    return browser.execute_script(PICTURES)


def shown(torchsh, folder, browser, way, begins, variables):
    differences = []
    prompt = Prompt(torchsh, folder, browser, variables)
    try:
        prompt.pump(b"In [1]: ")
        for number, (line, wanted) in enumerate(DRAWN.items(), 2):
            browser.execute_script("terminal.clear(); pictures.reset()")
            if begins not in (text := prompt.line(line, number)):
                differences.append(f"{line}: not drawn its way: {text[-300:]!r}")
            found = waited(browser)
            if len(found) != 1 or found[0]["width"] < 200 or found[0]["colours"] < 2 or wanted == "blue" and found[0]["blue"] < 1000:
                differences.append(f"{line}: {found}")
            if os.environ.get("TORCHSH_SCREENSHOTS"):
                browser.save_screenshot(os.path.join(os.environ["TORCHSH_SCREENSHOTS"], f"{way}-{number}.png"))
    finally:
        prompt.close()
    return differences
