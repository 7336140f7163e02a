#ifndef TESTS_UNIT_PKI_H
#define TESTS_UNIT_PKI_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>

/* Certificates for the tests, made on the spot. */

enum pki_key { PKI_EC, PKI_EC192, PKI_ED25519, PKI_RSA1024, PKI_RSA2048 };

/* Zero-initialised: an EC key, SHA-256, self-signed, valid from yesterday for
 * 90 days, without names. */
struct pki_want {
	const char		*cn;
	const char		*dns[32];	/* up to a NULL */
	size_t			 dns_len;	/* of the first, if not 0 */
	enum pki_key		 key;
	const char		*digest;	/* "SHA1" … */
	int			 from_days, to_days;	/* from now */
	bool			 ca;
	const struct pki	*issuer;
};

struct pki {
	X509		*cert;
	EVP_PKEY	*key;
};

/* Each fails the test when OpenSSL cannot do it. */
struct pki	*pki_make(const struct pki_want *);
void		 pki_free(struct pki *);
/* The certificate as PEM into a new file; path ends in XXXXXX. */
void		 pki_save(const struct pki *, char *path);

/*
 * A server that shows leaf (NULL: none, anonymous suites) and then the n
 * certificates of chain, for these protocol versions (0: any) and this list of
 * suites (NULL: ALL) at security level 0.
 */
SSL_CTX		*pki_server(const struct pki *leaf,
		    struct pki *const *chain, size_t n, int version,
		    const char *ciphers);

#endif
