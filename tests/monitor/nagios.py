"""Debian's Nagios 4: its own templates, ours, and what it makes of them."""

import grp
import re
import shlex
from pathlib import Path

import stage
from monitor import Monitor, Service

# A tenth of what a site has is enough; its unit of time is a second.
CONFIGURATION = """\
{files}
log_file={folder}/nagios.log
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
temp_file={folder}/temp
temp_path={folder}
check_result_path={folder}
state_retention_file={folder}/retention.dat
lock_file={folder}/pid
query_socket={folder}/query
command_file={folder}/command
nagios_user={user}
nagios_group={group}
check_external_commands=0
status_update_interval=1
check_result_reaper_frequency=1
interval_length=1
service_inter_check_delay_method=n
use_syslog=0
enable_notifications=1
log_initial_states=0
illegal_macro_output_chars=`~$&|'"<>
"""
TELL = "/bin/echo '$SERVICEDESC$|$SERVICESTATE$|$SERVICEOUTPUT$' >>{notes}"
BLOCK = re.compile(r"^define \w+ \{\n.*?^\}\n", re.M | re.S)


class Nagios(Monitor):
    name = "nagios"
    PROGRAMS = ["nagios4", "nagios4-objects"]

    def __init__(self, here):
        super().__init__(here)
        # Debian's, but for whom it tells and how.
        self.debian = Path(here.tools.path("nagios4-objects")).parent
        write = self.folder / "commands.cfg"
        tell = TELL.format(notes=self.notes)
        write.write_text(re.sub(
            r"(command_name +notify-service-by-email\n *command_line) .*",
            lambda match: f"{match[1]} {tell}",
            (self.debian / "commands.cfg").read_text()))
        assert tell in write.read_text()

    def configure(self, name, *ours):
        """A configuration with these files; its path."""
        files = [self.folder / "commands.cfg"] + [
            self.debian / f"{kind}.cfg"
            for kind in ("contacts", "timeperiods", "templates")]
        path = self.folder / name
        path.write_text(CONFIGURATION.format(
            user=self.user.pw_name, group=grp.getgrgid(
                self.user.pw_gid).gr_name,
            folder=self.folder, files="\n".join(
                f"cfg_file={file}" for file in [*files, *ours])))
        return path

    def validate(self):
        """As they are, and without a word about them."""
        said = self.run(self.program, "-v", self.configure(
            "shipped.cfg", stage.PACKAGING / "nagios" / "mxvigil.cfg",
            stage.PACKAGING / "nagios" / "example.cfg"))
        for count in ("Total Warnings: 0", "Total Errors:   0"):
            assert count in said, said

    def example(self):
        """example.cfg, with what it says of a domain for each of ours."""
        text, out = self.shipped("example.cfg"), []
        options = "_OPTIONS -w 10 " + shlex.join(stage.options())
        text = re.sub(r"#_OPTIONS.*", options, text)
        assert options in text
        for block in BLOCK.findall(text):
            name = re.search(r"\bexample\.(net|org)\b", block)
            out += [block.replace(name[0], domain)
                    for domain in stage.STATES] if name else [block]
        return "\n".join(out)

    def start(self):
        for name, text in (("mxvigil.cfg", self.shipped("mxvigil.cfg")),
                           ("example-lab.cfg", self.example())):
            (self.folder / name).write_text(text)
        self.spawn(self.program, self.configure(
            "nagios.cfg", self.folder / "mxvigil.cfg",
            self.folder / "example-lab.cfg"))

    def place(self, way, domain):
        return (domain, "mail") if way == "check" else \
            ("mxvigil", f"mail {domain}")

    def services(self):
        """{(host, service): Service}, as status.dat has them."""
        try:
            text = (self.folder / "status.dat").read_text()
        except FileNotFoundError:
            return {}
        found = {}
        for block in re.findall(r"^servicestatus \{\n(.*?)^\t\}", text,
                                re.M | re.S):
            have = dict(line.strip().split("=", 1)
                        for line in block.splitlines())
            if have["has_been_checked"] == "1":
                found[have["host_name"], have["service_description"]] = \
                    Service(int(have["current_state"]),
                            have["state_type"] == "1", have["plugin_output"],
                            have["long_plugin_output"],
                            have["performance_data"])
        return found
