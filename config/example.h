#ifndef CONFIG_EXAMPLE_H
#define CONFIG_EXAMPLE_H

/* The text of config/mxvigil.yaml, which the build puts into the program. */
extern const char config_example[];

#endif
