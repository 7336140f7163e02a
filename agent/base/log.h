#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

#include <stdbool.h>

/*
 * Lines to standard error, one an event; control characters in them are
 * escaped.  debug, info, warning and error are the operator's world.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Print nothing below this level.  The default is LOG_WARNING. */
void	log_set_level(enum log_level level);
bool	log_wants(enum log_level level);

void	log_debug(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_info(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_warning(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_error(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));

#endif
