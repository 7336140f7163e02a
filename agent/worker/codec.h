#ifndef AGENT_WORKER_CODEC_H
#define AGENT_WORKER_CODEC_H

#include "agent/base/buf.h"
#include "agent/worker/task.h"

/*
 * Tasks and observations as bytes: little-endian numbers, texts with a length
 * in front.  Whoever reads must believe nothing: every read is bounded, names
 * must be names in presentation form, other text valid and safe UTF-8, enums
 * in range, counts within the limits of obs.h.
 */

/* A cursor over bytes that came from another process.  The first failure is
 * remembered; all later reads give zero or "". */
struct cursor {
	const uint8_t	*at, *end;
	bool		 failed;
};

void		 codec_put_u8(struct buf *, uint8_t);
void		 codec_put_u16(struct buf *, uint16_t);
void		 codec_put_u32(struct buf *, uint32_t);
void		 codec_put_u64(struct buf *, uint64_t);
void		 codec_put_double(struct buf *, double);
/* NULL is told from "".  At most CODEC_TEXT_MAX bytes. */
#define CODEC_TEXT_MAX 65534
void		 codec_put_text(struct buf *, const char *);
/* A DNS name in presentation form, or NULL.  What is no name fails the
 * buffer. */
void		 codec_put_name(struct buf *, const char *);
uint8_t		 codec_u8(struct cursor *);
uint16_t	 codec_u16(struct cursor *);
uint32_t	 codec_u32(struct cursor *);
uint64_t	 codec_u64(struct cursor *);
double		 codec_double(struct cursor *);
/* malloc'ed; NULL for NULL and on failure.  max: longest allowed. */
char		*codec_text(struct cursor *, size_t max);
/* The same, of several lines. */
char		*codec_lines(struct cursor *, size_t max);
/* The same; a name in canonical form.  NULL for NULL and on failure. */
char		*codec_name(struct cursor *);
/* The same, in text[NAME_TEXT].  False for NULL and on failure. */
bool		 codec_name_text(struct cursor *, char *text);
/* Where the next n bytes are, which are passed over; NULL on failure. */
const uint8_t	*codec_bytes(struct cursor *, size_t n);
/* What was read is not right: everything from here on fails. */
void		 codec_fail(struct cursor *);
/* An enum of one byte, at most max; a truth value. */
unsigned	 codec_enum(struct cursor *, unsigned max);
bool		 codec_bool(struct cursor *);
/* All was read, and it was good. */
bool		 codec_ended(const struct cursor *);
void		 codec_put_ip(struct buf *, const struct ip *);
struct ip	 codec_ip(struct cursor *);

void		 codec_put_dns(struct buf *, const struct obs_dns *);
/* A new observation (refs 1); NULL on failure or without memory. */
struct obs_dns	*codec_dns(struct cursor *);
void		 codec_put_smtp(struct buf *, const struct obs_smtp *);
struct obs_smtp	*codec_smtp(struct cursor *);
/* A task that lacks what its kind needs fails the buffer. */
void		 codec_put_task(struct buf *, const struct task *);
/* What the task points to is one malloc'ed piece: codec_task_free().  -1 on
 * failure. */
int		 codec_task(struct cursor *, struct task *);
void		 codec_task_free(struct task *);
/* How many observations a task asks for. */
size_t		 codec_task_wants(const struct task *);
/* Of a task that was written, and asks for so many: is the i-th known? */
bool		 codec_task_knows(const void *bytes, size_t len, size_t wants,
		    size_t i);

/*
 * The essence of a DNS observation: what makes it the same answer as another
 * one, whoever was asked, for whichever name.  Equal answers give equal bytes:
 * records are sorted, a name that equals the question's is one byte, the
 * vantage, server, round-trip time and tries are left out, and so are the TTLs
 * of a recursive answer (they count down; 0 when read back).  A direct answer
 * keeps its TTLs.  RRSIG records keep only type covered and expiry.
 *
 * Beside the answer itself a recursive answer has what its resolver happens to
 * remember: of that only an SOA of the authority section is kept, which tells
 * the zone, without its numbers.
 */
/* The serial of an SOA in the answer is kept as its difference from serial. */
void		 codec_put_essence(struct buf *, const struct obs_dns *,
		    uint32_t serial);
/* Where that is in the essence (four bytes, little-endian), or NULL. */
const uint8_t	*codec_serial(const uint8_t *, size_t len);
/* Back to an observation of this question; rtt_ms -1, tries 1, faded unless
 * direct.  NULL without memory or when the bytes are none. */
struct obs_dns	*codec_essence(const uint8_t *, size_t len, const char *name,
		    uint16_t type);

/* What an essence says of mail servers, without what each resolver adds in its
 * own way (codes, flags, signatures): equal bytes are the same MX records. */
struct codec_gist {
	enum dns_status	 status;
	bool		 loop;
	const uint8_t	*mx;		/* in the essence; NULL: none */
	size_t		 len;
};
void		 codec_gist(const uint8_t *, size_t len, struct codec_gist *);

/* Does the essence of an answer to this question speak of the domain, or of a
 * name below it, in the data of a record, or of one below it as an owner?
 * Then it means something else for another domain. */
bool		 codec_is_within(const uint8_t *, size_t len,
		    const char *question, const char *domain);

#endif
