/* A program of AECS 2.0 that expects a policy of a secret: expecting ENDPOINT SERVER_POLICY SECRET_POLICY */
#include <aecs.h>
#include <stdio.h>

int main(int argc, char **argv) {
  char buffer[256];
  int length = sizeof buffer;
  if (argc != 4) {
    return 64;
  }
  int code = aecs_client_get_secret_buffer(argv[1], argv[2], "service1", "secret-my-password", argv[3],
                                           "", "", buffer, &length);
  if (code != 0) {
    fprintf(stderr, "0x%08X: %s\n", (unsigned)code, aecs_last_error());
    return 1;
  }
  return 0;
}
