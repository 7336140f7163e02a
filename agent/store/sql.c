#include "agent/store/sql.h"

/*
 * The columns of a row stand here in the order of its table of columns in the
 * module that reads and writes it.
 */
#define INCIDENT                                                               \
	"key, kind, rule, severity, state, subject, message, evidence, ips, "  \
	"outcome, by_smtp, announced, flapping, strikes, goods, peak, total, " \
	"began, opened, closed, last, acked, reminded, acked_by, example, "    \
	"reminders, changes, note"
#define INCIDENT_PLACES                                                      \
	"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " \
	"?, "                                                                \
	"?, ?, ?, ?, ?"
#define OUTBOX  "channel, kind, message_id, json, incident, made, due, tries"
#define DOMAIN  "name, ns, mx, ns_next, mx_next, verdict, outcome, since"
#define HISTORY "at, name, what, text, incident"
#define SILENCE "pattern, why, made_by, begins, until, ended"

/* What a row of the outbox has come to. */
#define WAITING "0"
#define SENT    "1"
#define DEAD    "2"
#define MERGED  "3"

const char *const sql_text[SQL_COUNT] = {
	/* So that a database that somebody else has locked shows at once. */
	[SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",

	[SQL_INCIDENT_ADD] = "INSERT INTO incident (" INCIDENT ", id) "
	                     "VALUES (" INCIDENT_PLACES ", nullif(?, 0))",
	[SQL_INCIDENT_SET] = "UPDATE incident SET (" INCIDENT ") = "
	                     "(" INCIDENT_PLACES ") WHERE id = ?",
	[SQL_INCIDENT_DROP] = "DELETE FROM incident WHERE id = ?",
	[SQL_INCIDENT_LIVE] = "SELECT " INCIDENT ", id FROM incident "
	                      "WHERE closed = 0 ORDER BY id",
	[SQL_INCIDENT_ALL] = "SELECT " INCIDENT ", id FROM incident "
	                     "WHERE opened > 0 "
	                     "ORDER BY id DESC LIMIT ? OFFSET ?",
	[SQL_INCIDENT_OF] = "SELECT " INCIDENT ", id FROM incident WHERE id IN "
	                    "(SELECT incident FROM member WHERE domain = ?1 "
	                    "UNION SELECT id FROM incident WHERE subject = ?1) "
	                    "AND opened > 0 "
	                    "ORDER BY id DESC LIMIT ?2 OFFSET ?3",
	[SQL_INCIDENT_ONE] =
	    "SELECT " INCIDENT ", id FROM incident WHERE id = ?",

	/* Who comes back has suffered since the first time. */
	[SQL_MEMBER_JOIN] =
	    "INSERT INTO member (domain, incident, joined, parted) "
	    "VALUES (?, ?, ?, 0) "
	    "ON CONFLICT DO UPDATE SET parted = 0",
	[SQL_MEMBER_LEAVE] = "UPDATE member SET parted = max(?, joined, 1) "
	                     "WHERE domain = ? AND incident = ?",
	[SQL_MEMBER_ONE] = "SELECT joined, parted FROM member "
	                   "WHERE domain = ? AND incident = ?",
	[SQL_MEMBER_ALL] = "SELECT domain FROM member WHERE incident = ? "
	                   "ORDER BY domain LIMIT ? OFFSET ?",
	[SQL_MEMBER_COUNT] = "SELECT count(*) FROM member WHERE incident = ?",

	[SQL_OUTBOX_ADD] = "INSERT INTO outbox (" OUTBOX ") "
	                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_OUTBOX_NEXT] = "SELECT " OUTBOX ", id FROM outbox "
	                    "WHERE channel = ? AND how = " WAITING " "
	                    "ORDER BY id LIMIT ?",
	[SQL_OUTBOX_WAITING] = "SELECT count(*) FROM outbox "
	                       "WHERE channel = ? AND how = " WAITING,
	[SQL_OUTBOX_SENT] = "UPDATE outbox SET how = " SENT ", ended = ? "
	                    "WHERE id = ? AND how = " WAITING,
	[SQL_OUTBOX_LATER] = "UPDATE outbox SET due = ?, why = ?, "
	                     "tries = tries + 1 "
	                     "WHERE id = ? AND how = " WAITING,
	[SQL_OUTBOX_DEAD] = "UPDATE outbox SET how = " DEAD ", ended = ?, "
	                    "why = ? WHERE id = ? AND how = " WAITING,
	/* It ended when the digest was made. */
	[SQL_OUTBOX_MERGE] =
	    "UPDATE outbox SET how = " MERGED ", merged_into = ?1, "
	    "ended = (SELECT made FROM outbox WHERE id = ?1) "
	    "WHERE id = ?2 AND how = " WAITING " AND id <> ?1",
	[SQL_OUTBOX_TOLD] =
	    "SELECT EXISTS (SELECT 1 FROM outbox "
	    "WHERE incident = ?1 AND channel = ?2 AND kind = 'opened' "
	    "AND how IN (" WAITING ", " SENT ")) "
	    "OR EXISTS (SELECT 1 FROM tells t JOIN outbox o ON o.id = t.outbox "
	    "WHERE t.incident = ?1 AND t.channel = ?2 AND o.how <> " DEAD ")",
	[SQL_OUTBOX_LAST] =
	    "WITH told (made, again) AS ("
	    "SELECT made, kind = 'reminder' FROM outbox "
	    "WHERE incident = ?1 AND channel = ?2 AND how <> " DEAD " "
	    "UNION ALL SELECT o.made, 0 "
	    "FROM tells t JOIN outbox o ON o.id = t.outbox "
	    "WHERE t.incident = ?1 AND t.channel = ?2 AND o.how <> " DEAD ") "
	    "SELECT coalesce(max(made), 0), coalesce(sum(again AND made >= "
	    "(SELECT coalesce(max(made), 0) FROM told WHERE NOT again)), 0) "
	    "FROM told",
	[SQL_TELLS_ADD] = "INSERT OR IGNORE INTO tells "
	                  "(incident, channel, outbox) VALUES (?, ?, ?)",
	/* What a merged row told, its digest tells. */
	[SQL_TELLS_OPENED] =
	    "INSERT OR IGNORE INTO tells (incident, channel, outbox) "
	    "SELECT incident, channel, ?1 FROM outbox "
	    "WHERE id = ?2 AND kind = 'opened' AND incident <> 0",
	[SQL_TELLS_MOVE] =
	    "INSERT OR IGNORE INTO tells (incident, channel, outbox) "
	    "SELECT incident, channel, ?1 FROM tells WHERE outbox = ?2",
	[SQL_TELLS_FORGET] = "DELETE FROM tells WHERE outbox = ?",

	[SQL_DOMAIN_PUT] = "INSERT OR REPLACE INTO domain (" DOMAIN ") "
	                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_DOMAIN_DROP] = "DELETE FROM domain WHERE name = ?",
	[SQL_DOMAIN_ALL] = "SELECT " DOMAIN " FROM domain ORDER BY name",
	[SQL_DOMAIN_ONE] = "SELECT " DOMAIN " FROM domain WHERE name = ?",

	[SQL_STATE_LAST] = "SELECT at FROM state WHERE kind = ? AND name = ? "
	                   "ORDER BY at DESC LIMIT 1",
	[SQL_STATE_NEW] = "INSERT INTO state (kind, name, at, state) "
	                  "VALUES (?, ?, ?, ?)",
	/* A state holds from now on: what was said of later times came from a
	 * clock that was ahead. */
	[SQL_STATE_CUT] =
	    "DELETE FROM state WHERE kind = ? AND name = ? AND at >= ?",
	[SQL_STATE_END] =
	    "UPDATE state SET until = iif(state = ?4, NULL, ?3) "
	    "WHERE kind = ?1 AND name = ?2 AND at = (SELECT max(at) "
	    "FROM state WHERE kind = ?1 AND name = ?2)",
	[SQL_STATE_ADD] =
	    "INSERT INTO state (kind, name, at, until, state) "
	    "SELECT ?1, ?2, ?3, NULL, ?4 WHERE NOT EXISTS (SELECT 1 "
	    "FROM state WHERE kind = ?1 AND name = ?2 AND until IS NULL)",
	[SQL_STATE_OF] = "SELECT at, state FROM state "
	                 "WHERE kind = ? AND name = ? "
	                 "AND (until IS NULL OR until > ?) AND at < ? "
	                 "ORDER BY at",
	[SQL_STATE_FIRST] = "SELECT at FROM state "
	                    "WHERE kind = ? AND name = ? "
	                    "ORDER BY at LIMIT 1",

	[SQL_ALIVE_CUT] = "DELETE FROM alive WHERE first > ?",
	[SQL_ALIVE_STRETCH] =
	    "UPDATE alive SET last = ?1 "
	    "WHERE first = (SELECT max(first) FROM alive) AND ?1 - last <= ?2",
	[SQL_ALIVE_ADD] = "INSERT INTO alive (first, last) VALUES (?1, ?1)",
	[SQL_ALIVE_IN] = "SELECT first, last FROM alive "
	                 "WHERE last >= ? AND first < ? ORDER BY first",

	[SQL_HISTORY_ADD] = "INSERT INTO history (" HISTORY ") "
	                    "VALUES (?, ?, ?, ?, ?)",
	[SQL_HISTORY_OF] = "SELECT " HISTORY " FROM history "
	                   "WHERE name = ? AND at >= ? AND at < ? "
	                   "ORDER BY at DESC, id DESC LIMIT ? OFFSET ?",
	[SQL_HISTORY_ALL] = "SELECT " HISTORY " FROM history "
	                    "WHERE at >= ? AND at < ? "
	                    "ORDER BY at DESC, id DESC LIMIT ? OFFSET ?",

	[SQL_SILENCE_ADD] = "INSERT INTO silence (" SILENCE ", id) "
	                    "VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0))",
	[SQL_SILENCE_SET] = "UPDATE silence SET (" SILENCE ") = "
	                    "(?, ?, ?, ?, ?, ?) WHERE id = ?",
	[SQL_SILENCE_NOW] = "SELECT " SILENCE ", id FROM silence "
	                    "WHERE begins <= ?1 AND until > ?1 "
	                    "AND (ended = 0 OR ended > ?1) ORDER BY id DESC",
	[SQL_SILENCE_ALL] =
	    "SELECT " SILENCE ", id FROM silence ORDER BY id DESC",

	[SQL_META_PUT] =
	    "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?",

	/*
	 * Each takes the time before which things may be forgotten, and how
	 * many rows at the most.  What was told of an incident that lives is
	 * kept however old: whether its end is told hangs on it.
	 */
	[SQL_TRIM_TELLS] =
	    "DELETE FROM tells WHERE (incident, channel, outbox) IN "
	    "(SELECT t.incident, t.channel, t.outbox "
	    "FROM incident i JOIN tells t ON t.incident = i.id "
	    "WHERE i.closed > 0 AND i.closed < ? LIMIT ?)",
	[SQL_TRIM_OUTBOX] =
	    "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o "
	    "WHERE o.ended > 0 AND o.ended < ? "
	    "AND NOT EXISTS (SELECT 1 FROM incident i "
	    "WHERE i.id = o.incident AND i.closed = 0) "
	    "AND NOT EXISTS (SELECT 1 FROM tells t WHERE t.outbox = o.id) "
	    "LIMIT ?)",
	[SQL_TRIM_MEMBER] =
	    "DELETE FROM member WHERE (domain, incident) IN "
	    "(SELECT m.domain, m.incident "
	    "FROM incident i JOIN member m ON m.incident = i.id "
	    "WHERE i.closed > 0 AND i.closed < ? LIMIT ?)",
	[SQL_TRIM_INCIDENT] =
	    "DELETE FROM incident WHERE id IN (SELECT i.id FROM incident i "
	    "WHERE i.closed > 0 AND i.closed < ? "
	    "AND NOT EXISTS (SELECT 1 FROM member m WHERE m.incident = i.id) "
	    "AND NOT EXISTS (SELECT 1 FROM tells t WHERE t.incident = i.id) "
	    "LIMIT ?)",
	[SQL_TRIM_STATE] = "DELETE FROM state WHERE (kind, name, at) IN "
	                   "(SELECT kind, name, at FROM state "
	                   "WHERE until IS NOT NULL AND until < ? LIMIT ?)",
	[SQL_TRIM_ALIVE] = "DELETE FROM alive WHERE first IN "
	                   "(SELECT first FROM alive WHERE last < ? LIMIT ?)",
	[SQL_TRIM_HISTORY] = "DELETE FROM history WHERE id IN "
	                     "(SELECT id FROM history WHERE at < ? LIMIT ?)",
	[SQL_TRIM_SILENCE] =
	    "DELETE FROM silence WHERE id IN (SELECT id FROM silence "
	    "WHERE min(until, iif(ended = 0, until, ended)) < ? LIMIT ?)",
};
