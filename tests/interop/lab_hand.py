"""A notebook in JupyterLab as a person uses it: by its buttons, its keys and its boxes."""

import os

from notebook import LIMIT

#: The cells that are there when the notebook is opened.
FIRST = ["kept = 41", "print('failed'); 1 / 0", "late = 1"]

#: A cell: its prompt, what is shown below it, what is typed in it.
CELL = """
const cell = window.jupyterapp.shell.currentWidget.content.widgets.at(arguments[0]);
return {
    prompt: cell.node.querySelector('.jp-InputArea-prompt').textContent.trim(),
    shown: [...cell.node.querySelectorAll('.jp-OutputArea-output')].map((one) => one.innerText).join('\\n').trim(),
    typed: cell.model.sharedModel.getSource(),
};
"""

#: A new cell at the end, in which one types.
ADDED = """
const { content } = window.jupyterapp.shell.currentWidget;
const { commands } = window.jupyterapp;
const done = arguments[arguments.length - 1];
content.activeCellIndex = content.widgets.length - 1;
commands.execute('notebook:insert-cell-below').then(() => {
    const cell = content.activeCell;
    cell.model.sharedModel.setSource(arguments[0]);
    content.mode = 'edit';
    cell.node.scrollIntoView();
    return cell.ready.then(() => {
        cell.editor.setCursorPosition(cell.editor.getPositionAt(arguments[0].length));
        cell.editor.focus();
    });
}).then(() => done(content.activeCellIndex), (error) => done(String(error)));
"""

#: Whether the kernel has answered.
READY = """
const done = arguments[arguments.length - 1];
const { sessionContext } = window.jupyterapp.shell.currentWidget;
sessionContext.ready.then(() => sessionContext.session.kernel.info).then(() => done(null), (error) => done(String(error)));
"""


class Hand:
    """Somebody before a notebook."""

    def __init__(self, browser, address, name):
        self.browser = browser
        self.address = address
        #: the number of the cell in hand
        self.place = -1
        browser.set_script_timeout(LIMIT)
        browser.get(f"{address}/doc/tree/{name}")
        self.wait("cells", lambda: browser.execute_script("return window.jupyterapp?.shell.currentWidget?.content?.widgets?.length"))
        self.ready()

    def ready(self):
        """Waits for the kernel: what is run before it answers is not run at all."""
        failed = self.browser.execute_async_script(READY)
        assert failed is None, failed

    def wait(self, what, check):
        """Waits until a check gives something; that."""
        from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
        from selenium.webdriver.support.ui import WebDriverWait

        try:
            return WebDriverWait(self.browser, LIMIT, 0.05, [StaleElementReferenceException]).until(lambda _: check())
        except TimeoutException:
            raise AssertionError(f"no {what}: {self.cell()}") from None

    def element(self, selector):
        from selenium.webdriver.common.by import By

        found = [one for one in self.browser.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
        return found[-1] if found else None

    def click(self, button):
        """A button of the notebook's own bar."""
        selector = f".jp-NotebookPanel-toolbar [data-jp-item-name='{button}'] jp-button"
        self.wait(button, lambda: self.element(selector)).click()

    def keys(self, *keys):
        """Keys, wherever one types."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.browser).send_keys(*keys).perform()

    def cell(self):
        """The cell in hand: its `prompt`, what is `shown` below it, and what is `typed` in it."""
        return self.browser.execute_script(CELL, self.place)

    def cells(self):
        count = self.browser.execute_script("return window.jupyterapp.shell.currentWidget.content.widgets.length")
        return [self.browser.execute_script(CELL, place) for place in range(count)]

    def run_all(self):
        self.browser.execute_async_script("window.jupyterapp.commands.execute('notebook:run-all-cells').then(arguments[0])")

    def add(self, source):
        """Takes a new cell in hand, at the end."""
        self.place = self.browser.execute_async_script(ADDED, source)
        assert isinstance(self.place, int), self.place

    def start(self, source, until):
        """Runs a cell, and waits until something is shown below it."""
        self.add(source)
        self.click("run")
        return self.wait(f"{until!r} of {source!r}", lambda: until() if callable(until) else until in self.cell()["shown"])

    def shows(self, wanted):
        """Waits for the end of the cell in hand, and until something is shown below it: what came is drawn a little later."""

        def ended():
            cell = self.cell()
            return cell["prompt"].strip("[]:").isdigit() and wanted in cell["shown"]

        self.wait(f"{wanted!r}", ended)

    def run(self, source, wanted=""):
        """Runs a cell that shows something."""
        self.add(source)
        self.browser.execute_async_script("window.jupyterapp.commands.execute('notebook:run-cell').then(arguments[0])")
        self.shows(wanted)


def worked(browser, address, folder):
    """A while in JupyterLab; what went otherwise than it should."""
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in FIRST])
    notebook.metadata["kernelspec"] = {"name": "torchsh", "display_name": "torchsh", "language": "torchsh"}
    nbformat.write(notebook, os.path.join(folder, "hand.ipynb"))
    hand = Hand(browser, address, "hand.ipynb")
    for part in (a_cell_that_fails, interrupts, questions, completions, a_restart, a_record):
        try:
            part(hand)
        except AssertionError as difference:
            return [f"{part.__name__.replace('_', ' ')}: {difference}"]
    return []


def a_cell_that_fails(hand):
    """Those behind it are not run."""
    hand.run_all()
    hand.wait("ZeroDivisionError", lambda: "ZeroDivisionError" in hand.cells()[1]["shown"])
    assert [cell["prompt"] for cell in hand.cells()] == ["[1]:", "[2]:", "[ ]:"], hand.cells()
    hand.run("late", "NameError")


def interrupts(hand):
    """By the square button: in a loop, in operators, while numbers are counted, in a question. What was there stays."""
    hand.run("big = torch.ones(1500, 1500); many = {str(i): torch.ones(1024, 1024) for i in range(60)}")
    for code in ("while True: pass", "while True: big @ big", "while True: described = torchsh.describe(many)"):
        hand.start(f"print('begun')\n{code}", "begun")
        hand.click("interrupt")
        hand.shows("KeyboardInterrupt")
        hand.run("kept + 1", "42")
    hand.start("name = input('who? ')", lambda: hand.element(".jp-Stdin-input"))
    hand.click("interrupt")
    hand.shows("KeyboardInterrupt")
    hand.run("kept + 1", "42")


def questions(hand):
    """Answered in JupyterLab's own box; a password is not to be read."""
    hand.start("print('before'); name = input('who? ')", lambda: hand.element(".jp-Stdin-input"))
    assert "before" in hand.cell()["shown"]
    hand.element(".jp-Stdin-input").send_keys("Ada é\n")
    hand.shows("Ada é")
    hand.run("name", "'Ada é'")
    box = hand.start("import getpass; word = getpass.getpass('word: ')", lambda: hand.element(".jp-Stdin-input"))
    assert box.get_attribute("type") == "password"
    box.send_keys("secret\n")
    hand.shows("word: ")
    hand.run("word", "'secret'")
    assert not any("secret" in cell["shown"] for cell in hand.cells()[: hand.place]), hand.cells()


def completions(hand):
    """Tab completes, Shift-Tab says what is known."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    hand.run("m = {'h.0.weight': torch.ones(2), 'h.0.bias': torch.ones(2)}")
    for typed, said, whole in [("torch.is_ten", "whether", "torch.is_tensor"), ('m["h.0.w', "float32 [2]", 'm["h.0.weight"]'), ("finge", "digest", "fingerprint")]:
        hand.add("")
        hand.keys(typed, Keys.TAB)
        # One that fits alone is asked about all the same.
        box = hand.wait(f"completion of {typed}", lambda: hand.element(".jp-Completer"))
        assert said in box.text, (typed, box.text)
        hand.keys(Keys.ENTER)
        hand.wait(whole, lambda whole=whole: hand.cell()["typed"].strip() == whole)
    for typed, said in [("torch.topk(", "largest elements"), ("m", "2 tensors"), ("describe", "deviation of each")]:
        hand.add(typed)
        ActionChains(hand.browser).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        text = hand.wait("tooltip", lambda: (box := hand.element(".jp-Tooltip")) and box.text)
        assert said in text, text
        hand.keys(Keys.ESCAPE)
        hand.wait("closed tooltip", lambda: not hand.element(".jp-Tooltip"))


def a_restart(hand):
    """Names are gone, and the kernel answers."""
    hand.click("restart")
    hand.wait("question", lambda: hand.element(".jp-Dialog .jp-mod-accept")).click()
    hand.wait("restart", lambda: not hand.element(".jp-Dialog"))
    hand.ready()
    hand.run("kept", "NameError")
    hand.run("6 * 7", "42")


def a_record(hand):
    """What `record` writes is a notebook that JupyterLab opens and runs."""
    hand.run("record session.ipynb", "session.ipynb")
    hand.run("x = torch.arange(3)\nx + 1", "tensor([1, 2, 3])")
    hand.run("x * 2", "tensor([0, 2, 4])")
    recorded = Hand(hand.browser, hand.address, "session.ipynb")
    recorded.run_all()
    recorded.wait("results", lambda: [cell["shown"] for cell in recorded.cells()][-2:] == ["tensor([1, 2, 3])", "tensor([0, 2, 4])"])
    assert [cell["typed"] for cell in recorded.cells()][-2:] == ["x = torch.arange(3)\nx + 1", "x * 2"], recorded.cells()
