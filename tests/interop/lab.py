"""Reports inside JupyterLab itself, in Chromium without a screen: what its sanitizer leaves of them, whether they can be read on
light and on dark ground, and whether a person can work there (lab_hand.py).

Needs Chromium and its driver (Debian: chromium, chromium-driver). TORCHSH_SCREENSHOTS=DIR keeps pictures to look at.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from lab_hand import READY, worked
from notebook import LIMIT, installed
from registry import Told, case

#: A key that would do harm if it were not escaped, as Python's text.
HARM = "\"a.<script>document.title='stolen'</script><img src=x onerror=document.title='stolen'>\\\"'&.weight\""

#: A cell for each report, and what the cells stand on.
CELLS = f"""
torch.manual_seed(0); m = {{f"h.{{i}}.{{k}}": torch.randn(24, 24) / (i + 1) for i in range(12) for k in ("attn.weight", "mlp.weight")}}; m["counts"] = torch.arange(5); m[{HARM}] = torch.ones(3, 3)
m
tree m
items m by size
keys m
m["h.0.attn.weight"][0, 0] = float("nan"); describe m
hist m["h.1.mlp.weight"]
heat m
heat m["h.2.mlp.weight"]
losses = [3, 2.5, 2, 1.8, float("nan"), 1.2, 1]; plot losses
o = {{k: v + 0.25 * (i % 3) for i, (k, v) in enumerate(m.items()) if i % 7}}; o["new"] = torch.zeros(2); diff m o
storages {{"a": m["counts"], "b": m["counts"][1:]}}
match {{"module.fc.weight": torch.zeros(2, 3)}} to {{"head.weight": torch.zeros(2, 3)}}
class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.fc, self.blocks = nn.Conv2d(3, 8, 3), nn.Linear(32, classes), nn.ModuleList(nn.Linear(8, 8) for _ in range(4))
model = Net(10)
model
p = {{"module." + k: v for k, v in Net(7).state_dict().items() if "blocks.2" not in k}}; p["module.extra"] = torch.ones(1)
check p into model
load_state_dict (strip p "module.") into model strict=False skip_mismatched=True
{{"epoch": 3, "state_dict": p, "lr": 1e-3, {HARM}: {HARM}}}
optimizer = torch.optim.AdamW(model.parameters()); model.fc.weight.sum().backward(); optimizer.step(); {{"model": model.state_dict(), "optimizer": optimizer.state_dict()}}
health m
size m
fingerprint m
m["h.0.attn.weight"]
torch.topk?
help filter
load_state_dict p into model
""".strip()  # fmt: skip

#: How many of them show a page of help: beside the notebook, so that it is not kept in the file, but JupyterLab puts it below its cell.
HELPS = 2

#: The pages in the notebook. Works that take their time leave the place where they told how far they are: there, but empty.
SHOWN = """
const shown = [...document.querySelectorAll('.jp-OutputArea-output.jp-RenderedHTML')].filter((one) => one.textContent.trim() || one.querySelector('img'));
"""  # fmt: skip

#: What a page is made of: every element with its style as the browser reads it, its attributes, and its own text.
PARTS = SHOWN + """
const parts = (top) => [...top.querySelectorAll('*')].map((one) => JSON.stringify([
    one.tagName, one.style.cssText,
    ['src', 'alt', 'width', 'height', 'title', 'open'].map((name) => one.getAttribute(name)),
    [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('|'),
]));
return shown.map((one, place) => {
    const meant = new DOMParser().parseFromString(arguments[0][place] ?? '', 'text/html').body;
    const [was, is] = [parts(meant), parts(one)];
    const lost = was.find((part, at) => part !== is[at]);
    return lost ?? (was.length === is.length ? null : `${is.length} elements, not ${was.length}`);
});
"""

#: Words that stand out too little from what is behind them: less than 3 to 1.
FAINT = SHOWN + """
const numbers = (colour) => { const n = colour.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
const light = (colour) => colour.map((part) => part / 255).map((part) =>
    part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
const faint = [];
for (const page of shown) {
    const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        if (!walker.currentNode.data.trim()) continue;
        const line = [];
        for (let one = walker.currentNode.parentElement; one; one = one.parentElement) line.unshift(one);
        let ground = [255, 255, 255], opacity = 1;
        for (const one of line) {
            const style = getComputedStyle(one);
            ground = over(numbers(style.backgroundColor), ground);
            opacity *= Number(style.opacity);
        }
        const ink = numbers(getComputedStyle(line.at(-1)).color);
        const [one, two] = [light(over([...ink.slice(0, 3), ink[3] * opacity], ground)), light(ground)].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (two + 0.05);
        if (ratio < 3) faint.push(`${walker.currentNode.data.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
}
return [...new Set(faint)];
"""


@case("notebook/jupyterlab")
def jupyterlab(path):
    return Told(seen)


def seen(torchsh, folder):
    import nbclient
    import nbformat

    installed(torchsh, folder)
    sources, lines = [], CELLS.split("\n")
    for line in lines:
        # An indented line, and the one behind a class, belong to the cell before.
        if line.startswith((" ", "model = ")):
            sources[-1] += "\n" + line
        else:
            sources.append(line)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "torchsh", "display_name": "torchsh", "language": "torchsh"}
    client = nbclient.NotebookClient(notebook, timeout=LIMIT, allow_errors=True, resources={"metadata": {"path": folder}})
    client.execute()
    pages = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.outputs
        if "text/html" in output.get("data", {}) and output.data["text/plain"]
    ]
    differences = [f"a page of {len(page)} bytes" for page in pages if len(page) > 1_000_000]
    if len(pages) < 22:
        differences.append(f"only {len(pages)} pages")
    nbformat.write(notebook, os.path.join(folder, "reports.ipynb"))
    with laboratory(folder) as address:
        for theme in ("Light", "Dark"):
            differences += [f"{theme}: {one}" for one in looked_at(folder, address, theme, pages)]
    return differences


@contextlib.contextmanager
def laboratory(folder):
    """JupyterLab over a folder; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Nothing of the person's own settings, and nothing kept in them; no signatures either, so that notebooks are not trusted.
    places = {name: os.path.join(folder, name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}", "--expose-app-in-browser"]
    with open(os.path.join(folder, "lab.log"), "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **places}, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        limit = time.monotonic() + LIMIT
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                break
            if server.poll() is not None or time.monotonic() > limit:
                with open(log.name) as said:
                    raise RuntimeError(f"JupyterLab did not start: {said.read()[-500:]}")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=LIMIT)


def setting(folder, plugin, **values):
    place = os.path.join(folder, "jupyterlab_settings_dir", "@jupyterlab", os.path.dirname(plugin))
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, os.path.basename(plugin) + ".jupyterlab-settings"), "w") as file:
        json.dump(values, file)


@contextlib.contextmanager
def chromium(folder, name):
    """A browser without a screen; what it keeps is kept under this name."""
    from selenium import webdriver

    driver_path, browser_path = shutil.which("chromedriver"), shutil.which("chromium")
    if not driver_path or not browser_path:
        raise RuntimeError("Chromium and its driver are not here: sudo apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser_path
    for one in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1400,1100", f"--user-data-dir={folder}/chromium-{name}"):
        options.add_argument(one)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    try:
        yield browser
    finally:
        browser.quit()


def looked_at(folder, address, theme, pages):
    from selenium.webdriver.support.ui import WebDriverWait

    setting(folder, "apputils-extension/themes", theme=f"JupyterLab {theme}")
    setting(folder, "apputils-extension/notification", fetchNews="false")
    # Without this, cells that are out of sight are not there.
    setting(folder, "notebook-extension/tracker", windowingMode="none")
    with chromium(folder, theme) as browser:
        browser.set_page_load_timeout(LIMIT)
        browser.get(f"{address}/doc/tree/reports.ipynb")
        WebDriverWait(browser, LIMIT).until(lambda browser: browser.execute_script(f"{SHOWN}return shown.length") >= len(pages))
        differences = [] if browser.execute_script("return document.body.dataset.jpThemeLight") == str(theme == "Light").lower() else ["another theme is shown"]
        lost = browser.execute_script(PARTS, pages)
        differences += [f"page {place}: the sanitizer leaves no {what[:300]}" for place, what in enumerate(lost) if what]
        differences += [f"hardly to be read: {what}" for what in browser.execute_script(FAINT)]
        if "stolen" in browser.title:
            differences.append("a key of a file ran as a script")
        photograph(browser, theme)
        return differences + (ran(browser, len(pages) + HELPS) if theme == "Dark" else worked(browser, address, folder))


def ran(browser, pages):
    """All cells run in JupyterLab, by its own kernel connection: as many pages are there, and all can be read."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.support.ui import WebDriverWait

    browser.set_script_timeout(LIMIT)
    # What is run before the kernel answers is not run at all.
    failed = browser.execute_async_script(READY) or browser.execute_async_script("""
        const done = arguments[arguments.length - 1];
        const { commands } = window.jupyterapp;
        commands.execute('notebook:clear-all-cell-outputs')
            .then(() => commands.execute('notebook:run-all-cells'))
            .then(() => done(null), (error) => done(String(error)));
    """)
    if failed:
        return [f"the cells did not run in JupyterLab: {failed}"]
    # What has come is drawn a little later.
    with contextlib.suppress(TimeoutException):
        WebDriverWait(browser, LIMIT).until(lambda browser: browser.execute_script(f"{SHOWN}return shown.length") >= pages)
    shown = browser.execute_script(f"{SHOWN}return shown.length")
    differences = [] if shown == pages else [f"{shown} pages were made in JupyterLab, not {pages}"]
    return differences + [f"hardly to be read: {what}" for what in browser.execute_script(FAINT)]


def photograph(browser, theme):
    """Pictures for a person."""
    folder = os.environ.get("TORCHSH_SCREENSHOTS")
    if not folder:
        return
    pages = browser.execute_script(f"{SHOWN}return shown")
    for place, page in enumerate(pages):
        browser.execute_script("arguments[0].closest('.jp-Cell').scrollIntoView()", page)
        browser.save_screenshot(os.path.join(folder, f"{theme}-{place:02}.png"))
