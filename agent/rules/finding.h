#ifndef AGENT_RULES_FINDING_H
#define AGENT_RULES_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/rules/policy.h"

/* One row of evidence: a key and a value that is text, a number or a list
 * of texts (list of NULL-terminated strings). */
enum evidence_kind { EVIDENCE_TEXT, EVIDENCE_NUMBER, EVIDENCE_LIST };
struct evidence {
	char			*key;
	enum evidence_kind	 kind;
	char			*text;
	double			 number;
	char			**list;
	size_t			 nlist;
};

struct finding {
	const struct rule	*rule;
	enum severity		 severity;
	char			*subject;	/* host, address, domain … */
	char			*message;	/* one line */
	struct evidence		*evidence;
	size_t			 nevidence;
};

/* A bounded list; failed is set when memory ran out. */
#define FINDINGS_MAX 256
struct findings {
	struct finding	*finding;
	size_t		 n;
	bool		 failed;
};

void	 findings_free(struct findings *);
/* Free what one finding holds. */
void	 finding_free(struct finding *);

/*
 * Report a finding of the rule with this severity.  The severity that the
 * policy gives the rule is applied later, by judge().  subject and the
 * formatted message are copied.  Returns the finding, for evidence, or NULL
 * when the list is full or memory ran out; the evidence calls accept NULL.
 */
struct finding	*findings_add(struct findings *, const struct rule *,
		    enum severity, const char *subject, const char *format,
		    ...) __attribute__((format(printf, 5, 6)));
void	 finding_text(struct finding *, const char *key, const char *text);
void	 finding_number(struct finding *, const char *key, double number);
/* Append item to the list under key, which is made when it is not there. */
void	 finding_item(struct finding *, const char *key, const char *item);

#endif
