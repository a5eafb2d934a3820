# Scripts run other programs: checksums, copies, packers.
import os
import subprocess
import sys

open("a.bin", "wb").write(b"abc")
print(subprocess.check_output(["sha256sum", "a.bin"]).decode()[:8])
print(subprocess.Popen(["mv", "a.bin", "b.bin"]).wait(), os.listdir("."))
print(os.system("true"), os.system("exit 3"), os.system("kill -9 $$"))
print(subprocess.run(["printf", "a\\nb"], capture_output=True, text=True))
print(subprocess.run("echo $NAME; echo no >&2; exit 2", shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"NAME": "x", "PATH": os.environ["PATH"]}))
print(subprocess.run(["cat"], input="línea\n", text=True, stdout=subprocess.PIPE).stdout, end="")
print(subprocess.run(["tr", "a-z", "A-Z"], input=b"abc", stdout=subprocess.PIPE).stdout)
print(subprocess.call(["false"]), subprocess.check_call(["true"]))
for command in (["false"], "exit 7", ["kill", "-0", "999999999"]):
    try:
        subprocess.check_output(command, shell=isinstance(command, str), stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        print(error, error.returncode, error.output, error.cmd)
try:
    subprocess.run(["sh", "-c", "kill -15 $$"], check=True)
except subprocess.CalledProcessError as error:
    print(error, error.returncode)
try:
    subprocess.run(["no-such-program-here", "x"])
except FileNotFoundError as error:
    print(type(error).__name__, error.errno, error)
try:
    subprocess.run(["true"], cwd="no-such-folder")
except FileNotFoundError as error:
    print(error)
try:
    subprocess.run("echo early; sleep 30", shell=True, timeout=0.4, stdout=subprocess.PIPE, start_new_session=True)
except subprocess.TimeoutExpired as error:
    print(error.timeout, error.cmd)

# two programs, one behind the other, and lines as they come
first = subprocess.Popen(["printf", "3\\n1\\n2\\n"], stdout=subprocess.PIPE)
second = subprocess.Popen(["sort"], stdin=first.stdout, stdout=subprocess.PIPE, text=True)
first.stdout.close()
print(second.communicate(), second.returncode, first.wait())
with subprocess.Popen(["sh", "-c", "echo one; echo two"], stdout=subprocess.PIPE, text=True) as process:
    for line in process.stdout:
        print("line", line.rstrip())
print(process.returncode, process.poll(), process.args)
process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
out, err = process.communicate(b"y" * 200_000)
print(len(out), err)
process = subprocess.Popen(["sleep", "30"])
print(process.poll())
process.terminate()
print(process.wait(), process.returncode)
with open("out.txt", "w") as log:
    subprocess.run(["echo", "into a file"], stdout=log)
print(open("out.txt").read(), end="")
os.makedirs("sub", exist_ok=True)
print(os.path.basename(subprocess.check_output(["pwd"], cwd="sub", text=True).strip()))
print(subprocess.getoutput("echo a; echo b >&2"), subprocess.getstatusoutput("exit 5"))
print(os.popen("echo from popen").read().strip())
os.environ["FROM_HERE"] = "set"
print(subprocess.check_output("echo $FROM_HERE", shell=True, text=True).strip(), os.getenv("FROM_HERE"))
print("before", flush=True)
subprocess.run(["echo", "between"])
print("after")
