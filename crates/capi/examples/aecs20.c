/*
 * A program of AECS 2.0: gets secrets of a service, makes and destroys one of its own, reads the public
 * part of another: aecs20 ENDPOINT SERVER_POLICY TA_SECRET_POLICY FOLDER SECRET...
 */
#include "occlum_aecs_client_lib_c.h"
#include "public_aecs_client_lib_c.h"

#include <stdio.h>
#include <string.h>

static int failed(const char *what, int code) {
  fprintf(stderr, "error: %s: 0x%08X: %s\n", what, (unsigned)code, aecs_last_error());
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 6) {
    fprintf(stderr, "usage: aecs20 ENDPOINT SERVER_POLICY TA_SECRET_POLICY FOLDER SECRET...\n");
    return 64;
  }
  const char *endpoint = argv[1], *server = argv[2], *own_policy = argv[3], *folder = argv[4];
  static char buffer[65536], path[4096];
  int code;

  for (int i = 5; i < argc; i++) {
    int length = sizeof buffer;
    code = aecs_client_get_secret_buffer(endpoint, server, "service1", argv[i], "", "", "nonce",
                                         buffer, &length);
    if (code != 0) {
      return failed(argv[i], code);
    }
    /* A buffer that is too small is told how large it has to be. */
    int small = 1;
    code = aecs_client_get_secret_buffer(endpoint, server, "service1", argv[i], "", "", "nonce",
                                         path, &small);
    if (code != 0x00050000 || small != length + 1) {
      return failed("the size of a buffer that is too small", code);
    }
    snprintf(path, sizeof path, "%s/%s", folder, argv[i]);
    code = aecs_client_get_secret_file(endpoint, server, "service1", argv[i], NULL, "31323334",
                                       "nonce", path);
    if (code != 0) {
      return failed(path, code);
    }
    printf("%s: %d bytes\n", argv[i], length);
  }

  /* One of its own, which the server makes. */
  code = aecs_client_create_ta_secret(endpoint, server, own_policy, "", "nonce");
  if (code != 0) {
    return failed("create", code);
  }
  int length = sizeof buffer;
  code = aecs_client_get_secret_by_buffer(endpoint, server, "", "secret-my-aes256-key", "nonce",
                                          buffer, &length);
  if (code != 0 || length != 64 || strlen(buffer) != 64) {
    return failed("own secret", code);
  }
  printf("own secret: %d bytes\n", length);
  code = aecs_client_destroy_ta_secret(endpoint, server, "secret-my-aes256-key", NULL, NULL);
  if (code != 0) {
    return failed("destroy", code);
  }
  code = aecs_client_get_secret_by_buffer(endpoint, server, "", "secret-my-aes256-key", "", buffer,
                                          &length);
  printf("destroyed: 0x%08X\n", (unsigned)code);

  length = sizeof buffer;
  code = aecs_client_get_secret_public_buffer(endpoint, server, "service1", "secret-my-keypair", "",
                                              "a nonce of this program", buffer, &length);
  if (code != 0) {
    return failed("public part", code);
  }
  printf("public part: %.26s\n", buffer);

  /* Without a server policy, AECS 2.0 took any server. */
  code = aecs_client_get_secret_file(endpoint, "", "service1", argv[5], "", "", "", path);
  printf("no policy: 0x%08X\n", (unsigned)code);
  return 0;
}
