"""What a test of the daemon is: a function of a Case, registered by name.

    @case(20)                # about how many seconds it takes
    def mx_dies(t): …

t.plot is its part of the lab, t.receiver gets alerts at /hook, t.agent(...)
starts an agent.  All that was started ends with the test; an agent that does
not end well fails it.
"""

import harness

CASES = {}


def case(seconds):
    def register(function):
        CASES[function.__name__.replace("_", "-")] = (function, seconds)
        return function
    return register


class Case:
    def __init__(self, mxvigil, plot):
        self.mxvigil, self.plot = mxvigil, plot
        self.receiver = harness.Receiver()
        self.agents = []

    def prepare(self, settings, name=None):
        """An agent that is not started yet."""
        folder = self.plot.world.folder / "agents" / \
            (name or f"{self.plot.name}-{len(self.agents)}")
        agent = harness.Agent(self.mxvigil, self.plot, self.receiver,
                              settings, folder)
        self.agents.append(agent)
        return agent

    def agent(self, settings):
        return self.prepare(settings).start()

    def healthy(self, hosts, names, **settings):
        """Mail hosts (numbers), each with a domain of its own (d1 for m1 …),
        watched, and seen to be fine.  Returns the agent."""
        self.plot.listen(*hosts)
        self.plot.dns(self.plot.hosts(*hosts),
                      [f"{name} MX 10 m{host}"
                       for name, host in zip(names, hosts)])
        agent = self.agent({"domains": [self.plot.domain(n) for n in names],
                            **settings})
        agent.wait_first_pass()
        assert not self.receiver.alerts, self.receiver.words()
        return agent

    def end(self):
        """What went wrong at the end, or nothing."""
        wrong = []
        for agent in self.agents:
            if agent.process is None:
                continue
            try:
                if agent.process.poll() is None:
                    agent.stop()
                agent.check_log()
            except Exception as error:
                agent.process.kill()
                wrong.append(f"at the end: {error}")
        self.receiver.close()
        return wrong


def attempt(mxvigil, plot):
    """Run one; what is wrong, as text, or nothing."""
    test = Case(mxvigil, plot)
    wrong = []
    try:
        CASES[plot.name][0](test)
    except Exception as error:
        where = traceback_line(error)
        wrong.append(f"{type(error).__name__}: {error} ({where})")
        wrong += [f"alerts: {test.receiver.words()}"]
        wrong += [f"--- {a.log_path}\n{a.tail()}" for a in test.agents
                  if a.log_path.exists()]
    return "\n".join(wrong + test.end())


def traceback_line(error):
    """The line of the test itself."""
    at, trace = "", error.__traceback__
    while trace:
        name = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
        if name not in ("cases.py", "harness.py", "world.py"):
            at = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return at
