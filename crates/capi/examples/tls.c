/*
 * Puts a certificate secret into a TLS context of OpenSSL, and serves one connection with it, in memory:
 * tls SERVICE SECRET. Link with -lssl -lcrypto.
 */
#include <aecs.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>

static int failed(const char *what, aecs_error *error) {
  fprintf(stderr, "error: %s: %s\n", what, error ? aecs_error_text(error) : "OpenSSL");
  ERR_print_errors_fp(stderr);
  aecs_error_free(error);
  return 1;
}

/* A context that serves with the certificate; NULL if something is wrong. The secret is not used after. */
static SSL_CTX *context_of(const aecs_secret *secret) {
  aecs_data *certificate = NULL, *key = NULL;
  aecs_error *error = NULL;
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  int done = context != NULL &&
             aecs_secret_field_der(secret, "certificate", &certificate, &error) == AECS_STATUS_OK &&
             aecs_secret_field_der(secret, "private-key", &key, &error) == AECS_STATUS_OK &&
             SSL_CTX_use_certificate_ASN1(context, (int)aecs_data_size(certificate),
                                          aecs_data_bytes(certificate)) == 1;
  if (done) {
    const unsigned char *bytes = aecs_data_bytes(key);
    EVP_PKEY *private_key = d2i_AutoPrivateKey(NULL, &bytes, (long)aecs_data_size(key));
    done = private_key != NULL && SSL_CTX_use_PrivateKey(context, private_key) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(private_key);
  }
  aecs_data_free(certificate);
  aecs_data_free(key);
  if (!done) {
    failed("the certificate is not usable", error);
    SSL_CTX_free(context);
    return NULL;
  }
  return context;
}

/* A client that trusts this certificate, and nothing else. */
static SSL_CTX *client_of(SSL_CTX *server) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), SSL_CTX_get0_certificate(server));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  return context;
}

/* One handshake between both, over memory. */
static int handshake(SSL_CTX *server_context, SSL_CTX *client_context) {
  SSL *server = SSL_new(server_context), *client = SSL_new(client_context);
  BIO *to_client, *to_server;
  BIO_new_bio_pair(&to_client, 0, &to_server, 0);
  SSL_set_bio(server, to_client, to_client);
  SSL_set_bio(client, to_server, to_server);
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  for (int i = 0; i < 10 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); i++) {
    SSL_do_handshake(client);
    SSL_do_handshake(server);
  }
  int done = SSL_is_init_finished(server) && SSL_is_init_finished(client);
  if (done) {
    printf("%s, certificate verified\n", SSL_get_version(client));
  }
  SSL_free(server);
  SSL_free(client);
  return done;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: tls SERVICE SECRET\n");
    return 64;
  }
  aecs_client *client;
  aecs_error *error;
  if (aecs_client_from_env(&client, &error) != AECS_STATUS_OK) {
    return failed("cannot connect", error);
  }
  aecs_secret *secret;
  aecs_status got = aecs_client_get(client, argv[1], argv[2], &secret, &error);
  aecs_client_free(client);
  if (got != AECS_STATUS_OK) {
    return failed(argv[2], error);
  }
  SSL_CTX *server = context_of(secret);
  aecs_secret_free(secret);
  if (server == NULL) {
    return 1;
  }
  SSL_CTX *peer = client_of(server);
  int done = handshake(server, peer);
  SSL_CTX_free(server);
  SSL_CTX_free(peer);
  return done ? 0 : failed("the handshake failed", NULL);
}
