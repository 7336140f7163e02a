#ifndef AGENT_CONFIG_INIT_H
#define AGENT_CONFIG_INIT_H

#include "agent/args.h"

/*
 * `mxvigil config init [DOMAIN...]`: write the example with the domains that
 * are args' operands from the second on, and with this machine's resolvers;
 * without domains, the example as it is.  path NULL or "-": to standard
 * output; else to a file that must not be there.  Returns 0, or -1 after every
 * mistake had its line.
 */
int	config_init(const struct args *, const char *path);

#endif
