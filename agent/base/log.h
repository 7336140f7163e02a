#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Lines for the operator, one an event; control characters in them are
 * escaped.  debug, info, warning and error are the operator's world.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
const char	*log_level_name(enum log_level);

/*
 * What a line is about, for who looks for lines by that: fields of the journal
 * and keys of JSON lines.  The text says it all without them.  NULL: nothing.
 */
struct log_about {
	const char	*event;		/* what happened: "opened", "sent" */
	const char	*domain, *host;
	const char	*rule, *severity;
	const char	*channel, *vantage;
	uint64_t	 incident;	/* 0: none */
};

/* Print nothing below this level.  The default is LOG_WARNING. */
void	log_set_level(enum log_level level);
bool	log_wants(enum log_level level);

/*
 * Where lines go, by one of LOG_SINKS:
 *
 *	stderr	text, for people; what holds until another is chosen
 *	json	standard error, one object a line
 *	journal	the journal of systemd, with fields
 *	syslog	the system's log, facility daemon
 *	auto	the journal where standard error goes there, else stderr
 *
 * What the journal or syslog does not take goes to standard error, as text.
 * Returns 0, or -1: there is no such place.
 */
#define LOG_SINKS "auto|stderr|journal|syslog|json"
int	log_set_sink(const char *name);

/* Do lines go to standard error as text? */
bool	log_is_text(void);

void	log_debug(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_info(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_warning(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_error(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_say(enum log_level, const struct log_about *, const char *format,
	    ...) __attribute__((format(printf, 3, 4)));

#endif
