/*
 * The agent's own troubles: what keeps it from seeing, remembering or telling.
 * The daemon raises them itself; nothing here looks at a domain.
 */

#include "agent/rules/rule_list.h"

const struct rule rule_agent_blind = {
	.id = "agent.blind",
	.severity = SEVERITY_CRITICAL,
	.line = "the agent cannot see the network: no domain is judged",
	.explanation =
	    "Most of what was fine failed at the same moment, or "
	    "nothing that is known to answer answers: it is this machine or "
	    "its line that is cut off, not the domains. Until it sees again, "
	    "alerts for domains are held back, for they would only tell of "
	    "its own trouble; so an outage of theirs goes unseen as well.",
	.remedy =
	    "See whether this machine reaches the Internet: its line, "
	    "its resolvers, a firewall or provider that blocks port 25, its "
	    "IPv6. If all is well, the hosts named as canaries may be gone: "
	    "name others.",
	.rfc = "",
	.look = NULL,
};

const struct rule rule_agent_vantage = {
	.id = "agent.vantage",
	.severity = SEVERITY_WARNING,
	.line = "a vantage is dead or differs from the others: it does not "
	        "count now",
	.explanation =
	    "One of the resolvers that the agent asks does not "
	    "answer at all, or says something else than the others for most "
	    "domains. That is its own trouble and not that of the domains, so "
	    "its answers are left out. With fewer vantages a failure is "
	    "believed on less evidence, and with too few of them nothing can "
	    "be told.",
	.remedy =
	    "Ask the resolver by hand (\"dig @ADDRESS . NS\"): is it "
	    "up, does it let this machine ask, does it filter or rewrite "
	    "answers? Mend it, or name another vantage in the configuration.",
	.rfc = "",
	.look = NULL,
};

const struct rule rule_agent_channel = {
	.id = "agent.channel",
	.severity = SEVERITY_WARNING,
	.line = "a channel takes no alerts: messages could not be delivered",
	.explanation =
	    "Alerts for one of the channels were refused for good, "
	    "or could not be delivered for too long, and were given up. "
	    "Whoever reads only that channel was not told. The other channels "
	    "are not affected.",
	.remedy =
	    "Send a message by hand (\"mxvigil alert test CHANNEL\") and "
	    "read what the receiver says: an address that was withdrawn, a "
	    "token that ran out, a room or topic that is gone. Then correct "
	    "the channel in the configuration.",
	.rfc = "",
	.look = NULL,
};

const struct rule rule_agent_store = {
	.id = "agent.store",
	.severity = SEVERITY_CRITICAL,
	.line = "the store cannot be written, or was damaged",
	.explanation =
	    "What must survive a restart, that is incidents, alerts "
	    "not yet sent and history, is kept in a file that cannot be "
	    "written now, or was found damaged and set aside. The agent goes "
	    "on watching, but what it learns meanwhile may be lost when it "
	    "stops, and alerts may come twice or not at all.",
	.remedy =
	    "Look at the disk that holds the store: is it full, mounted "
	    "read-only, failing; do owner and mode of the folder fit? A "
	    "damaged file lies beside the new one and can be looked at with "
	    "sqlite3, or replaced by a copy from a backup while the agent is "
	    "stopped.",
	.rfc = "",
	.look = NULL,
};

const struct rule rule_agent_config = {
	.id = "agent.config",
	.severity = SEVERITY_WARNING,
	.line = "a new configuration was refused: the old one goes on",
	.explanation =
	    "The agent was asked to read its configuration again "
	    "and found mistakes in it. Nothing of it was taken over: it goes "
	    "on with what it had before. Domains that were added are not "
	    "watched yet, and at the next restart it would not start at all.",
	.remedy = "\"mxvigil config check\" names each mistake with its line. "
	          "Correct them and have the agent read the file again.",
	.rfc = "",
	.look = NULL,
};

const struct rule rule_agent_worker = {
	.id = "agent.worker",
	.severity = SEVERITY_WARNING,
	.line = "the processes that look at domains die again and again",
	.explanation =
	    "The processes that talk to name servers and mail "
	    "servers end before they should and are started anew. What they "
	    "were looking at counts as not known, so no false alert comes of "
	    "it; but less is seen, and later.",
	.remedy =
	    "Read the log at those moments: is the machine out of "
	    "memory or descriptors, does something kill them, or is it one "
	    "domain whose answers they do not survive? The last is a fault of "
	    "the agent: please report it with the lines of the log.",
	.rfc = "",
	.look = NULL,
};
