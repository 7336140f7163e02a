#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "agent/notify/render.h"

/*
 * Standard Webhooks 1.0: HMAC-SHA256 over "ID.SECONDS.BODY" with the bytes
 * that the key is in base64.
 */

#define HASH    32
#define KEY_MAX 1024

int
sign_hash(const char *text, char out[SIGN_HEX])
{
	unsigned char hash[HASH];
	size_t len = sizeof(hash);

	if (EVP_Q_digest(
	        NULL, "SHA256", NULL, text, strlen(text), hash, &len) != 1)
		return -1;
	for (size_t i = 0; i < HASH; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

/* Returns how many bytes, or -1 when it is not base64. */
static int
decode(const char *text, size_t len, unsigned char key[KEY_MAX])
{
	int n, pad = 0;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > KEY_MAX)
		return -1;
	n = EVP_DecodeBlock(key, (const unsigned char *)text, (int)len);
	while (pad < 2 && text[len - 1 - (size_t)pad] == '=')
		pad++;
	return n <= pad ? -1 : n - pad;
}

static int
sign_one(
    const char *key64, size_t len, const struct buf *content, struct buf *out)
{
	unsigned char key[KEY_MAX], mac[HASH], mac64[HASH / 3 * 4 + 8];
	size_t mac_len = 0;
	int n;

	if (len > 6 && strncmp(key64, "whsec_", 6) == 0) {
		key64 += 6;
		len -= 6;
	}
	n = decode(key64, len, key);
	if (n > 0 &&
	    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, (size_t)n,
	        (const unsigned char *)content->data, content->len, mac,
	        sizeof(mac), &mac_len) == NULL)
		n = -1;
	OPENSSL_cleanse(key, sizeof(key));
	if (n <= 0)
		return -1;
	EVP_EncodeBlock(mac64, mac, HASH);
	buf_printf(out, "%sv1,%s", out->len > 0 ? " " : "", (char *)mac64);
	return 0;
}

int
sign_webhook(const char *keys, const char *id, long long seconds,
    const struct buf *body, struct buf *out)
{
	struct buf content;
	int status = -1;

	buf_init(&content, body->max);
	buf_printf(&content, "%s.%lld.", id, seconds);
	buf_add(&content, body->data, body->len);
	keys += strspn(keys, " ");
	for (status = *keys == '\0' || content.failed ? -1 : 0;
	     status == 0 && *keys != '\0'; keys += strspn(keys, " ")) {
		size_t len = strcspn(keys, " ");

		status = sign_one(keys, len, &content, out);
		keys += len;
	}
	buf_free(&content);
	return out->failed ? -1 : status;
}
