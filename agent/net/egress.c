#include <sys/socket.h>

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"

#include "agent/net/egress.h"

struct egress {
	struct ip_net *allow;
	size_t nallow;
	struct ip *own;
	size_t nown;
};

/* Takes over own. */
static struct egress *
new_with(const struct ip_net *allow, size_t n, struct ip *own, size_t nown)
{
	struct egress *e = calloc(1, sizeof(*e));

	if (e != NULL)
		e->allow = calloc(n == 0 ? 1 : n, sizeof(*allow));
	if (e == NULL || e->allow == NULL) {
		free(e);
		free(own);
		return NULL;
	}
	if (n > 0)
		memcpy(e->allow, allow, n * sizeof(*allow));
	e->nallow = n;
	e->own = own;
	e->nown = nown;
	return e;
}

struct egress *
egress_new_own(
    const struct ip_net *allow, size_t n, const struct ip *own, size_t nown)
{
	struct ip *copy = calloc(nown == 0 ? 1 : nown, sizeof(*own));

	if (copy == NULL)
		return NULL;
	if (nown > 0)
		memcpy(copy, own, nown * sizeof(*own));
	return new_with(allow, n, copy, nown);
}

struct egress *
egress_new(const struct ip_net *allow, size_t n)
{
	struct egress *e = new_with(allow, n, NULL, 0);
	int rc;

	if (e == NULL)
		return NULL;
	/* Not to know which addresses are our own would open them. */
	rc = egress_refresh(e);
	if (rc != 0) {
		log_error("cannot read this machine's own addresses: %s",
		    strerror(-rc));
		egress_free(e);
		return NULL;
	}
	return e;
}

void
egress_free(struct egress *e)
{
	if (e == NULL)
		return;
	free(e->allow);
	free(e->own);
	free(e);
}

int
egress_own(struct ip **own_r, size_t *nown_r)
{
	struct ifaddrs *list, *i;
	struct ip *own;
	size_t n = 0;

	if (getifaddrs(&list) != 0)
		return -errno;
	for (i = list; i != NULL; i = i->ifa_next)
		n++;
	own = calloc(n == 0 ? 1 : n, sizeof(*own));
	if (own == NULL) {
		freeifaddrs(list);
		return -ENOMEM;
	}
	n = 0;
	for (i = list; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr != NULL &&
		    ip_from_sockaddr(i->ifa_addr, &own[n], NULL) == 0)
			n++;
	}
	freeifaddrs(list);
	*own_r = own;
	*nown_r = n;
	return 0;
}

int
egress_refresh(struct egress *e)
{
	struct ip *own = NULL;
	size_t n = 0;
	int rc = egress_own(&own, &n);

	if (rc != 0)
		return rc;
	free(e->own);
	e->own = own;
	e->nown = n;
	return 0;
}

static bool
is_allowed(const struct egress *e, const struct ip *ip)
{
	for (size_t i = 0; i < e->nallow; i++) {
		if (ip_in_net(ip, &e->allow[i]))
			return true;
	}
	return false;
}

static bool
is_own(const struct egress *e, const struct ip *ip)
{
	for (size_t i = 0; i < e->nown; i++) {
		if (ip_equal(ip, &e->own[i]))
			return true;
	}
	return false;
}

const char *
egress_refuses(
    const struct egress *e, enum egress_purpose purpose, const struct ip *ip)
{
	const char *special;
	struct ip v4;

	if (purpose == EGRESS_OPERATOR || is_allowed(e, ip))
		return NULL;
	special = ip_special(ip);
	if (special != NULL)
		return special;
	/* One of our IPv4 addresses can be dressed as an IPv6 one too. */
	if (is_own(e, ip) || (ip_embedded(ip, &v4) && is_own(e, &v4)))
		return "own address";
	return NULL;
}

int
egress_open(const struct egress *e, enum egress_purpose purpose, int socktype,
    const struct ip *ip, uint16_t port, int *progress)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(ip, port, &ss);
	int fd, rc;

	if (len == 0)
		return -EAFNOSUPPORT;
	if (egress_refuses(e, purpose, ip) != NULL)
		return -EACCES;
	fd = socket(ss.ss_family, socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (struct sockaddr *)&ss, len) == 0 ? 0 : -errno;
	/* connect() that a signal interrupts goes on by itself. */
	if (rc != 0 && rc != -EINPROGRESS && rc != -EINTR) {
		close(fd);
		return rc;
	}
	if (progress != NULL)
		*progress = rc != 0;
	return fd;
}

/* The address in sa, if len bytes are enough for one. */
static int
read_sockaddr(const struct sockaddr *sa, socklen_t len, struct ip *ip)
{
	if (len < sizeof(sa->sa_family))
		return -1;
	if (sa->sa_family == AF_INET && len < sizeof(struct sockaddr_in))
		return -1;
	if (sa->sa_family == AF_INET6 && len < sizeof(struct sockaddr_in6))
		return -1;
	return ip_from_sockaddr(sa, ip, NULL);
}

int
egress_connect(const struct egress *e, enum egress_purpose purpose, int fd,
    const struct sockaddr *sa, socklen_t len)
{
	struct ip ip;

	if (read_sockaddr(sa, len, &ip) != 0) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (egress_refuses(e, purpose, &ip) != NULL) {
		errno = EACCES;
		return -1;
	}
	return connect(fd, sa, len);
}
