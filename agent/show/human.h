#ifndef AGENT_SHOW_HUMAN_H
#define AGENT_SHOW_HUMAN_H

#include "agent/show/human_page.h"

/* The sections of the human output, each with its heading. */
void		 human_dns(struct page *, const struct report *);
void		 human_mx(struct page *, const struct report *);

/* More words: each DNS answer, each dialogue, line by line. */
void		 human_answers(struct page *, const struct facts *);
void		 human_dialogues(struct page *, const struct facts *);

#define HUMAN_MS 32

/* "0.4 ms", "31 ms", "1.2 s" into out[HUMAN_MS]; returns out. */
char		*human_ms(double ms, char *out);

/* Whole days from a to b, negative when b is earlier. */
long		 human_days(struct wall a, struct wall b);

#endif
