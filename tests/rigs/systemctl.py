#!/usr/bin/env python3
"""What a machine without systemd needs of systemctl: daemon-reload, enable [--now], restart, stop and is-active for services, by
their units and what is laid over them. Put into a copy of a machine as /usr/local/bin/systemctl."""
import glob, os, pwd, shlex, signal, subprocess, sys, time

STATE = "/run/rig"


def settings(name):
    files = [f"/etc/systemd/system/{name}.service", f"/usr/lib/systemd/system/{name}.service"]
    files = [next(file for file in files if os.path.exists(file))] + sorted(glob.glob(f"/etc/systemd/system/{name}.service.d/*.conf"))
    found = {}
    for file in files:
        section = ""
        for line in open(file, encoding="utf-8"):
            line = line.strip()
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and not line.startswith("#"):
                key, value = line.split("=", 1)
                # An empty value takes back what was there.
                found[key] = [] if value == "" else found.get(key, []) + [value]
    return found


def environment(unit):
    values = dict(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    for name in ("DOTNET_ROOT", "DOTNET_CLI_HOME"):
        values.update({name: os.environ[name]} if name in os.environ else {})
    for line in unit.get("Environment", []):
        values.update(item.split("=", 1) for item in shlex.split(line))
    return values


def process(name):
    try:
        number = int(open(f"{STATE}/{name}.pid", encoding="utf-8").read())
        os.kill(number, 0)
        return number
    except (OSError, ValueError):
        return None


def start(name):
    unit = settings(name)
    user = pwd.getpwnam(unit["User"][-1]) if unit.get("User") else None
    for folder in unit.get("StateDirectory", []):
        os.makedirs(f"/var/lib/{folder}", mode=0o750, exist_ok=True)
        os.chown(f"/var/lib/{folder}", user.pw_uid, user.pw_gid)

    def become():
        os.setsid()
        if user:
            os.initgroups(user.pw_name, user.pw_gid)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)

    log = open(f"{STATE}/{name}.log", "ab")
    values = environment(unit)

    def run(line):
        words = [values.get(word[1:], word) if word.startswith("$") else word for word in shlex.split(line.lstrip("-"))]
        return subprocess.Popen([word for word in words if not word.startswith("$")], env=values, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", preexec_fn=become)

    for line in unit.get("ExecStartPre", []):
        if run(line).wait() != 0 and not line.startswith("-"):
            sys.exit(f"{name}: {line} failed; see {STATE}/{name}.log")
    begun = run(unit["ExecStart"][-1])
    number = begun.pid
    if unit.get("Type") == ["forking"]:
        if begun.wait() != 0:
            sys.exit(f"{name} does not start; see {STATE}/{name}.log")
        number = int(open(unit["PIDFile"][-1], encoding="utf-8").read())
    with open(f"{STATE}/{name}.pid", "w", encoding="utf-8") as file:
        file.write(str(number))


def stop(name):
    number = process(name)
    if number:
        os.kill(number, signal.SIGTERM)
        end = time.monotonic() + 30
        while process(name) and time.monotonic() < end:
            # Whose parent it is by now takes its end down.
            try:
                os.waitpid(number, os.WNOHANG)
            except ChildProcessError:
                pass
            time.sleep(0.05)


os.makedirs(STATE, exist_ok=True)
arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
verb, names = arguments[0], [name.removesuffix(".service") for name in arguments[1:]]
for unit_name in names:
    if verb == "is-active":
        sys.exit(0 if process(unit_name) else 3)
    if verb in ("restart", "stop"):
        stop(unit_name)
    if verb in ("restart", "start") or (verb == "enable" and "--now" in sys.argv and not process(unit_name)):
        start(unit_name)
