#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/manual.h"
#include "agent/show/show.h"
#include "config/settings.h"

/* What `mxvigil check` was asked to do. */
struct options {
	struct settings		  settings;
	char			**domain;	/* as typed, in order */
	size_t			  ndomain;
	char			**list;		/* --list files, "-": stdin */
	size_t			  nlist;
	char			 *record;	/* --record FILE, or NULL */
	const struct show_format *format;
	enum color_choice	  color;
	bool			  progress;	/* not --no-progress */
	unsigned		  jobs;		/* -j; 0: as many as it carries */
	unsigned		  verbosity;
};

extern const struct manual manual_check;

/*
 * Read the options of check.  plugin: we are called check_mxvigil (nagios
 * format, 10 s).  The configuration file is read first, then options change
 * what it says; without any vantage, /etc/resolv.conf gives them.  A mistake
 * has one line on standard error, mistakes in the file one each; in nagios
 * format standard output has a status line then.  On ARGS_GO the caller ends
 * with options_free(); else nothing is held.
 */
enum args_result	options_read(struct options *, int argc, char **argv,
			    bool plugin);
void			options_free(struct options *);

#endif
